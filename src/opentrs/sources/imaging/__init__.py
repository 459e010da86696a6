"""Imaging tables and maps: what programs write, and the faults that hide in them."""
