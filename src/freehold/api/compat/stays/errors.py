"""What a refusal is about, by the names of the stays API. Its shape is the one of the whole API."""

from collections.abc import Mapping
from dataclasses import replace

from freehold.core.errors import BadInput, ErrorItem
from freehold.domain.reasons import ReasonCode

_ABOUT_DEPARTURE = frozenset(
    {
        ReasonCode.MIN_NIGHTS,
        ReasonCode.MAX_NIGHTS,
        ReasonCode.CLOSED_TO_DEPARTURE,
        ReasonCode.DEPARTURE_WEEKDAY,
    }
)
_ABOUT_GUESTS = frozenset(
    {
        ReasonCode.CAPACITY,
        ReasonCode.MAX_ADULTS,
        ReasonCode.MAX_CHILDREN,
        ReasonCode.MIN_GUEST_AGE,
        ReasonCode.PROPERTY_CAPACITY,
    }
)


def renamed(refusal: BadInput, names: Mapping[str, str]) -> BadInput:
    """The refusal with other names of the fields; what has none there stays as it is."""
    return BadInput.of([replace(item, attr=names.get(item.attr or "", item.attr)) for item in refusal.errors])


def about_a_stay(refusal: BadInput) -> BadInput:
    """A refusal of a cart's items as one of the single stay that it was made of."""
    return BadInput.of([replace(item, attr=_field_of(item)) for item in refusal.errors])


def _field_of(item: ErrorItem) -> str | None:
    if item.attr is None or not item.attr.startswith("items"):
        return item.attr
    if item.code in _ABOUT_GUESTS:
        return "guests"
    if item.code in {"wrong_occasion", "not_bookable", "no_slots"}:
        return "listing"
    return "check_out" if item.code in _ABOUT_DEPARTURE else "check_in"
