"""One booking, item by item: which room, for whom, for how much."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from django.urls import reverse

from freehold.bookings.models import BookingItem
from freehold.domain.money import Money
from freehold.domain.party import MAX_ADULTS, MAX_CHILD_AGE, MAX_CHILDREN, Party
from freehold.web.ui.words import party_words


class StayPart:
    """One item; `words` say when it is for. Reads what came with the booking."""

    def __init__(self, item: BookingItem, words: str) -> None:
        self._item = item
        self.words = words
        self.position = item.position
        self.title = item.listing.title

    @property
    def url(self) -> str:
        return reverse("site:place", args=[self._item.listing.slug])

    @cached_property
    def party(self) -> Party:
        return Party.from_json(self._item.party)

    @property
    def guests(self) -> str:
        return party_words(self.party)

    @property
    def amount(self) -> Money:
        return Money(self._item.amount_minor, self._item.booking.currency)

    @property
    def names(self) -> list[str]:
        """In the order of the party, adults and then children, so that each keeps its own line."""
        return _names(self._item)


def _names(item: BookingItem) -> list[str]:
    """By the party's order, so that a child keeps its own line: adults first, then children as they were announced."""
    party, guests = Party.from_json(item.party), list(item.guests.all())
    adults = [guest.name for guest in guests if guest.age is None or guest.age > MAX_CHILD_AGE]
    children = [guest for guest in guests if guest.age is not None and guest.age <= MAX_CHILD_AGE]
    names = [*adults, *[""] * (party.adults - len(adults))]
    for age in party.children:
        found = next((child for child in children if child.age == age), None)
        if found is not None:
            children.remove(found)
        names.append(found.name if found is not None else "")
    return names


def together(parties: Sequence[Party]) -> Party:
    """Their sum; a crowd counts no further than a party can."""
    adults = min(sum(party.adults for party in parties), MAX_ADULTS)
    return Party(adults, tuple(age for party in parties for age in party.children)[:MAX_CHILDREN])
