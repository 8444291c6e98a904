"""Use cases of messaging: one file each."""
