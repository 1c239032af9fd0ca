"""What the commands share: running one, its options, and the settings that they build."""
