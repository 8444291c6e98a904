"""Use cases of finance: one file each."""
