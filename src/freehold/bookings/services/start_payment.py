"""Send the booker to a gateway with exactly what is due now."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from freehold.accounts.selectors import has_verified_contact
from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking, BookingChange
from freehold.bookings.selectors import find_booking, pending_change, reads_as
from freehold.bookings.services.choose_capture import checked_capture, takes_held_money, who_holds
from freehold.bookings.services.end_change import end_locked
from freehold.bookings.telephones import read_payers_phone
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.domain.booking_states import HOLDING, BookingState, transition
from freehold.domain.money import Money
from freehold.domain.references import gateway_reference
from freehold.domain.shares import still_due
from freehold.finance.selectors import folio_balance
from freehold.inventory.errors import ClaimLapsed
from freehold.payments.accounts import check_payable
from freehold.payments.models import Payment
from freehold.payments.selectors import held_money, money_in_review
from freehold.payments.services.start_payment import start_payment
from freehold.ports.payment_gateway import Payer, PaymentProvider

OWING = frozenset({BookingState.CONFIRMED, BookingState.IN_HOUSE, BookingState.COMPLETED, BookingState.NO_SHOW})
PAY_WITHIN = timedelta(hours=1)
"""Time to pay at the gateway where no hold runs out: a balance may be paid long before arrival, and after it."""


def start_booking_payment(
    *, actor: Actor, booking_id: UUID | str, provider: str, return_url: str, phone: str = ""
) -> Payment:
    """Opens an attempt, or returns the open one. A hold stays a hold until its deadline, whatever happens there.

    `phone` is the telephone on which some providers ask the payer; the booker's own, when nothing is said. Raises
    ClaimLapsed for a hold that is over, Conflict (`nothing_due`, `money_held`, `not_payable`, `verify_contact_first`
    where the company asks for that), BadInput for a provider that is not here or does not take the amount or the
    telephone, and TemporarilyUnavailable.
    """
    found = find_booking(actor=actor, booking_id=booking_id, permission="bookings.create_for_guest")
    asked_at = read_payers_phone(phone, booking=found)
    with transaction.atomic():
        _folio, booking = lock_booking(found)
        _require_verified_contact(booking)
        refuse_while_in_review(booking)
        change = _change_to_pay(booking)
        amount = _amount(booking, change)
        # What that provider cannot take is refused before anything changes.
        check_payable(company_id=booking.company_id, provider=provider, amount=amount)
        capture = Payment.Capture.AUTOMATIC
        if change is None:
            capture = checked_capture(booking, provider=provider, amount=amount)
        if booking.state == BookingState.HELD:
            booking.state = transition(BookingState.HELD, BookingState.PENDING_PAYMENT)
            booking.save(update_fields=["state", "updated_at"])
    return start_payment(
        actor=actor,
        folio_id=booking.folio_id,
        provider=provider,
        amount=amount,
        return_url=return_url,
        reference=gateway_reference(booking.reference),
        description=f"Booking {booking.reference}",
        payer_id=booking.booker_id,
        payer=Payer(email=booking.booker.email, phone_e164=asked_at or booking.booker.phone),
        expires_at=(change.expires_at if change is not None else booking.hold_expires_at)
        or clock.database_now() + PAY_WITHIN,
        capture=capture,
    )


def payment_options(*, actor: Actor, booking_id: UUID | str) -> tuple[Money, dict[str, PaymentProvider]]:
    """What is due now, and who takes it. Raises what `start_booking_payment` raises for a booking that takes none."""
    booking = find_booking(actor=actor, booking_id=booking_id, permission="bookings.create_for_guest")
    amount = _amount(booking, pending_change(booking, at=clock.database_now()))
    return amount, who_holds(booking, amount)


def _amount(booking: Booking, change: BookingChange | None) -> Money:
    return Money(change.due_minor, booking.currency) if change is not None else _due(booking)


def _change_to_pay(booking: Booking) -> BookingChange | None:
    """A change that waits for its money comes before a balance. One whose time is over takes no payment any more."""
    moment = clock.database_now()
    change = pending_change(booking, at=moment)
    if change is None:
        for late in booking.changes.filter(state=BookingChange.State.PENDING):
            end_locked(late, BookingChange.State.EXPIRED)
    return change


def _require_verified_contact(booking: Booking) -> None:
    """Raises Conflict where the company asks for it and the booker has confirmed nothing."""
    if booking.company.requires_verified_contact and not has_verified_contact(user=booking.booker):
        raise Conflict(
            "Confirm your email address first: follow the link that we have sent you. Your booking is held meanwhile.",
            code="verify_contact_first",
        )


def refuse_while_in_review(booking: Booking) -> None:
    """Who paid, though not what was asked, is not asked for all of it again."""
    held = money_in_review(folio_id=booking.folio_id)
    if held is not None:
        raise Conflict(
            f"{held} arrived for this booking, which is not what was asked. Somebody is looking into it: "
            "please do not pay again.",
            code="payment_in_review",
        )


def _refuse_while_held(booking: Booking, owed: Money) -> None:
    """What the booker's bank holds is not asked for again, and no other payment can be begun beside it."""
    held = held_money(folio_id=booking.folio_id)
    if held is None or not owed.minor:
        return
    rest = "the rest can be paid by a link, or after that is taken." if held < owed else "nothing is to be paid now."
    raise Conflict(f"Your bank holds {held} for this booking already: {rest}", code="money_held")


def _due(booking: Booking) -> Money:
    state = reads_as(booking, at=clock.database_now())
    if state == BookingState.EXPIRED:
        raise ClaimLapsed
    if state in HOLDING or (state is BookingState.REQUESTED and takes_held_money(booking)):
        due = Money(booking.due_now_minor, booking.currency)
        amount = still_due(due, arrived=folio_balance(booking.folio_id).settled)
    elif state in OWING:
        amount = folio_balance(booking.folio_id).owed
        _refuse_while_held(booking, amount)
    else:
        raise Conflict(f"A booking that is {state} takes no payment.", code="not_payable")
    if not amount.minor:
        raise Conflict("Nothing is due on this booking.", code="nothing_due")
    return amount
