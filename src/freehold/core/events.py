"""How a lower room tells an upper one. Two kinds of listeners, never mixed.

*In-transaction* handlers run now, inside the announcer's transaction; an error rolls everything back. They are
for what must be true together (money received and booking confirmed). *Outbox* handlers get a row in the same
transaction and are delivered at least once afterwards, with retries; they are for everything that talks to the
outside. Who listens to what is listed in one place, `config/wiring.py`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Self, TypeVar, get_args, get_type_hints
from uuid import UUID

from django.db import connection

from freehold.core.clock import DatabaseNow
from freehold.core.models import OutboxMessage


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events: frozen facts of simple types (str, int, bool, None, UUID, date, datetime)."""

    def to_payload(self) -> dict[str, Any]:
        return {field.name: _encode(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        hints = get_type_hints(cls)
        return cls(**{name: _decode(hints[name], value) for name, value in payload.items() if name in hints})


E = TypeVar("E", bound=Event)
Handler = Callable[[Any], None]

_in_transaction: dict[type[Event], list[Handler]] = defaultdict(list)
_outbox: dict[type[Event], list[Handler]] = defaultdict(list)
_events_by_name: dict[str, type[Event]] = {}
_handlers_by_name: dict[str, Handler] = {}


def subscribe[E: Event](event_type: type[E], handler: Callable[[E], None]) -> None:
    """Calls `handler` inside the announcing transaction."""
    _in_transaction[event_type].append(handler)


def subscribe_outbox[E: Event](event_type: type[E], handler: Callable[[E], None]) -> None:
    """Delivers the event to `handler` at least once after the announcing transaction has committed."""
    name = handler_name(handler)
    _outbox[event_type].append(handler)
    _events_by_name[event_type.__name__] = event_type
    _handlers_by_name[name] = handler


def forget_subscriptions() -> None:
    """Empties the lists, so that wiring can run again."""
    for registry in (_in_transaction, _outbox, _events_by_name, _handlers_by_name):
        registry.clear()


@contextmanager
def unheard(package: str) -> Iterator[None]:
    """Meanwhile outbox handlers of that package hear nothing: what happens is played, and nobody is to be told."""
    kept = {event: list(handlers) for event, handlers in _outbox.items()}
    for event, handlers in kept.items():
        _outbox[event] = [handler for handler in handlers if not handler.__module__.startswith(f"{package}.")]
    try:
        yield
    finally:
        _outbox.update(kept)


def announce(event: Event) -> None:
    """Tells the listeners. Must run inside a transaction: what is announced and its cause commit together."""
    announce_all([event])


def announce_all(events: Iterable[Event]) -> None:
    """Announces several events with one insert for all their outbox rows."""
    if not connection.in_atomic_block:
        raise RuntimeError("Events are announced inside the transaction that makes them true.")
    messages = []
    for event in events:
        for handler in _in_transaction[type(event)]:
            handler(event)
        messages += [
            OutboxMessage(
                event=type(event).__name__,
                handler=handler_name(handler),
                payload=event.to_payload(),
                available_at=DatabaseNow(),
            )
            for handler in _outbox[type(event)]
        ]
    if messages:
        OutboxMessage.objects.bulk_create(messages)


def handler_name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


def dispatch(*, event: str, handler: str, payload: dict[str, Any]) -> None:
    """Calls one outbox handler with the event rebuilt from its row. Raises KeyError for an unknown name."""
    _handlers_by_name[handler](_events_by_name[event].from_payload(payload))


def _encode(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case UUID():
            return str(value)
        case date():
            return value.isoformat()
    raise TypeError(f"An event carries plain facts, not {type(value).__name__}.")


def _decode(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    for kind in get_args(hint) or (hint,):
        if kind is UUID:
            return UUID(value)
        if kind is datetime:
            return datetime.fromisoformat(value)
        if kind is date:
            return date.fromisoformat(value)
    return value
