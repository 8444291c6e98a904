"""Use cases of inventory: one file each."""
