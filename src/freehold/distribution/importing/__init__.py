"""Bringing the listings of another system into a company, again and again, without losing what its people did since."""
