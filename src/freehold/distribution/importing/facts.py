"""What a row says about a place, field by field, in the words of our own tables.

A fact is said or it is not: an empty cell is no fact, so that it can never wipe one. Values are as JSON keeps them
(numbers, texts, lists; decimals as texts), so that what was written can be compared with what is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any
from uuid import UUID

from freehold.distribution.airbnb.categories import FALLBACK_CATEGORY, Space
from freehold.distribution.airbnb.completion import space_or_least
from freehold.distribution.airbnb.drafts import NO_LIMIT, Draft
from freehold.distribution.airbnb.records import ReportBuilder, Verdict
from freehold.distribution.importing.whereabouts import Whereabouts
from freehold.domain.periods import MAX_NIGHTS
from freehold.pricing.models import MAX_PRICE_MINOR
from freehold.properties.services.import_properties import PlaceToImport

Facts = dict[str, Any]

PRICE = "rate_plan.base_price_minor"
_LONGEST_TITLE, _LONGEST_NEIGHBOURHOOD, _LONGEST_HOST_NAME = 200, 120, 100
_MOST_GUESTS, _MOST_BEDROOMS, _MOST_BEDS, _MOST_BATHROOMS = 1000, 500, 1000, 500
_MOST_REVIEWS = 2**31 - 1
_GUESTS_PER_BEDROOM = 2
_CHECK_IN, _CHECK_OUT = time(15), time(11)
_SPACE_WORDS = {
    Space.ENTIRE: "Entire",
    Space.HOTEL_ROOM: "Hotel room in a",
    Space.PRIVATE_ROOM: "Private room in a",
    Space.SHARED_ROOM: "Shared room in a",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Turns drafts of one file into facts, and reports what it had to cut or leave out."""

    report: ReportBuilder

    def said(self, draft: Draft) -> Facts:
        """Only what the row really says."""
        facts: Facts = {
            "property.latitude": float(draft.latitude),
            "property.longitude": float(draft.longitude),
            "property.category": draft.category,
            "property.title": self._text(draft, "title", draft.title, _LONGEST_TITLE),
            "property.description": draft.description,
            "property.neighbourhood": self._text(draft, "neighbourhood", draft.neighbourhood, _LONGEST_NEIGHBOURHOOD),
            "property.host_name": self._text(draft, "host_name", draft.host_name, _LONGEST_HOST_NAME),
            "property.review_count": self._count(draft, "review_count", draft.review_count, 0, _MOST_REVIEWS),
            "unit.max_guests": self._count(draft, "accommodates", draft.accommodates, 1, _MOST_GUESTS),
            "unit.bedrooms": self._count(draft, "bedrooms", draft.bedrooms, 0, _MOST_BEDROOMS),
            "unit.beds": self._count(draft, "beds", draft.beds, 0, _MOST_BEDS) or None,
            "amenities": None if draft.amenities is None else sorted(draft.amenities),
            PRICE: self._count(draft, "price", draft.price_minor, 1, MAX_PRICE_MINOR),
        }
        facts["listing.title"] = facts["property.title"]
        facts["listing.max_guests"] = facts["unit.max_guests"]
        if draft.rating is not None and draft.review_count != 0:
            facts["property.rating"] = f"{draft.rating:.2f}"
        if draft.bathrooms is not None and self._is_within(draft, "bathrooms", draft.bathrooms, 0, _MOST_BATHROOMS):
            facts["unit.bathrooms"] = f"{draft.bathrooms:.1f}"
        facts |= self._limits(draft)
        return {name: value for name, value in facts.items() if value is not None and value != ""}

    def completed(self, draft: Draft, said: Facts) -> Facts:
        """The facts of a new place: what is said, and for the rest what its own row makes likely; never a price."""
        space, facts = space_or_least(draft), dict(said)
        guests = facts.get("unit.max_guests") or max(1, facts.get("unit.bedrooms", 0)) * _GUESTS_PER_BEDROOM
        rooms = 1 if space is not Space.ENTIRE else max(1, guests // _GUESTS_PER_BEDROOM)
        defaults: Facts = {
            "property.category": FALLBACK_CATEGORY,
            "property.description": "",
            "property.neighbourhood": "",
            "property.host_name": "",
            "property.review_count": 0,
            "property.rating": None,
            "unit.max_guests": guests,
            "unit.bedrooms": rooms,
            "unit.beds": max(1, facts.get("unit.bedrooms", rooms)),
            "unit.bathrooms": "1.0",
            "listing.max_guests": guests,
            "listing.min_nights": 1,
            "listing.max_nights": MAX_NIGHTS,
            "amenities": [],
        }
        for name, word in _LIKELY.items():
            if name not in facts:
                self.report.add(Verdict.REPAIRED, name.partition(".")[2], word, draft.source_id)
        if "property.title" not in facts:
            self.report.add(Verdict.REPAIRED, "title", "missing, composed from the facts", draft.source_id)
            title = _composed_title(facts.get("property.category", FALLBACK_CATEGORY), space, facts)
            defaults |= {"property.title": title, "listing.title": title}
        if PRICE not in facts:
            self.report.add(
                Verdict.REPAIRED, "price", "missing, kept as a draft that cannot be booked", draft.source_id
            )
        return {**defaults, **facts}

    def _limits(self, draft: Draft) -> Facts:
        shortest = draft.min_nights
        if shortest is not None and shortest > MAX_NIGHTS:
            self.report.add(Verdict.REPAIRED, "min_nights", f"more than {MAX_NIGHTS}, cut", draft.source_id)
            shortest = MAX_NIGHTS
        longest = draft.max_nights
        if longest is not None:
            longest = MAX_NIGHTS if longest == NO_LIMIT else min(longest, MAX_NIGHTS)
        return {"listing.min_nights": shortest, "listing.max_nights": longest}

    def _text(self, draft: Draft, name: str, text: str, longest: int) -> str:
        if len(text) > longest:
            self.report.add(Verdict.REPAIRED, name, f"longer than {longest} characters, cut", draft.source_id)
        return text[:longest].strip()

    def _count(self, draft: Draft, name: str, count: int | None, least: int, most: int) -> int | None:
        return count if count is not None and self._is_within(draft, name, count, least, most) else None

    def _is_within(self, draft: Draft, name: str, number: int | Decimal, least: int, most: int) -> bool:
        if number > most:
            self.report.add(Verdict.REPAIRED, name, f"above {most}, left out", draft.source_id)
        return least <= number <= most


_LIKELY = {
    "unit.max_guests": "missing, two guests for each bedroom",
    "unit.bedrooms": "missing, one for two guests, one in a room",
    "unit.beds": "missing or zero, one for each bedroom",
    "unit.bathrooms": "missing, one assumed",
}


def place_of(
    draft: Draft,
    facts: Mapping[str, Any],
    *,
    company_id: UUID,
    slug_mark: str,
    source: str,
    where: Whereabouts,
    is_published: bool,
) -> PlaceToImport:
    """A new place of the company from completed facts."""
    rating = facts["property.rating"]
    return PlaceToImport(
        company_id=company_id,
        external_source=source,
        external_id=draft.source_id,
        slug_mark=slug_mark,
        is_published=is_published,
        category=facts["property.category"],
        title=facts["property.title"],
        description=facts["property.description"],
        neighbourhood=facts["property.neighbourhood"],
        city=where.city,
        region=where.region,
        country=where.country,
        latitude=draft.latitude,
        longitude=draft.longitude,
        time_zone=where.zone_at(float(draft.latitude), float(draft.longitude)),
        check_in_time=_CHECK_IN,
        check_out_time=_CHECK_OUT,
        host_name=facts["property.host_name"],
        rating=None if rating is None else Decimal(rating),
        review_count=facts["property.review_count"],
        max_guests=facts["unit.max_guests"],
        bedrooms=facts["unit.bedrooms"],
        beds=facts["unit.beds"],
        bathrooms=Decimal(facts["unit.bathrooms"]),
        currency=where.currency,
        min_nights=facts["listing.min_nights"],
        max_nights=facts["listing.max_nights"],
        amenities=facts["amenities"],
    )


def _composed_title(category: str, space: Space, facts: Mapping[str, Any]) -> str:
    what = f"{_SPACE_WORDS[space]} {category.replace('-', ' ')}"
    where = facts.get("property.neighbourhood")
    return f"{what} in {where}" if where else what
