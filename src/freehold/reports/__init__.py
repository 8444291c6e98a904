"""Read-only queries over everything; owns no tables."""
