"""Readers of the many layouts in which labelled images are handed around: one module per kind of file."""
