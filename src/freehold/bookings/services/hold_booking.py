"""Take the space and promise the price, for a while: the first half of every booking.

Where a listing takes requests only, the whole booking is one: its space is held until the host has answered.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from freehold.bookings.events import BookingHeld, BookingRequested
from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.services.confirm_booking import confirm_locked
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound, TemporarilyUnavailable
from freehold.core.events import announce
from freehold.domain.booking_states import BookingState
from freehold.domain.patience import time_to_act
from freehold.domain.periods import Period
from freehold.domain.references import RANDOM_BITS, booking_reference
from freehold.finance.models import Folio, Receivable
from freehold.finance.services.add_receivable import add_receivable
from freehold.finance.services.open_folio import open_folio
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
REFERENCES_TRIED = 5


def hold_booking(
    *, actor: Actor, quote_id: UUID | str | None = None, items: Sequence[ItemRequest] | None = None
) -> Booking:
    """Holds every item or none, at the quote's price or at today's. Terms `at_property` confirm at once.

    A listing with acceptance `request` makes it a request, which `accept_request` turns into a hold.

    Raises Unavailable with reasons and alternatives; BadInput; NotFound; Conflict for a quote that is used up.
    """
    if actor.user is None:
        raise AccessDenied("Sign in to book.")
    if (quote_id is None) == (items is None):
        raise BadInput("Give either a quote_id or items.", code="quote_or_items")
    quote: Quote | None = None
    if quote_id is not None:
        quote, cart = redeem_quote(actor=actor, quote_id=quote_id)
        listings = _listings([item.listing_id for item in cart.items])
    else:
        wanted = items or ()
        plans = plans_of(wanted)
        listings = {listing_id: plan.listing for listing_id, plan in plans.items()}
        refuse_taken(items=wanted, listings=listings)
        cart = price_cart(actor=actor, items=wanted, plans=plans)
    for _ in range(REFERENCES_TRIED):
        reference = booking_reference(secrets.randbits(RANDOM_BITS))
        try:
            with transaction.atomic():
                return _hold(actor, reference, quote, cart, listings)
        except IntegrityError as error:
            violated = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
            if "quote" in violated:
                raise Conflict("This quote was already booked.", code="quote_used", attr="quote_id") from error
            # References are short, because people read them aloud: now and then one is in use already, and so is its
            # folio.
            if "reference" not in violated and "folio" not in violated:
                raise
    raise TemporarilyUnavailable("No booking reference is free at this moment. Try again.")


def _listings(ids: Sequence[UUID]) -> dict[UUID, Listing]:
    """What may be booked of these, each with its property and the rules of its slots."""
    return Listing.objects.published().select_related("property", "slot_rules").in_bulk(ids)


def _hold(
    actor: Actor, reference: str, quote: Quote | None, cart: PricedCart, listings: Mapping[UUID, Listing]
) -> Booking:
    # What was unpublished meanwhile is gone.
    if any(item.listing_id not in listings for item in cart.items):
        raise NotFound("There is no such listing.")
    time_to_answer = _time_to_answer(cart, listings.values())
    claims = _claim_all(actor, cart, listings, time_to_answer or HOLD_FOR)
    state = BookingState.HELD if time_to_answer is None else BookingState.REQUESTED
    folio, booking = _open_booking(actor, reference, quote, cart, claims, state)
    BookingItem.objects.bulk_create(
        BookingItem(
            booking=booking,
            listing_id=item.listing_id,
            claim_id=claim.id,
            position=position,
            occasion=item.occasion,
            check_in=item.check_in,
            check_out=item.check_out,
            starts_at=item.starts_at,
            ends_at=item.ends_at,
            party=item.party.to_json(),
            amount_minor=item.total.minor,
        )
        for position, (item, claim) in enumerate(zip(cart.items, claims, strict=True))
    )
    _owe(folio, booking, cart)
    if state is BookingState.REQUESTED:
        announce(BookingRequested(booking_id=booking.pk))
        return booking
    announce(BookingHeld(booking_id=booking.pk))
    if booking.payment_terms == Listing.PaymentTerms.AT_PROPERTY:
        confirm_locked(folio=folio, booking=booking)
    return booking


def _time_to_answer(cart: PricedCart, listings: Iterable[Listing]) -> timedelta | None:
    """How long the host may take to answer, by the most hurried of the listings; None when nobody has to."""
    asking = [each.answer_within_hours for each in listings if each.acceptance == Listing.Acceptance.REQUEST]
    if not asking:
        return None
    hours = timedelta(hours=min(asking))
    return time_to_act(
        hours, now=clock.database_now(), starts_at=cart.starts_at, at_least=min(hours, ANSWER_AT_LEAST_WITHIN)
    )


def _claim_all(actor: Actor, cart: PricedCart, listings: Mapping[UUID, Listing], ttl: timedelta) -> list[ClaimView]:
    """One claim per item, all or none, in the items' order."""
    wishes = [
        ListingWish(
            listing=listings[item.listing_id],
            when=item.when,
            period=Period(item.starts_at, item.ends_at),
            quantity=item.quantity,
            party=item.party,
        )
        for item in cart.items
    ]
    return claim_listings(actor=actor, wishes=wishes, ttl=ttl)


def _open_booking(
    actor: Actor,
    reference: str,
    quote: Quote | None,
    cart: PricedCart,
    claims: list[ClaimView],
    state: BookingState,
) -> tuple[Folio, Booking]:
    folio = open_folio(company_id=cart.company_id, kind=Folio.Kind.BOOKING, reference=reference, currency=cart.currency)
    booking = Booking.objects.create(
        company_id=cart.company_id,
        reference=reference,
        booker=actor.user,
        state=state,
        currency=cart.currency,
        total_minor=cart.total.minor,
        due_now_minor=cart.due_now.minor,
        payment_terms=cart.payment_terms,
        terms={**cart.to_json(), "acceptance": _acceptance(state)},
        folio=folio,
        quote=quote,
        starts_at=cart.starts_at,
        ends_at=cart.ends_at,
        hold_expires_at=min(claim.expires_at for claim in claims if claim.expires_at is not None),
    )
    return folio, booking


def _acceptance(state: BookingState) -> str:
    asks = state is BookingState.REQUESTED
    return str(Listing.Acceptance.REQUEST if asks else Listing.Acceptance.INSTANT)


def _owe(folio: Folio, booking: Booking, cart: PricedCart) -> None:
    """What is due now, and the rest on arrival."""
    rest = cart.total - cart.due_now
    if cart.due_now.minor:
        kind = Receivable.Kind.DEPOSIT if rest.minor else Receivable.Kind.FULL
        label = "Deposit" if rest.minor else "Stay"
        add_receivable(folio=folio, kind=kind, label=label, amount=cart.due_now, due_at=clock.now())
    if rest.minor:
        add_receivable(
            folio=folio, kind=Receivable.Kind.BALANCE, label="Balance", amount=rest, due_at=booking.starts_at
        )
