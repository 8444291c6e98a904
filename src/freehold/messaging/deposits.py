"""What guests hear about their damage deposit. Outbox listeners, each message with a key of its own."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from freehold.bookings.deposits import may_be_left, returns_at, with_booking
from freehold.bookings.events import DepositAsked, DepositClaimed, DepositReleased
from freehold.bookings.models import DamageDeposit
from freehold.core import clock
from freehold.domain.deposits import DepositMethod
from freehold.domain.money import Money
from freehold.messaging.facts import moment_text, money_text
from freehold.messaging.listeners import booking_to_tell, tell_booker
from freehold.ports.payment_gateway import AUTHORIZATION_DAYS


def tell_deposit_asked(event: DepositAsked) -> None:
    """Who has left it before this was delivered is not asked any more."""
    deposit = _deposit(event.deposit_id)
    if may_be_left(deposit, at=clock.now()):
        template = "deposit_renewal" if event.is_renewal else "deposit_asked"
        at = returns_at(deposit)
        lasts = at is not None and at <= clock.now() + timedelta(days=AUTHORIZATION_DAYS)
        _tell(deposit, template, occasion=event.on, returned=_returned_text(deposit), lasts=lasts)


def tell_deposit_claimed(event: DepositClaimed) -> None:
    deposit = _deposit(event.deposit_id)
    claimed = Money(deposit.claimed_minor, deposit.currency)
    rest = Money(deposit.amount_minor, deposit.currency) - claimed
    _tell(
        deposit,
        "deposit_claimed",
        claimed=money_text(claimed),
        rest=money_text(rest) if rest.minor else "",
        reason=deposit.claim_reason,
        note=deposit.claim_note,
    )


def tell_deposit_released(event: DepositReleased) -> None:
    deposit = _deposit(event.deposit_id)
    _tell(deposit, "deposit_released", was_charged=deposit.method == DepositMethod.CHARGE)


def _deposit(deposit_id: UUID) -> DamageDeposit:
    return with_booking(DamageDeposit.objects.system("messages")).get(pk=deposit_id)


def _tell(deposit: DamageDeposit, template: str, *, occasion: str = "", **extra: Any) -> None:
    booking = booking_to_tell(deposit.booking_id)
    tell_booker(
        booking,
        template,
        occasion=occasion,
        amount_text=money_text(Money(deposit.amount_minor, deposit.currency)),
        deposit_url=f"{settings.SITE_URL}/trips/{booking.reference}/deposit/",
        **extra,
    )


def _returned_text(deposit: DamageDeposit) -> str:
    at = returns_at(deposit)
    item = deposit.booking.items.select_related("listing__property").order_by("position").first()
    return moment_text(at, item.listing.property) if at is not None and item is not None else ""
