"""How a clinical type is read, as vignettes: written from decision 0005 and from nothing else."""
