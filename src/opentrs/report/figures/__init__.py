"""Figures: values in, SVG text out. They draw what they are given and compute nothing else."""
