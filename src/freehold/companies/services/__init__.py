"""Use cases of companies: one file each."""
