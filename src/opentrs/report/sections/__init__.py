"""One module per part of the page: results in, a :class:`Section` out."""
