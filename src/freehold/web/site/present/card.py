"""A place in a list or on the map."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from freehold.domain.money import Money
from freehold.web.site.present.pictures import Image


@dataclass(frozen=True, slots=True)
class Card:
    """`total` is the whole stay with fees and taxes; None without dates. `reason` says why it is shown, if it does."""

    listing_id: str
    url: str
    title: str
    kind: str
    place: str
    facts: str
    rating: Decimal | None
    picture: Image | None
    nightly: Money
    total: Money | None = None
    nights: int = 0
    reason: str = ""
