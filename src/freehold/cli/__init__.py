"""The `freehold` command: everything an operator types."""
