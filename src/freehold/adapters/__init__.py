"""Translators between the ports and one vendor each. They import ports and domain, never a room."""
