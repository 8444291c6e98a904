"""Answers that are given again when their key returns."""

import hashlib
import json
from typing import Any

from freehold.simulators.kit.books import Books, dump


class KeyReused(Exception):
    """The key is known, with another request."""


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()


def recall(books: Books, key: str, print_: str) -> tuple[int, dict[str, Any]] | None:
    """The status and the body that this key was answered with. Raises KeyReused."""
    known = books.row("SELECT * FROM idempotency WHERE key = :key", key=key) if key else None
    if known is None:
        return None
    if known["fingerprint"] != print_:
        raise KeyReused
    return known["status"], json.loads(known["body"])


def remember(books: Books, key: str, print_: str, status: int, body: dict[str, Any]) -> None:
    """Keep an answer, in the transaction of the change that it tells about."""
    if key:
        books.insert("idempotency", key=key, fingerprint=print_, status=status, body=dump(body), created=books.now())
