"""Take the space and promise the price, for a while: the first half of every booking.

Where a listing takes requests only, the whole booking is one: its space is held until the host has answered.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from freehold.bookings.events import BookingHeld, BookingRequested
from freehold.bookings.models import Booking
from freehold.bookings.opening import open_booking, refuse_used
from freehold.bookings.services.confirm_booking import confirm_locked
from freehold.bookings.types import Held
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, NotFound
from freehold.core.events import announce
from freehold.domain.booking_states import BookingState
from freehold.domain.patience import time_to_act
from freehold.domain.periods import Period
from freehold.inventory.services.claim_listings import claim_listings
from freehold.inventory.services.refuse_taken import refuse_taken
from freehold.inventory.types import ClaimView, ListingWish
from freehold.pricing.models import Quote
from freehold.pricing.services.price_cart import plans_of, price_cart
from freehold.pricing.services.redeem_quote import redeem_quote
from freehold.pricing.types import ItemRequest, PricedCart
from freehold.properties.models import Listing

HOLD_FOR = timedelta(minutes=15)
ANSWER_AT_LEAST_WITHIN = timedelta(hours=1)


def hold_booking(
    *, actor: Actor, quote_id: UUID | str | None = None, items: Sequence[ItemRequest] | None = None
) -> Booking:
    """Holds every item or none, at the quote's price or at today's. Terms `at_property` confirm at once.

    A listing with acceptance `request` makes it a request, which `accept_request` turns into a hold.

    An item that names a unit gets this one or nothing. Raises Unavailable with reasons and alternatives; BadInput;
    NotFound; Conflict for a quote that is used up.
    """
    return hold(actor=actor, quote_id=quote_id, items=items).booking


def hold(*, actor: Actor, quote_id: UUID | str | None = None, items: Sequence[ItemRequest] | None = None) -> Held:
    """The same for who goes on with the booking's items and terms."""
    if actor.user is None:
        raise AccessDenied("Sign in to book.")
    if (quote_id is None) == (items is None):
        raise BadInput("Give either a quote_id or items.", code="quote_or_items")
    quote: Quote | None = None
    if quote_id is not None:
        quote, cart = redeem_quote(actor=actor, quote_id=quote_id)
        refuse_used(quote)
        named: list[UUID | None] = [None] * len(cart.items)
        listings = _listings([item.listing_id for item in cart.items])
    else:
        wanted = items or ()
        named = [item.unit_id for item in wanted]
        plans = plans_of(wanted)
        listings = {listing_id: plan.listing for listing_id, plan in plans.items()}
        refuse_taken(items=wanted, listings=listings)
        cart = price_cart(actor=actor, items=wanted, plans=plans)
    # What was unpublished meanwhile is gone.
    if any(item.listing_id not in listings for item in cart.items):
        raise NotFound("There is no such listing.")
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        return _hold(actor, quote, cart, listings, named)


def _listings(ids: Sequence[UUID]) -> dict[UUID, Listing]:
    """What may be booked of these, each with its company, its property and the rules of its slots."""
    return Listing.objects.published().select_related("company", "property", "slot_rules").in_bulk(ids)


def _hold(
    actor: Actor,
    quote: Quote | None,
    cart: PricedCart,
    listings: Mapping[UUID, Listing],
    named: Sequence[UUID | None],
) -> Held:
    time_to_answer = _time_to_answer(cart, listings.values())
    # Who is refused here has written nothing: the caller's transaction stays usable without a savepoint.
    claims = _claim_all(actor, cart, listings, named, time_to_answer or HOLD_FOR)
    state = BookingState.HELD if time_to_answer is None else BookingState.REQUESTED
    # From here on there is all of it or nothing: an error ends the caller's transaction as well.
    with transaction.atomic(savepoint=False):
        held = open_booking(actor=actor, quote=quote, cart=cart, claims=claims, listings=listings, state=state)
        booking = held.booking
        if state is BookingState.REQUESTED:
            announce(BookingRequested(booking_id=booking.pk))
            return held
        announce(BookingHeld(booking_id=booking.pk))
        if booking.payment_terms == Listing.PaymentTerms.AT_PROPERTY:
            confirm_locked(folio=booking.folio, booking=booking)
    return held


def _time_to_answer(cart: PricedCart, listings: Iterable[Listing]) -> timedelta | None:
    """How long the host may take to answer, by the most hurried of the listings; None when nobody has to."""
    asking = [each.answer_within_hours for each in listings if each.acceptance == Listing.Acceptance.REQUEST]
    if not asking:
        return None
    hours = timedelta(hours=min(asking))
    return time_to_act(
        hours, now=clock.database_now(), starts_at=cart.starts_at, at_least=min(hours, ANSWER_AT_LEAST_WITHIN)
    )


def _claim_all(
    actor: Actor,
    cart: PricedCart,
    listings: Mapping[UUID, Listing],
    named: Sequence[UUID | None],
    ttl: timedelta,
) -> list[ClaimView]:
    """One claim per item, all or none, in the items' order."""
    wishes = [
        ListingWish(
            listing=listings[item.listing_id],
            when=item.when,
            period=Period(item.starts_at, item.ends_at),
            quantity=item.quantity,
            party=item.party,
            unit_id=unit_id,
        )
        for item, unit_id in zip(cart.items, named, strict=True)
    ]
    return claim_listings(actor=actor, wishes=wishes, ttl=ttl)
