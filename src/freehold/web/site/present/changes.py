"""What became of a booking, told to its guest: was this, is that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from freehold.bookings.models import BookingChange
from freehold.domain.money import Money
from freehold.pricing.types import PricedCart, PricedItem
from freehold.web.ui import formats
from freehold.web.ui.words import party_words


@dataclass(frozen=True, slots=True)
class StoryEvent:
    text: str
    at: datetime


def change_events(changes: Iterable[BookingChange], currency: str) -> list[StoryEvent]:
    """The changes that were made."""
    return [
        StoryEvent(change_words(change, currency), change.applied_at)
        for change in changes
        if change.state == BookingChange.State.APPLIED and change.applied_at is not None
    ]


def change_words(change: BookingChange, currency: str) -> str:
    """`The trip was changed. Was: May 1 - 4, 2 adults. Now: May 1 - 6, 2 adults. $200.00 more.`"""
    before, after = PricedCart.from_json(change.before), PricedCart.from_json(change.after)
    gone = [entry["becomes"] is None for entry in change.items]
    was = [item for item in before.items if item not in after.items]
    now = [item for item in after.items if item not in before.items]
    words = [gettext("The trip was changed.")]
    if was and not (any(gone) and not now):
        words.append(gettext("Was: %(what)s.") % {"what": "; ".join(_item_words(item) for item in was)})
    elif was:
        words.append(gettext("Given up: %(what)s.") % {"what": "; ".join(_item_words(item) for item in was)})
    if now:
        words.append(gettext("Now: %(what)s.") % {"what": "; ".join(_item_words(item) for item in now)})
    difference = Money(abs(change.difference_minor), currency)
    if change.difference_minor > 0:
        words.append(gettext("%(amount)s more.") % {"amount": formats.money(difference)})
    elif change.difference_minor < 0:
        words.append(gettext("%(amount)s less.") % {"amount": formats.money(difference)})
    return " ".join(words)


def _item_words(item: PricedItem) -> str:
    dates = formats.days(item.check_in, item.check_out) if item.check_out else formats.day(item.check_in)
    return f"{item.title}, {dates}, {party_words(item.party)}"
