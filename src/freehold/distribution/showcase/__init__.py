"""Places of our own invention, which show what no city's listing file holds."""
