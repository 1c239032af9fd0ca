"""Labelled images: `Digits`, and the readers of tables and folders."""
