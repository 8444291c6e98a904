"""The rooms of one place as its page lists them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from freehold.domain.money import Money
from freehold.inventory.rooms import Room
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing
from freehold.properties.selectors import facts_of
from freehold.web.site.present.place import facts_words, lowest_price
from freehold.web.ui.words import party_words

MOST_OF_ONE = 10
FEW_LEFT = 3


@dataclass(frozen=True, slots=True)
class RoomRow:
    """One kind of room, `count` of it wanted. Without dates it has a price of one night and nothing to choose."""

    listing: Listing
    nightly: Money
    room: Room | None
    count: int
    query: str

    @property
    def field(self) -> str:
        return count_field(self.listing)

    @property
    def title(self) -> str:
        return self.listing.title

    @property
    def description(self) -> str:
        return self.listing.unit_type.description if self.listing.unit_type else ""

    @property
    def facts(self) -> str:
        facts = facts_of(self.listing)
        return facts_words(guests=facts.max_guests, bedrooms=facts.bedrooms, beds=facts.beds)

    @property
    def url(self) -> str:
        return reverse("site:place", args=[self.listing.slug]) + (f"?{self.query}" if self.query else "")

    @property
    def total(self) -> Money | None:
        return self.room.price.total if self.room is not None and self.room.price is not None else None

    @property
    def priced_for(self) -> str:
        return party_words(self.room.party) if self.room is not None else ""

    @property
    def most(self) -> int:
        return min(self.room.left, MOST_OF_ONE) if self.room is not None and self.room.is_available else 0

    @property
    def few_left(self) -> int:
        """How many are left, when that is worth saying."""
        return self.most if self.listing.unit_type_id and self.most <= FEW_LEFT else 0

    @property
    def reasons(self) -> list[str]:
        return [reason.detail for reason in self.room.reasons] if self.room is not None else []


def count_field(listing: Listing) -> str:
    """The name of the number field that says how many of it are wanted."""
    return f"n-{listing.slug}"


def row_of(plan: RatePlan, room: Room | None, *, count: int, query: str) -> RoomRow:
    return RoomRow(plan.listing, lowest_price(plan), room, count, query)
