"""Whoever is refused may be in their own way: then the refusal says so, and with which booking to go on."""

from collections.abc import Sequence
from uuid import UUID

from freehold.bookings.models import Booking
from freehold.bookings.selectors import own_claims, own_hold
from freehold.core.actor import Actor
from freehold.inventory.errors import Unavailable
from freehold.inventory.reasons import ClosedBy
from freehold.inventory.services.refuse_taken import refuse_taken
from freehold.pricing.services.redeem_quote import redeem_quote
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing


def as_its_holder_sees(
    *,
    actor: Actor,
    refusal: Unavailable,
    quote_id: UUID | str | None = None,
    items: Sequence[ItemRequest] | None = None,
) -> Unavailable:
    """The refusal of these items, or of that quote, with the person's own holds called their own.

    `own_booking` names the booking to go on with. Whoever is not in their own way costs one query, and none when no
    hold is in the way.
    """
    if all(reason.code != ClosedBy.HELD for reason in refusal.reasons):
        return refusal
    claims = own_claims(user=actor.user)
    if not claims:
        return refusal
    wanted = items if items is not None else _items_of(actor, quote_id)
    # Of several places only the first one that is taken was looked at.
    if len(wanted) == 1 and refusal.claim_ids is not None and claims.isdisjoint(refusal.claim_ids):
        return refusal
    listings = (
        Listing.objects.published()
        .select_related("property", "slot_rules")
        .in_bulk([item.listing_id for item in wanted])
    )
    try:
        refuse_taken(items=wanted, listings=listings, own_claims=claims)
    except Unavailable as seen:
        if (booking := _own_booking(actor, wanted)) is not None:
            seen.add(own_booking={"id": str(booking.pk), "reference": booking.reference})
        return seen
    return refusal


def _items_of(actor: Actor, quote_id: UUID | str | None) -> list[ItemRequest]:
    if quote_id is None:
        return []
    _quote, cart = redeem_quote(actor=actor, quote_id=quote_id)
    return [ItemRequest(item.listing_id, item.when, item.party) for item in cart.items]


def _own_booking(actor: Actor, items: Sequence[ItemRequest]) -> Booking | None:
    found = (own_hold(user=actor.user, listing_id=item.listing_id, when=item.when) for item in items)
    return next((booking for booking in found if booking is not None), None)
