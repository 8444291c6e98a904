"""One module per family of routes, each with its ROWS."""
