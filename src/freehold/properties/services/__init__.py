"""Use cases of properties: one file each."""
