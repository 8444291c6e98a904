"""Events and the webhooks that are owed for them.

An event's body is serialised once: every delivery sends the same bytes, only the signature's time differs.
"""

from collections.abc import Sequence
from typing import Any

from freehold.simulators.sandbox.books import ACCOUNT, Books, Row, dump, new_id
from freehold.simulators.sandbox.errors import Refusal


def emit(books: Books, *, type_: str, subject: dict[str, Any], url: str, after: Sequence[float]) -> None:
    """Record an event about `subject` as it stands now, with one delivery per delay (seconds) in `after`."""
    event_id, now = new_id("evt"), books.now()
    body = {
        "id": event_id,
        "object": "event",
        "type": type_,
        "created": now,
        "livemode": False,
        "account": ACCOUNT,
        "data": {"object": subject},
    }
    books.insert("event", id=event_id, type=type_, object_id=subject["id"], url=url, body=dump(body), created=now)
    for delay in after:
        _owe(books, event_id, at=now + delay)


def resend(books: Books, event_id: str) -> None:
    """Deliver an event once more, whatever happened to it before."""
    find(books, event_id)
    _owe(books, event_id, at=books.now())


def find(books: Books, event_id: str) -> Row:
    event = books.row("SELECT * FROM event WHERE id = :id", id=event_id)
    if event is None:
        raise Refusal.missing("event")
    return event


def _owe(books: Books, event_id: str, *, at: float) -> None:
    books.insert("delivery", event_id=event_id, state="owed", next_at=at, created=books.now())
