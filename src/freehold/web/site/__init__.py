"""The guest site."""
