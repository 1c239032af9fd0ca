"""Readers of MATLAB's versions 4 and 5, and of Octave's text; version 7.3 is HDF5."""
