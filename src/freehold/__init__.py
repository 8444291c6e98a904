"""Freehold: one platform for property businesses."""

__version__ = "0.1.0"
