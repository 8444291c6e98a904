"""The outside world for development: each simulator is a separate process with its own books.

Nothing imports them; the command line starts them, and the platform speaks to them over HTTP only.
"""
