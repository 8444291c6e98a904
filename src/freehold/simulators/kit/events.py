"""Messages to merchants, and the deliveries that are owed for them.

A message's body is serialised once: every delivery sends the same bytes, only the signature may differ.
"""

from collections.abc import Sequence

from freehold.simulators.kit.books import Books, Row
from freehold.simulators.kit.errors import missing


def record(
    books: Books, *, event_id: str, type_: str, object_id: str, url: str, body: str, after: Sequence[float]
) -> None:
    """Store a message to `url`, with one delivery per delay (seconds) in `after`; none at all loses the message."""
    now = books.now()
    books.insert("event", id=event_id, type=type_, object_id=object_id, url=url, body=body, created=now)
    for delay in after:
        owe(books, event_id, at=now + delay)


def owe(books: Books, event_id: str, *, at: float, address: str | None = None) -> None:
    """One more delivery, to `address` where it is not the message's own."""
    books.insert("delivery", event_id=event_id, state="owed", next_at=at, created=books.now(), address=address)


def resend(books: Books, event_id: str) -> None:
    """Deliver a message once more to each of its addresses, whatever happened to it before."""
    event = find(books, event_id)
    told = books.rows("SELECT DISTINCT address FROM delivery WHERE event_id = :id", id=event_id)
    for address in [row["address"] for row in told] or [None]:
        if address or event["url"]:
            owe(books, event_id, at=books.now(), address=address)


def find(books: Books, event_id: str) -> Row:
    event = books.row("SELECT * FROM event WHERE id = :id", id=event_id)
    if event is None:
        raise missing("event")
    return event
