"""Addresses of pages: readable, and never guessed from one another."""

import secrets

from django.utils.text import slugify

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_TITLE_LENGTH = 80


def new_slug(title: str) -> str:
    """The title, and a mark that makes it unique."""
    mark = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return "-".join(part for part in (slugify(title)[:_TITLE_LENGTH].strip("-"), mark) if part)
