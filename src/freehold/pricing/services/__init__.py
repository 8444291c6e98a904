"""Use cases of pricing: one file each."""
