"""Events of the gateway: what changed, as the whole object stands now."""

from collections.abc import Sequence
from typing import Any

from freehold.simulators.kit import events
from freehold.simulators.kit.books import Books, dump, new_id
from freehold.simulators.sandbox.books import ACCOUNT


def emit(books: Books, *, type_: str, subject: dict[str, Any], url: str, after: Sequence[float]) -> None:
    """Record an event about `subject`, with one delivery per delay (seconds) in `after`."""
    event_id = new_id("evt")
    body = {
        "id": event_id,
        "object": "event",
        "type": type_,
        "created": books.now(),
        "livemode": False,
        "account": ACCOUNT,
        "data": {"object": subject},
    }
    events.record(books, event_id=event_id, type_=type_, object_id=subject["id"], url=url, body=dump(body), after=after)
