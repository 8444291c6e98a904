"""The staff pages of a company."""
