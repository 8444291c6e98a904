"""Use cases of distribution: one file each."""
