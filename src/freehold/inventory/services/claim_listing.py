"""Hold what a listing sells: its unit, any units of its type or a named one, or everything of its property."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.domain.occasions import Nights, Slot
from freehold.inventory.allocations import Order, place_order
from freehold.inventory.alternatives import VIEW, nearest_free_stays
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Purpose
from freehold.inventory.occupancy import claims_in_the_way, only_of, options_of, why_not_free
from freehold.inventory.reasons import BUSY, NO_UNITS
from freehold.inventory.slots import nearest_free_slots
from freehold.inventory.types import ClaimView, ListingWish, Wanted
from freehold.inventory.units_of_type import take_units_of_type
from freehold.properties.models import Unit
from freehold.properties.rules import taken_period


def claim_listing(*, actor: Actor, wish: ListingWish, ttl: timedelta, may_wait: bool = True) -> ClaimView:
    """Holds so many units of the listing as the wish says, for its period and for `ttl`: all of them or none.

    Runs inside the caller's transaction, which stays usable after a refusal. Who holds locks of other listings already
    must not wait for units of a type (`may_wait`). Raises Unavailable with reasons, and with the nearest free dates or
    slots; NotFound for a named unit that the listing does not sell.
    """
    listing = wish.listing
    taking = taken_period(listing, wish.when, wish.period)
    order = Order(listing.company_id, (), wish.period, Purpose.HOLD, listing.pk, ttl, in_use_only=True, taking=taking)
    try:
        if wish.takes_any_of_its_type:
            return take_units_of_type(order, listing, quantity=wish.quantity, may_wait=may_wait)
        return _claim_just(order, _units_of(wish))
    except Unavailable as refusal:
        if BUSY in refusal.reasons:
            raise
        raise _with_alternatives(refusal, wish) from None


def _with_alternatives(refusal: Unavailable, wish: ListingWish) -> Unavailable:
    listing = wish.listing
    match wish.when:
        case Nights() as nights:
            return _with_nights(refusal, wish, nights)
        case Slot() as slot:
            slots = nearest_free_slots(listing=listing, slot=slot, quantity=wish.quantity)
            return Unavailable(refusal.reasons, slots)
    return refusal


def _with_nights(refusal: Unavailable, wish: ListingWish, nights: Nights) -> Unavailable:
    """Of what is in the way it also says whether it is only a day of turnover."""
    listing, zone = wish.listing, wish.listing.property.time_zone
    taking = taken_period(listing, nights, wish.period)
    options = only_of(options_of(listing_id=listing.pk, start=taking.start - VIEW, end=taking.end + VIEW), wish.unit_id)
    reasons = why_not_free(options, taking, zone=zone, quantity=wish.quantity, wanted=wish.period) or refusal.reasons
    alternatives = nearest_free_stays(
        listing=listing, check_in=nights.check_in, check_out=nights.check_out, options=options
    )
    return Unavailable(
        reasons, alternatives, Wanted(listing.pk, nights, wish.party), claims_in_the_way(options, taking)
    )


def _units_of(wish: ListingWish) -> tuple[UUID, ...]:
    """What the wish takes, where there is one way to serve it."""
    listing = wish.listing
    units = Unit.objects.company(listing.company_id)
    if wish.unit_id is not None and wish.unit_id != listing.unit_id:
        is_sold = listing.unit_type_id is not None and wish.quantity == 1
        if not is_sold or not units.filter(pk=wish.unit_id, unit_type=listing.unit_type_id).exists():
            raise NotFound("There is no such room.")
        return (wish.unit_id,)
    if listing.unit_id is not None:
        return (listing.unit_id,)
    everything = units.filter(property_id=listing.property_id, is_active=True, kind=Unit.Kind.LEAF)
    return tuple(everything.values_list("pk", flat=True))


def _claim_just(order: Order, unit_ids: tuple[UUID, ...]) -> ClaimView:
    try:
        claim = place_order(replace(order, unit_ids=unit_ids)) if unit_ids else None
    except NotFound:
        raise Unavailable([NO_UNITS]) from None
    if claim is None:
        raise Unavailable([BUSY] if unit_ids else [NO_UNITS])
    return claim
