"""Hostile files, made here, and the fresh process that each of them is loaded in."""
