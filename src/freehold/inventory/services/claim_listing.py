"""Hold what a listing sells: its unit, any unit of its type, or everything of its property."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.domain.occasions import Nights
from freehold.domain.periods import Period
from freehold.domain.reasons import Reason
from freehold.inventory.allocations import Order, place_order
from freehold.inventory.alternatives import nearest_free_stays
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Purpose
from freehold.inventory.occupancy import ALIVE, options_of
from freehold.inventory.options import LISTING_OPTIONS
from freehold.inventory.reasons import BUSY, NO_UNITS, closing_reasons
from freehold.inventory.types import ClaimView, ListingWish, Wanted
from freehold.properties.models import Listing, Unit
from freehold.properties.rules import taken_period

# Free units of a type, the best fit first: where the stay leaves the least unsold time beside it, so that long
# gaps stay whole for long stays.
_FREE_UNITS = f"""
    SELECT option.option_id
      FROM {LISTING_OPTIONS} AS option
     CROSS JOIN LATERAL (
        SELECT max(upper(allocation.period)) FILTER (WHERE upper(allocation.period) <= %(start)s) AS before,
               min(lower(allocation.period)) FILTER (WHERE lower(allocation.period) >= %(end)s) AS after,
               bool_or(allocation.period && tstzrange(%(start)s, %(end)s)) AS is_taken
          FROM inventory_allocation AS allocation
         WHERE allocation.unit_id = option.unit_id
           AND allocation.period && tstzrange(%(start)s - %(view)s::interval, %(end)s + %(view)s::interval)
           AND {ALIVE}
     ) AS neighbour
     WHERE option.listing_id = %(listing)s
     GROUP BY option.option_id
    HAVING NOT bool_or(coalesce(neighbour.is_taken, false))
     ORDER BY sum(coalesce(%(start)s - neighbour.before, %(view)s::interval)
                  + coalesce(neighbour.after - %(end)s, %(view)s::interval)),
              option.option_id
"""  # noqa: S608 - constants only

_VIEW = timedelta(days=30)


def claim_listing(*, actor: Actor, wish: ListingWish, ttl: timedelta) -> ClaimView:
    """Holds the listing for the period of the wish, for `ttl`.

    Runs inside the caller's transaction, which stays usable after a refusal. Raises Unavailable with reasons and
    with the nearest free dates.
    """
    listing = wish.listing
    taking = taken_period(listing, wish.when, wish.period)
    order = Order(listing.company_id, (), wish.period, Purpose.HOLD, listing.pk, ttl, in_use_only=True, taking=taking)
    try:
        if listing.unit_type_id is not None:
            return _claim_any_unit(order, listing)
        return _claim_everything(order, listing)
    except Unavailable as refusal:
        if not isinstance(wish.when, Nights):
            raise
        alternatives = nearest_free_stays(listing=listing, check_in=wish.when.check_in, check_out=wish.when.check_out)
        raise Unavailable(refusal.reasons, alternatives, Wanted(listing.pk, wish.when, wish.party)) from None


def _claim_everything(order: Order, listing: Listing) -> ClaimView:
    if listing.unit_id is not None:
        unit_ids: tuple[UUID, ...] = (listing.unit_id,)
    else:
        units = Unit.objects.company(listing.company_id).filter(property_id=listing.property_id, is_active=True)
        unit_ids = tuple(units.filter(kind=Unit.Kind.LEAF).values_list("pk", flat=True))
    try:
        claim = place_order(replace(order, unit_ids=unit_ids)) if unit_ids else None
    except NotFound:
        raise Unavailable([NO_UNITS]) from None
    if claim is None:
        raise Unavailable([BUSY] if unit_ids else [NO_UNITS])
    return claim


def _claim_any_unit(order: Order, listing: Listing) -> ClaimView:
    """First what nobody else is deciding about; then, once, wait for what is left."""
    is_busy = False
    for skip_locked in (True, False):
        is_busy = False
        for unit_id in _free_units(listing.pk, order.taking or order.period):
            try:
                claim = place_order(replace(order, unit_ids=(unit_id,)), skip_locked=skip_locked)
            except (Unavailable, NotFound):
                continue
            if claim is not None:
                return claim
            is_busy = True
    # A unit that could not be asked about is not taken: what takes the others is no reason then.
    raise Unavailable([BUSY] if is_busy else _reasons(listing, order.taking or order.period))


def _free_units(listing_id: UUID, period: Period) -> list[UUID]:
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"listing": listing_id, "start": period.start, "end": period.end, "view": _VIEW}
        cursor.execute(_FREE_UNITS, params)
        return [row[0] for row in cursor.fetchall()]


def _reasons(listing: Listing, period: Period) -> list[Reason]:
    options = options_of(listing_id=listing.pk, start=period.start, end=period.end)
    if not options:
        return [NO_UNITS]
    taken = [each for option in options for each in option.taken_during(period)]
    return list(closing_reasons(taken, listing.property.time_zone)) or [BUSY]
