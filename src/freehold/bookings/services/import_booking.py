"""Bring in a booking of another system: with its space, what was agreed, and the money that came for it.

Nobody is told: its guest knows of it. The terms say what was agreed there, and that nothing goes back by itself.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from freehold.bookings.models import Booking, BookingItem, Guest
from freehold.bookings.opening import REFERENCES_TRIED
from freehold.bookings.services.confirm_booking import charged
from freehold.bookings.services.earn_stay import earn_locked
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, TemporarilyUnavailable
from freehold.domain import ledger
from freehold.domain.booking_states import BookingState
from freehold.domain.cancellation import CancellationTerms, TimelineStep
from freehold.domain.money import Money
from freehold.domain.occasions import When, occasion_of
from freehold.domain.party import Party
from freehold.domain.periods import Period
from freehold.domain.pricing import LineKind, PriceLine
from freehold.domain.references import RANDOM_BITS, booking_reference
from freehold.finance.models import Folio, Receivable
from freehold.finance.services.open_folio import open_folio
from freehold.finance.services.post_entry import post_entry
from freehold.finance.types import Debt
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Purpose
from freehold.inventory.reasons import BUSY
from freehold.inventory.services.claim_units import claim_units
from freehold.inventory.services.record_claim import record_claim
from freehold.payments.models import Payment
from freehold.payments.services.import_payment import PaymentToImport, import_payment
from freehold.pricing.types import PricedCart, PricedItem
from freehold.properties.models import Listing
from freehold.properties.wishes import local_dates, wished_period

POLICY_NAME = "As agreed before the move"
_TAKES_SPACE = frozenset({BookingState.HELD, BookingState.CONFIRMED, BookingState.COMPLETED})
_CHARGED = frozenset({BookingState.CONFIRMED, BookingState.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemToImport:
    """One listing, on these leaf units. `listing.property` is loaded. `guests` are names and ages, as far as known."""

    listing: Listing
    unit_ids: Sequence[UUID]
    when: When
    party: Party
    amount: Money
    guests: Sequence[tuple[str, int | None]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingToImport:
    """`state` is held (with `hold_for`), confirmed, completed, expired or cancelled. Items are of one company.

    `payments` in their order; of these the ones that came in pay for it, unless it is dead: then a person decides.
    `note` stands in the calendar's history where it took no space.
    """

    booker_id: UUID
    state: BookingState
    items: Sequence[ItemToImport]
    payment_terms: str
    made_at: datetime
    ended_at: datetime
    hold_for: timedelta | None = None
    payments: Sequence[PaymentToImport] = ()
    note: str = ""
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class ImportedBooking:
    """`in_the_way`: its space is somebody else's; one that is over stays on record, any other is cancelled."""

    booking: Booking
    payments: Sequence[Payment]
    in_the_way: bool


def import_booking(*, actor: Actor, booking: BookingToImport) -> ImportedBooking:
    """Writes the whole of it. For the system only. Raises Conflict `period_closed`, PeriodError for its dates, and
    TemporarilyUnavailable while somebody else is deciding about its space."""
    if not actor.is_system:
        raise AccessDenied("Only the system imports bookings.")
    said, in_the_way = booking, False
    with transaction.atomic():
        try:
            with transaction.atomic():
                claims = _claim_all(actor, said)
        except Unavailable as refusal:
            if BUSY in refusal.reasons:
                raise TemporarilyUnavailable(BUSY.detail) from refusal
            in_the_way = True
            if said.state is not BookingState.COMPLETED:
                said = replace(said, state=BookingState.CANCELLED, hold_for=None)
            claims = [_record(actor, said, item) for item in said.items]
        row = _open(actor, said, claims)
        payments = _book(actor, said, row)
    return ImportedBooking(row, payments, in_the_way)


def _claim_all(actor: Actor, said: BookingToImport) -> list[UUID]:
    if said.state not in _TAKES_SPACE:
        return [_record(actor, said, item) for item in said.items]
    is_held = said.state is BookingState.HELD
    return [
        claim_units(
            actor=actor,
            company_id=item.listing.company_id,
            unit_ids=item.unit_ids,
            period=_period(said, item),
            purpose=Purpose.HOLD if is_held else Purpose.BOOKING,
            listing_id=item.listing.pk,
            ttl=said.hold_for if is_held else None,
        ).id
        for item in said.items
    ]


def _record(actor: Actor, said: BookingToImport, item: ItemToImport) -> UUID:
    return record_claim(
        actor=actor,
        company_id=item.listing.company_id,
        listing_id=item.listing.pk,
        unit_ids=item.unit_ids,
        period=_period(said, item),
        note=said.note,
    )


def _period(said: BookingToImport, item: ItemToImport) -> Period:
    """What has no end began when it was booked."""
    return wished_period(item.listing, item.when, now=said.made_at)


