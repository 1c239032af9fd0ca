"""What the package needs of the system: whole-or-nothing writing, untrusted files, signals, and the shipped files."""
