"""Send whoever has the address of a pay link to a gateway, with exactly what the link asks for."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.pay_links import Payable, find_payable
from freehold.bookings.services.link_limits import require_verified_booker
from freehold.bookings.services.start_payment import PAY_WITHIN, refuse_while_in_review
from freehold.bookings.telephones import read_payers_phone
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain.booking_states import BookingState, transition
from freehold.domain.money import Money
from freehold.domain.references import gateway_reference
from freehold.domain.shares import LinkState
from freehold.inventory.errors import ClaimLapsed
from freehold.payments.accounts import accepting, check_payable
from freehold.payments.models import Payment
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.start_payment import start_payment
from freehold.ports.payment_gateway import Payer, PaymentProvider

WORDS = {
    LinkState.PAID: "This link was paid already. Thank you!",
    LinkState.RETURNED: "What was paid by this link went back. Ask for a new one.",
    LinkState.REVOKED: "Whoever sent this link has taken it back.",
    LinkState.EXPIRED: "The time of this link is over. Ask for a new one.",
}


def start_link_payment(
    *, token: str, provider: str, return_url: str, phone: str = "", pays_all: bool = False
) -> Payment:
    """Opens an attempt, or returns the link's open one: whoever else has the address finds the same.

    `pays_all`: of a share, all that the other payers have not paid as well. Raises NotFound, Conflict (`link_paid`,
    `link_returned`, `link_revoked`, `link_expired`, `more_than_due`, `payment_in_review`, `verify_contact_first`),
    ClaimLapsed, and what `start_payment` raises.
    """
    found = find_payable(token)
    asked_at = read_payers_phone(phone, booking=found.booking)
    with transaction.atomic():
        _folio, booking = lock_booking(found.booking)
        payable = find_payable(token)
        require_verified_booker(booking, payable.link)
        amount = _amount(payable, pays_all=pays_all)
        refuse_while_in_review(booking)
        check_payable(company_id=booking.company_id, provider=provider, amount=amount)
        if booking.state == BookingState.HELD:
            booking.state = transition(BookingState.HELD, BookingState.PENDING_PAYMENT)
            booking.save(update_fields=["state", "updated_at"])
    link = payable.link
    return start_payment(
        actor=Actor.system("pay link"),
        folio_id=booking.folio_id,
        provider=provider,
        amount=amount,
        return_url=return_url,
        reference=gateway_reference(booking.reference),
        description=f"{link.label}, booking {booking.reference}"[:120],
        payer_id=None,
        payer=Payer(email=link.payer_email or None, phone_e164=asked_at, name=link.payer_name or None),
        expires_at=_deadline(booking, payable),
        link_id=link.pk,
    )


def confirm_link_return(*, payable: Payable, payment: Payment, params: Mapping[str, str]) -> Payment:
    """The browser of whoever has the address came back; see `confirm_return`. Raises NotFound for a payment that did
    not come by this link."""
    if payment.link_id != payable.link.pk:
        raise NotFound
    return confirm_return(actor=Actor.system("pay link"), payment_id=payment.pk, params=params)


def link_options(payable: Payable) -> dict[str, PaymentProvider]:
    """Who takes what this link asks for."""
    return accepting(company_id=payable.booking.company_id, amount=payable.amount)


def _amount(payable: Payable, *, pays_all: bool) -> Money:
    if payable.state is not LinkState.OPEN:
        raise Conflict(WORDS[payable.state], code=f"link_{payable.state}")
    if payable.booking_state is BookingState.EXPIRED:
        raise ClaimLapsed
    if not payable.is_open:
        raise Conflict(f"Only {payable.missing} can be paid for this booking any more.", code="more_than_due")
    return payable.missing if pays_all and payable.may_pay_all else payable.amount


def _deadline(booking: Booking, payable: Payable) -> datetime:
    if booking.hold_expires_at is not None:
        return booking.hold_expires_at
    return min(payable.expires_at, clock.database_now() + PAY_WITHIN)