def _open(actor: Actor, said: BookingToImport, claims: Sequence[UUID]) -> Booking:
    cart = _cart(said)
    company_id = cart.company_id
    reference = _free_reference()
    is_dead = said.state in (BookingState.CANCELLED, BookingState.EXPIRED)
    folio = open_folio(
        company_id=company_id,
        kind=Folio.Kind.BOOKING,
        reference=reference,
        currency=cart.currency,
        debts=[] if is_dead else _debts(said, cart),
    )
    moment = clock.database_now()
    row = Booking.objects.create(
        company_id=company_id,
        reference=reference,
        booker_id=said.booker_id,
        state=said.state,
        currency=cart.currency,
        total_minor=cart.total.minor,
        due_now_minor=cart.due_now.minor,
        payment_terms=cart.payment_terms,
        terms={**cart.to_json(), "acceptance": Listing.Acceptance.INSTANT.value},
        folio=folio,
        starts_at=cart.starts_at,
        ends_at=cart.ends_at,
        hold_expires_at=moment + said.hold_for if said.hold_for is not None else None,
        confirmed_at=said.ended_at if said.state in _CHARGED else None,
        cancelled_at=said.ended_at if said.state is BookingState.CANCELLED else None,
        cancelled_by=str(actor)[:60] if said.state is BookingState.CANCELLED else "",
        **({} if said.serial is None else {"serial": said.serial}),
    )
    Booking.objects.company(company_id).filter(pk=row.pk).update(created_at=said.made_at)
    row.created_at = said.made_at
    _write_items(said, row, cart, claims)
    return row


def _write_items(said: BookingToImport, row: Booking, cart: PricedCart, claims: Sequence[UUID]) -> None:
    """With the guests of each, as far as they are known."""
    items = BookingItem.objects.bulk_create(
        BookingItem(
            booking=row,
            listing=item.listing,
            claim_id=claim_id,
            position=position,
            occasion=priced.occasion.value,
            check_in=priced.check_in,
            check_out=priced.check_out,
            starts_at=priced.starts_at,
            ends_at=priced.ends_at,
            party=item.party.to_json(),
            amount_minor=item.amount.minor,
        )
        for position, (item, priced, claim_id) in enumerate(zip(said.items, cart.items, claims, strict=True))
    )
    Guest.objects.bulk_create(
        Guest(booking=row, item=items[position], name=name[:120], age=age, position=place)
        for position, item in enumerate(said.items)
        for place, (name, age) in enumerate(item.guests)
    )


def _free_reference() -> str:
    for _ in range(REFERENCES_TRIED):
        reference = booking_reference(secrets.randbits(RANDOM_BITS))
        if not Booking.objects.system("a free reference").filter(reference=reference).exists():
            return reference
    raise TemporarilyUnavailable("No booking reference is free at this moment. Try again.")


def _book(actor: Actor, said: BookingToImport, row: Booking) -> list[Payment]:
    """The charge, the money, and what is earned by now."""
    folio = row.folio
    if said.state in _CHARGED:
        net, taxes = charged(row)
        post_entry(
            folio=folio,
            key=f"charged:{row.pk}",
            entry=ledger.booking_charged(net=net, taxes=taxes),
            occurred_at=said.made_at,
        )
    payments = [
        import_payment(actor=actor, folio=folio, payer_id=said.booker_id, payment=payment, pays=said.state in _CHARGED)
        for payment in said.payments
    ]
    if said.state is BookingState.COMPLETED:
        earn_locked(folio=folio, booking=row, moment=row.ends_at)
    return payments


def _debts(said: BookingToImport, cart: PricedCart) -> list[Debt]:
    rest = cart.total - cart.due_now
    kind, label = (Receivable.Kind.DEPOSIT, "Deposit") if rest.minor else (Receivable.Kind.FULL, "Stay")
    debts = [Debt(kind, label, cart.due_now, said.made_at)] if cart.due_now.minor else []
    return [*debts, Debt(Receivable.Kind.BALANCE, "Balance", rest, cart.starts_at)] if rest.minor else debts


def _cart(said: BookingToImport) -> PricedCart:
    """What was agreed, as far as it is known: one line for each item."""
    items = tuple(_priced(said, item) for item in said.items)
    listing = said.items[0].listing
    currency = listing.currency
    total = Money.sum((item.total for item in items), currency)
    return PricedCart(
        company_id=listing.company_id,
        currency=currency,
        items=items,
        lines=tuple(line for item in items for line in item.lines),
        total=total,
        due_now=_due_now(said, total),
        payment_terms=said.payment_terms,
        refund_timeline=(TimelineStep(None, Money.zero(currency)),),
        time_zone=listing.property.time_zone,
        starts_at=min(item.starts_at for item in items),
        ends_at=max(item.ends_at for item in items),
    )


def _due_now(said: BookingToImport, total: Money) -> Money:
    """What was paid there confirmed it there; the rest, if there is one, is owed on arrival."""
    came = Money.sum((payment.amount for payment in said.payments if payment.came_in), total.currency)
    if said.payment_terms == Listing.PaymentTerms.AT_PROPERTY:
        return Money.zero(total.currency)
    return min(came, total) if said.state in _CHARGED else total


def _priced(said: BookingToImport, item: ItemToImport) -> PricedItem:
    period = _period(said, item)
    first, last = local_dates(item.listing, item.when, period)
    nothing = Money.zero(item.amount.currency)
    line = PriceLine(LineKind.FLAT.value, item.listing.title, "as agreed before the move", 1, item.amount, item.amount)
    return PricedItem(
        listing_id=item.listing.pk,
        property_id=item.listing.property_id,
        company_id=item.listing.company_id,
        title=item.listing.title,
        occasion=occasion_of(item.when),
        check_in=first,
        check_out=last,
        starts_at=period.start,
        ends_at=period.end,
        quantity=1,
        party=item.party,
        lines=(line,),
        subtotal=item.amount,
        taxes=nothing,
        cleaning_fee=nothing,
        nightly=nothing,
        total=item.amount,
        due_now=nothing if said.payment_terms == Listing.PaymentTerms.AT_PROPERTY else item.amount,
        cancellation=CancellationTerms((), POLICY_NAME),
    )
