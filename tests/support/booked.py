"""Bookings in a few words: hold, open an attempt, let the money come."""

from typing import Any

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.ids import uuid7
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import PayLink, Payment
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.ports.payment_gateway import Charge, PaymentSnapshot, ProviderRef
from freehold.properties.models import Listing
from tests.factories import UserFactory
from tests.support.stays import stay

SYSTEM = Actor.system("test")


def hold(listing: Listing, *, booker: User | None = None, **options: Any) -> Booking:
    return hold_booking(actor=Actor.of(booker or UserFactory()), items=[stay(listing, **options)])


def open_attempt(booking: Booking, *, link: PayLink | None = None) -> Payment:
    """An attempt as it stands after the gateway was asked: pending, with an object of its own."""
    return Payment.objects.create(
        company_id=booking.company_id,
        folio_id=booking.folio_id,
        payer_id=booking.booker_id,
        provider="sandbox",
        account="acct_sandbox",
        attempt=Payment.objects.system("test").filter(folio_id=booking.folio_id).count() + 1,
        state=PaymentState.PENDING,
        currency=booking.currency,
        amount_minor=booking.due_now_minor if link is None else link.amount_minor,
        link=link,
        object_id=f"pay_{uuid7().hex}",
        return_url="https://example.com/return",
        notify_token=uuid7().hex,
        expires_at=booking.hold_expires_at or booking.starts_at,
    )


def money_comes(payment: Payment, *amounts: int, state: PaymentState = PaymentState.PAID) -> None:
    """The gateway says that the payment received these amounts, one charge each (none: exactly what was asked)."""
    charges = tuple(
        Charge(f"ch_{payment.object_id}_{number}", Money(minor, payment.currency), clock.now())
        for number, minor in enumerate(amounts or (payment.amount_minor,))
    )
    apply_snapshot(
        payment_id=payment.pk,
        snapshot=PaymentSnapshot(
            ref=ProviderRef(object_id=payment.object_id, charge_id=charges[-1].charge_id),
            state=state,
            amount=Money(payment.amount_minor, payment.currency),
            received=Money.sum((charge.received for charge in charges), payment.currency),
            charges=charges,
        ),
        source="event",
    )


def confirmed(listing: Listing, **options: Any) -> tuple[Booking, Payment]:
    booking = hold(listing, **options)
    payment = open_attempt(booking)
    money_comes(payment)
    booking.refresh_from_db()
    return booking, payment
