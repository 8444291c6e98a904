"""Damage deposits in a few words: booked, left, charged, let go."""

from datetime import timedelta
from typing import Any

from freehold.adapters.payments.sandbox import SandboxProvider, SandboxSettings
from freehold.bookings.models import Booking, DamageDeposit
from freehold.core import clock, outside
from freehold.core.ids import uuid7
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.ports.payment_gateway import PaymentSnapshot, ProviderRef
from tests.factories import ListingFactory
from tests.support.booked import confirmed

DEPOSIT = 30_000


def bind_a_sandbox() -> None:
    """A gateway that is known, and that nobody can reach."""
    outside.bind_payment_gateway(
        SandboxProvider(SandboxSettings(base_url="http://127.0.0.1:9", api_key="key", webhook_secrets=("secret",)))
    )


def booked_with_deposit(*, amount: int = DEPOSIT, return_days: int = 7, **options: Any) -> DamageDeposit:
    """Of a confirmed and paid booking that begins in three days or so."""
    listing = ListingFactory(rate_plan__damage_deposit_minor=amount, rate_plan__damage_deposit_return_days=return_days)
    booking, _ = confirmed(listing, **options)
    return deposit_of(booking)


def deposit_of(booking: Booking) -> DamageDeposit:
    return DamageDeposit.objects.company(booking.company_id).select_related("booking", "folio").get(booking=booking)


def attempt(deposit: DamageDeposit, *, capture: str = "manual") -> Payment:
    """An attempt of the guest to leave it, as it stands after the gateway was asked."""
    return Payment.objects.create(
        company_id=deposit.company_id,
        folio_id=deposit.folio_id,
        payer_id=deposit.booking.booker_id,
        provider="sandbox",
        account="acct_sandbox",
        attempt=Payment.objects.system("test").filter(folio_id=deposit.folio_id).count() + 1,
        purpose=Payment.Purpose.DEPOSIT,
        capture=capture,
        state=PaymentState.PENDING,
        currency=deposit.currency,
        amount_minor=deposit.amount_minor,
        object_id=f"pay_{uuid7().hex}",
        return_url="https://example.com/return",
        notify_token=uuid7().hex,
        expires_at=clock.now() + timedelta(hours=1),
    )


def bank_says(payment: Payment, state: PaymentState) -> None:
    """The gateway tells a state, and no money."""
    apply_snapshot(
        payment_id=payment.pk,
        snapshot=PaymentSnapshot(
            ref=ProviderRef(payment.object_id),
            state=state,
            amount=Money(payment.amount_minor, payment.currency),
            received=Money.zero(payment.currency),
        ),
        source="event",
    )
    payment.refresh_from_db()


def arrived(deposit: DamageDeposit) -> None:
    """The stay has begun."""
    clock.move(deposit.booking.starts_at - clock.now() + timedelta(minutes=1))


def held(deposit: DamageDeposit) -> Payment:
    """The guest's bank holds it."""
    payment = attempt(deposit)
    bank_says(payment, PaymentState.AUTHORIZED)
    deposit.refresh_from_db()
    return payment
