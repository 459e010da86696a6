"""A finished study on disk: the page, the figures, the tables and the record of the run."""
