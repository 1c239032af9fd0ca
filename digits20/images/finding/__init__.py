"""A picture to the ink of its symbols: paper, light, dust and frames are left out."""
