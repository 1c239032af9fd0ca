"""The version, read by the package, the files that it writes and its own installation."""

__version__ = "0.2.0"
