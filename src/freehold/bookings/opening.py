"""The rows of a new booking: itself, its items, its folio with what is owed. Two statements, whatever is booked."""

import secrets
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection

from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.types import Held
from freehold.companies.models import Company
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, Conflict, TemporarilyUnavailable
from freehold.core.ids import uuid7
from freehold.core.rows import columns_of, to_write, written
from freehold.domain.booking_states import BookingState
from freehold.domain.references import RANDOM_BITS, booking_reference
from freehold.finance.models import Folio, Receivable
from freehold.finance.services.open_folio import open_folio
from freehold.finance.types import Debt
from freehold.inventory.types import ClaimView
from freehold.pricing.models import Quote
from freehold.pricing.types import PricedCart
from freehold.properties.models import Listing

REFERENCES_TRIED = 5
_NO_REFERENCE = "No booking reference is free at this moment. Try again."

# It writes nothing where the reference, or the quote, belongs to another booking already.
#
# The booker is locked and looked at again. Who erases an account or joins it to another locks it for longer: either
# they see this booking, or this finds that nobody is there any more. The key of the row alone would say nothing: it
# stays when a person goes.
_WRITE = f"""
    WITH booker AS (
        SELECT id FROM accounts_user WHERE id = %s AND is_active FOR KEY SHARE
    ), opened AS (
        INSERT INTO bookings_booking ({columns_of(Booking)})
        SELECT {columns_of(Booking, "new")}
          FROM booker, jsonb_populate_recordset(NULL::bookings_booking, %s::jsonb) AS new
        ON CONFLICT DO NOTHING
        RETURNING id, serial
    ), itemised AS (
        INSERT INTO bookings_bookingitem ({columns_of(BookingItem)})
        SELECT {columns_of(BookingItem, "item")}
          FROM opened, jsonb_populate_recordset(NULL::bookings_bookingitem, %s::jsonb) AS item
    )
    SELECT (SELECT id FROM booker), (SELECT serial FROM opened)
"""  # noqa: S608 - constants only


def open_booking(
    *,
    actor: Actor,
    quote: Quote | None,
    cart: PricedCart,
    claims: Sequence[ClaimView],
    listings: Mapping[UUID, Listing],
    state: BookingState,
) -> Held:
    """Writes what was claimed and promised. Raises Conflict for a quote that is used up, TemporarilyUnavailable, and
    AccessDenied "account_closed" when the booker's account is closed, erased or joined to another in this moment.

    After a refusal the caller's transaction is rolled back.
    """
    company = listings[cart.items[0].listing_id].company
    booking = _booking(actor, company, quote, cart, claims, state)
    items = _items(booking, cart, claims, listings)
    _write(booking, items)
    try:
        booking.folio = open_folio(
            folio_id=booking.folio_id,
            company_id=cart.company_id,
            kind=Folio.Kind.BOOKING,
            reference=booking.reference,
            currency=cart.currency,
            debts=_debts(cart),
        )
    except Conflict as error:
        # Not of a booking, or the booking's reference would have been in use.
        raise TemporarilyUnavailable(_NO_REFERENCE) from error
    return Held(booking, items, cart)


def refuse_used(quote: Quote) -> None:
    """Raises Conflict for a quote that was booked already."""
    if Booking.objects.system("whose booking it is does not matter").filter(quote=quote).exists():
        raise Conflict("This quote was already booked.", code="quote_used", attr="quote_id")


def _write(booking: Booking, items: Sequence[BookingItem]) -> None:
    """References are short, because people read them aloud: now and then one is in use already."""
    rows = to_write(items)
    for _ in range(REFERENCES_TRIED):
        booking.reference = booking_reference(secrets.randbits(RANDOM_BITS))
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [booking.booker_id, to_write([booking]), rows])
            booker, serial = cursor.fetchone()
        if booker is None:
            raise AccessDenied("This account is closed.", code="account_closed")
        if serial is not None:
            booking.serial = serial
            written(booking, *items)
            return
        if booking.quote is not None:
            refuse_used(booking.quote)
    raise TemporarilyUnavailable(_NO_REFERENCE)


def _booking(
    actor: Actor,
    company: Company,
    quote: Quote | None,
    cart: PricedCart,
    claims: Sequence[ClaimView],
    state: BookingState,
) -> Booking:
    is_asked_first = state is BookingState.REQUESTED
    acceptance = Listing.Acceptance.REQUEST if is_asked_first else Listing.Acceptance.INSTANT
    return Booking(
        company=company,
        booker=actor.user,
        state=state,
        currency=cart.currency,
        total_minor=cart.total.minor,
        due_now_minor=cart.due_now.minor,
        payment_terms=cart.payment_terms,
        terms={**cart.to_json(), "acceptance": acceptance.value},
        folio_id=uuid7(),
        quote=quote,
        starts_at=cart.starts_at,
        ends_at=cart.ends_at,
        hold_expires_at=min(claim.expires_at for claim in claims if claim.expires_at is not None),
    )


def _items(
    booking: Booking, cart: PricedCart, claims: Sequence[ClaimView], listings: Mapping[UUID, Listing]
) -> list[BookingItem]:
    return [
        BookingItem(
            booking=booking,
            listing=listings[item.listing_id],
            claim_id=claim.id,
            position=position,
            occasion=item.occasion.value,
            check_in=item.check_in,
            check_out=item.check_out,
            starts_at=item.starts_at,
            ends_at=item.ends_at,
            party=item.party.to_json(),
            amount_minor=item.total.minor,
        )
        for position, (item, claim) in enumerate(zip(cart.items, claims, strict=True))
    ]


def _debts(cart: PricedCart) -> list[Debt]:
    """What is due now, and the rest on arrival."""
    rest = cart.total - cart.due_now
    debts = []
    if cart.due_now.minor:
        kind, label = (Receivable.Kind.DEPOSIT, "Deposit") if rest.minor else (Receivable.Kind.FULL, "Stay")
        debts.append(Debt(kind, label, cart.due_now, clock.now()))
    if rest.minor:
        debts.append(Debt(Receivable.Kind.BALANCE, "Balance", rest, cart.starts_at))
    return debts
