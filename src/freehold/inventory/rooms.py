"""The rooms of one place for some nights: what each costs, how many of it are left, and what fits together.

What is said here is advice, as everywhere in this room: a claim decides.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import prefetch_related_objects

from freehold.core import clock
from freehold.core.errors import BadInput, NotFound
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.domain.party_rules import as_many_as_fit
from freehold.domain.periods import Period, PeriodError
from freehold.domain.pricing import PricedStay, price_stay
from freehold.domain.reasons import Reason
from freehold.inventory.occupancy import ALIVE
from freehold.inventory.options import options_of_listings
from freehold.inventory.reasons import ALL_TAKEN
from freehold.pricing.models import RatePlan
from freehold.pricing.selectors import published_rate_plans, rate_plan_terms
from freehold.properties.models import Listing, Property
from freehold.properties.rules import party_rules, taken_period
from freehold.properties.wishes import refusals, wished_period

_FREE_OPTIONS = f"""
    WITH wish AS (
        SELECT * FROM unnest(%(listings)s::uuid[], %(periods)s::tstzrange[]) AS wish (listing_id, period)
    ), asked AS (
        SELECT id, property_id, unit_id, unit_type_id FROM properties_listing WHERE id = ANY(%(listings)s::uuid[])
    )
    SELECT option.listing_id, array_agg(option.unit_id)
      FROM {options_of_listings("asked")} AS option JOIN wish ON wish.listing_id = option.listing_id
     GROUP BY option.listing_id, option.option_id
    HAVING NOT bool_or(EXISTS (
        SELECT FROM inventory_allocation AS allocation
         WHERE allocation.unit_id = option.unit_id AND allocation.period && wish.period AND {ALIVE}))
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Room:
    """One listing for some nights. `party` is whom `price` is for; None when its rules refuse the stay.

    `free` are the ways in which it can still be given, each as the units that this takes. `reasons`: why there is
    none, or why it is not given for these nights at all.
    """

    listing: Listing
    party: Party
    price: PricedStay | None
    free: tuple[frozenset[UUID], ...]
    reasons: tuple[Reason, ...]

    @property
    def left(self) -> int:
        """How many of it can be had, by themselves."""
        return len(self.free)

    @property
    def is_available(self) -> bool:
        return self.price is not None and bool(self.free)


def published_rooms(*, slug: str) -> tuple[Property, dict[UUID, RatePlan]]:
    """A published place and the plans of what it sells by the night, from small to large.

    At hand: unit and unit type of each. Raises NotFound for a place that has none.
    """
    rooms = Listing.objects.published().filter(property__slug=slug, mode=Listing.Mode.STAY)
    plans = published_rate_plans(listing_ids=list(rooms.values_list("pk", flat=True)))
    prefetch_related_objects([plan.listing for plan in plans.values()], "unit", "unit_type", "restrictions")
    if not plans:
        raise NotFound("There is no such place.")
    ordered = sorted(plans.values(), key=_from_small_to_large)
    return ordered[0].listing.property, {plan.listing_id: plan for plan in ordered}


def _from_small_to_large(plan: RatePlan) -> tuple[int, int, str]:
    return plan.listing.max_guests, plan.base_price_minor, str(plan.listing_id)


def rooms_for_nights(*, plans: Mapping[UUID, RatePlan], check_in: date, check_out: date, party: Party) -> list[Room]:
    """Every room for these nights, priced for as many of the party as it takes. One query.

    Raises BadInput for dates that make no stay.
    """
    nights, now = Nights(check_in, check_out), clock.now()
    try:
        periods = {
            listing_id: taken_period(plan.listing, nights, wished_period(plan.listing, nights, now=now))
            for listing_id, plan in plans.items()
        }
    except PeriodError as error:
        raise BadInput(error.detail, code=error.code, attr="check_out") from None
    free = _free_options(periods)
    rooms: list[Room] = []
    for listing_id, plan in plans.items():
        taken_in = as_many_as_fit(party_rules(plan.listing), party)
        reasons = refusals(plan.listing, nights, taken_in, now=now)
        price = None
        if not reasons:
            terms = rate_plan_terms(plan, start=check_in, end=check_out)
            price = price_stay(terms, check_in=check_in, check_out=check_out, party=taken_in)
            reasons = () if free.get(listing_id) else (ALL_TAKEN,)
        rooms.append(Room(plan.listing, taken_in, price, tuple(free.get(listing_id, ())), reasons))
    return rooms


def missing_together(rooms: Sequence[Room], wanted: Mapping[UUID, int]) -> dict[UUID, int]:
    """Of so many of each room (by listing), how many cannot be had beside the others; empty when all can.

    What exists once is set aside first, then types get what is left: a suite and the rooms in it are one space.
    """
    taken: set[UUID] = set()
    missing: dict[UUID, int] = {}
    chosen = [room for room in rooms if wanted.get(room.listing.pk)]
    for room in sorted(chosen, key=lambda room: room.left - wanted[room.listing.pk]):
        count = wanted[room.listing.pk] - _set_aside(room.free, wanted[room.listing.pk], taken)
        if count:
            missing[room.listing.pk] = count
    return missing


def _set_aside(options: Collection[frozenset[UUID]], count: int, taken: set[UUID]) -> int:
    given = 0
    for option in options:
        if given == count:
            break
        if not option & taken:
            taken |= option
            given += 1
    return given


def _free_options(periods: Mapping[UUID, Period]) -> dict[UUID, list[frozenset[UUID]]]:
    ranges = [f"[{period.start.isoformat()},{period.end.isoformat()})" for period in periods.values()]
    found: dict[UUID, list[frozenset[UUID]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FREE_OPTIONS, {"listings": list(periods), "periods": ranges})
        for listing_id, unit_ids in cursor.fetchall():
            found.setdefault(listing_id, []).append(frozenset(unit_ids))
    return found
