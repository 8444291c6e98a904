"""Webhooks: one address for the whole account, set in the dashboard; events carry whole entities."""

from collections.abc import Sequence
from typing import Any

from freehold.simulators.kit import events
from freehold.simulators.kit.books import Books, dump
from freehold.simulators.razorpay.books import new_id

ADDRESS = "webhook_address"
SECRET = "webhook_secret"  # noqa: S105 - the name of a setting
DISABLED = "webhook_disabled"
ACCOUNT = "acc_FreeholdSim001"


def tell(books: Books, name: str, entities: dict[str, dict[str, Any]], *, after: Sequence[float]) -> None:
    """Record an event. It is sent once per delay in `after`, if the account has an address that still listens."""
    address = books.setting(ADDRESS, "")
    event_id = new_id("")
    body = {
        "entity": "event",
        "account_id": ACCOUNT,
        "event": name,
        "contains": list(entities),
        "payload": {kind: {"entity": entity} for kind, entity in entities.items()},
        "created_at": int(books.now()),
    }
    sent = after if address and not books.setting(DISABLED, "") else ()
    about = next(iter(entities.values()))["id"]
    events.record(books, event_id=event_id, type_=name, object_id=about, url=address, body=dump(body), after=sent)
    books.insert("signed_with", event_id=event_id, secret=books.setting(SECRET, ""))


def configure(books: Books, *, address: str | None, secret: str | None) -> None:
    """What a merchant types into the dashboard: it also switches a disabled webhook on again."""
    if address is not None:
        books.set(ADDRESS, address)
    if secret is not None:
        books.set(SECRET, secret)
    books.set(DISABLED, "")
