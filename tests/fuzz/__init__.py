"""Fuzz targets, one for each reader of strangers' files, and the small files that fuzzing starts from."""
