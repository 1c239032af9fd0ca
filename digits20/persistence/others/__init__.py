"""Weights that other programs wrote: the arrays in their files, which is which, and how they are meant."""
