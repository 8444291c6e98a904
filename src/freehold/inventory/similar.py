"""Places like this one: of the same family of categories, near by, at a like price; with dates only those free then.

One query brings the nearest candidates, `domain.similarity` scores them. With dates, four more tell which of them may
be had then and for how much; what a candidate's rules say is asked of the functions that price and refuse a booking.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from freehold.core import clock
from freehold.core.errors import BadInput
from freehold.domain.errors import DomainError
from freehold.domain.listing_rules import check_stay
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.domain.periods import MAX_NIGHTS, Period, stay_period, time_zone
from freehold.domain.pricing import price_stay
from freehold.domain.similarity import Comparison, compare, distance_words, kind_words, price_percent, price_words
from freehold.inventory.candidates import MAX_DISTANCE_KM, Candidate, Neighbours, candidates_near
from freehold.inventory.occupancy import free_listings
from freehold.pricing.selectors import published_rate_plans, rate_plan_terms
from freehold.properties.models import Listing
from freehold.properties.rules import stay_rules, taken_period
from freehold.properties.tree import category_index

MAX_SIMILAR = 24
MOST_OF_ONE_PROPERTY = 2
USUAL_PARTY = Party(2)

# What guests choose by. Of what both places have, the rarest of these says most about the other one.
_WORTH_SAYING = (
    "free_parking",
    "parking",
    "pool",
    "hot_tub",
    "pets_allowed",
    "washer",
    "air_conditioning",
    "workspace",
    "elevator",
    "gym",
    "patio",
    "garden",
    "fireplace",
    "ev_charger",
    "sauna",
    "breakfast",
    "beach_access",
    "water_view",
    "step_free",
    "crib",
)


@dataclass(frozen=True, slots=True)
class SimilarPlace:
    """A place like another one, and in words why. `total` is the whole stay with fees and taxes, None without dates."""

    listing_id: UUID
    property_id: UUID
    slug: str
    title: str
    category: str
    category_name: str
    city: str
    neighbourhood: str
    rating: Decimal | None
    review_count: int
    max_guests: int
    bedrooms: int
    beds: int
    distance_km: float
    score: float
    nightly: Money
    reason: str
    check_in: date | None = None
    check_out: date | None = None
    total: Money | None = None

    def to_json(self) -> dict[str, Any]:
        """As a refusal offers it."""
        return {
            "listing_id": str(self.listing_id),
            "slug": self.slug,
            "title": self.title,
            "check_in": self.check_in.isoformat() if self.check_in else None,
            "check_out": self.check_out.isoformat() if self.check_out else None,
            "total": self.total.to_json() if self.total else None,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class _Stay:
    check_in: date
    check_out: date
    party: Party


type _Ranked = tuple[Candidate, Comparison]


def similar_places(
    listing: Listing,
    *,
    check_in: date | None = None,
    check_out: date | None = None,
    party: Party | None = None,
    limit: int = 6,
) -> tuple[SimilarPlace, ...]:
    """Published places that would take the party, the most alike first. Reads `listing.property`.

    With dates (and two adults, unless told otherwise) only those whose rules accept the stay and that are free then,
    as far as one sees. One query without dates, five with them, however many places there are. A listing that nobody
    has priced yet is like none.

    Raises BadInput for one date without the other, for dates that make no stay, and for dates where the listing is
    not sold by the night.
    """
    stay = _stay(listing, check_in, check_out, party)
    guests = stay.party if stay else party
    near = candidates_near(
        listing,
        tree=category_index(),
        guests=guests.size if guests else 1,
        nights=(stay.check_in, stay.check_out) if stay else None,
    )
    if near is None:
        return ()
    ranked = _rank(near)
    chosen = _spread(_to_be_had(ranked, stay) if stay else ranked, limit=min(limit, MAX_SIMILAR))
    totals = _totals([listing.pk, *(other.listing_id for other, _ in chosen)], stay) if stay and chosen else {}
    words = _Words(near, totals, Counter(code for other in near.others for code in other.profile.amenities))
    return tuple(
        _place(other, comparison, words.reason(other, comparison), stay, totals.get(other.listing_id))
        for other, comparison in chosen
        # Unpublished between two looks, or without a price for this stay.
        if stay is None or other.listing_id in totals
    )


def _stay(listing: Listing, check_in: date | None, check_out: date | None, party: Party | None) -> _Stay | None:
    if check_in is None and check_out is None:
        return None
    if check_in is None or check_out is None:
        missing = "check_in" if check_in is None else "check_out"
        raise BadInput("Give both dates, or none.", code="required", attr=missing)
    if not 1 <= (check_out - check_in).days <= MAX_NIGHTS:
        raise BadInput(f"A stay has 1 to {MAX_NIGHTS} nights.", code="invalid_dates", attr="check_out")
    if listing.mode != Listing.Mode.STAY:
        raise BadInput("This listing is not sold by the night.", code="not_a_stay", attr="check_in")
    return _Stay(check_in, check_out, party or USUAL_PARTY)


def _rank(near: Neighbours) -> list[_Ranked]:
    """Within 50 km, the most alike first; of two equally alike the better rated, then the older."""
    compared = [(other, compare(near.anchor.profile, other.profile)) for other in near.others]
    ranked = [pair for pair in compared if pair[1].distance_km <= MAX_DISTANCE_KM]
    return sorted(ranked, key=lambda pair: (-round(pair[1].score, 9), -(pair[0].rating or 0), pair[0].listing_id))


def _spread(ranked: Iterable[_Ranked], *, limit: int) -> list[_Ranked]:
    """The first ones, but not every room of one hotel."""
    chosen: list[_Ranked] = []
    of_property: Counter[UUID] = Counter()
    for pair in ranked:
        if len(chosen) == limit:
            break
        if of_property[pair[0].property_id] < MOST_OF_ONE_PROPERTY:
            of_property[pair[0].property_id] += 1
            chosen.append(pair)
    return chosen


def _to_be_had(ranked: Sequence[_Ranked], stay: _Stay) -> list[_Ranked]:
    """Those whose rules accept the stay and whose space is free, in the same order. Three queries."""
    rows = Listing.objects.published().select_related("property").prefetch_related("restrictions")
    listings = rows.in_bulk([other.listing_id for other, _ in ranked])
    free = free_listings({pk: _period(listing, stay) for pk, listing in listings.items() if _accepts(listing, stay)})
    return [pair for pair in ranked if pair[0].listing_id in free]


def _accepts(listing: Listing, stay: _Stay) -> bool:
    now = clock.now()
    today = now.astimezone(time_zone(listing.property.time_zone)).date()
    rules = stay_rules(listing)
    return not check_stay(
        rules, check_in=stay.check_in, check_out=stay.check_out, party=stay.party, today=today, now=now
    )


def _period(listing: Listing, stay: _Stay) -> Period:
    place = listing.property
    period = stay_period(stay.check_in, stay.check_out, place.check_in_time, place.check_out_time, place.time_zone)
    return taken_period(listing, Nights(stay.check_in, stay.check_out), period)


def _totals(listing_ids: Sequence[UUID], stay: _Stay) -> dict[UUID, Money]:
    """What the whole stay costs at each that has a price for it. One query."""
    plans = published_rate_plans(listing_ids=listing_ids, start=stay.check_in, end=stay.check_out)
    totals = {}
    for listing_id, plan in plans.items():
        try:
            terms = rate_plan_terms(plan, start=stay.check_in, end=stay.check_out)
            priced = price_stay(terms, check_in=stay.check_in, check_out=stay.check_out, party=stay.party)
        except DomainError:
            # A plan that contradicts itself sells nothing; it is no reason to show none of the others.
            continue
        totals[listing_id] = priced.total
    return totals


@dataclass(frozen=True, slots=True)
class _Words:
    """Says why: "Also an apartment in Back Bay, 0.4 km away, 8 % cheaper, free parking too"."""

    near: Neighbours
    totals: Mapping[UUID, Money]
    having: Mapping[str, int]

    def reason(self, other: Candidate, comparison: Comparison) -> str:
        kind = kind_words(other.category_name, is_same=comparison.is_same_kind)
        parts = [*self._where(kind, other, comparison), self._price(other, comparison), self._amenity(comparison)]
        return ", ".join(part for part in parts if part)

    def _where(self, kind: str, other: Candidate, comparison: Comparison) -> list[str]:
        if other.property_id == self.near.anchor.property_id:
            return [f"{kind} in the same house"]
        return [f"{kind} in {other.neighbourhood or other.city}", distance_words(comparison.distance_km)]

    def _price(self, other: Candidate, comparison: Comparison) -> str:
        """Of the whole stay where it is known, else of one night."""
        here, there = self.totals.get(self.near.anchor.listing_id), self.totals.get(other.listing_id)
        if here is None or there is None or here.currency != there.currency:
            return price_words(comparison.price_percent)
        return price_words(price_percent(here.minor, there.minor))

    def _amenity(self, comparison: Comparison) -> str:
        shared = [code for code in _WORTH_SAYING if code in comparison.shared]
        if not shared:
            return ""
        name = self.near.amenity_names[min(shared, key=lambda code: self.having[code])]
        return f"{name if name[1:2].isupper() else name[:1].lower() + name[1:]} too"


def _place(
    other: Candidate, comparison: Comparison, reason: str, stay: _Stay | None, total: Money | None
) -> SimilarPlace:
    return SimilarPlace(
        listing_id=other.listing_id,
        property_id=other.property_id,
        slug=other.slug,
        title=other.title,
        category=other.category,
        category_name=other.category_name,
        city=other.city,
        neighbourhood=other.neighbourhood,
        rating=other.rating,
        review_count=other.review_count,
        max_guests=other.profile.capacity,
        bedrooms=other.bedrooms,
        beds=other.beds,
        distance_km=round(comparison.distance_km, 2),
        score=round(comparison.score, 4),
        nightly=other.nightly,
        reason=reason,
        check_in=stay.check_in if stay else None,
        check_out=stay.check_out if stay else None,
        total=total,
    )
