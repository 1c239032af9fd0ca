"""Forms that people fill in by hand: what is on a sheet, and a photographed one to its boxes."""
