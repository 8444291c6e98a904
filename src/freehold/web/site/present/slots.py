"""Slots and opening hours as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any

from django.utils.translation import gettext, ngettext

from freehold.domain.money import Money
from freehold.domain.occasions import Slot
from freehold.domain.periods import time_zone
from freehold.domain.slots import OpeningHours
from freehold.inventory.slots import SlotCalendar
from freehold.web.ui import formats

_MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """One time to choose. `note` says how many seats are left, `why` why it is closed."""

    value: str
    label: str
    note: str
    why: str
    price: Money
    is_open: bool
    is_chosen: bool


def slot_choices(calendar: SlotCalendar, chosen: Slot | None, *, counts_units: bool) -> list[SlotChoice]:
    zone = time_zone(calendar.time_zone)
    return [
        SlotChoice(
            value=offer.slot.start_at.isoformat(),
            label=formats.clock(offer.slot.start_at.astimezone(zone)),
            note=_left(offer.units_left) if counts_units and offer.is_available else "",
            why=" ".join(reason.detail for reason in offer.reasons),
            price=offer.price,
            is_open=offer.is_available,
            is_chosen=offer.slot == chosen,
        )
        for offer in calendar.offers
    ]


def opening_hours(data: Any) -> list[tuple[str, str]]:
    """(weekday, hours), Monday first: ("Monday", "9:00 AM to 5:00 PM")."""
    names = formats.weekday_names()
    return [
        (names[index], ", ".join(_window(*window) for window in windows) or gettext("Closed"))
        for index, windows in enumerate(OpeningHours.from_json(data).days)
    ]


def _window(opens: int, closes: int) -> str:
    if (opens, closes) == (0, _MIDNIGHT):
        return gettext("All day")
    start, end = (formats.clock(time(*divmod(minute % _MIDNIGHT, 60))) for minute in (opens, closes))
    return gettext("%(start)s to %(end)s") % {"start": start, "end": end}


def _left(units: int) -> str:
    return ngettext("%(n)s left", "%(n)s left", units) % {"n": units}
