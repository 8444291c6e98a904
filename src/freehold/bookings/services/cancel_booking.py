"""Give the space back, and of the money exactly what the page showed before."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from freehold.bookings.events import BookingCancelled, RequestWithdrawn
from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.selectors import find_booking, may_be_cancelled, reads_as
from freehold.bookings.services.check_out_booking import depart_locked
from freehold.bookings.services.end_change import withdraw_pending
from freehold.bookings.services.give_back import give_back
from freehold.bookings.services.preview_refund import refund_of
from freehold.bookings.services.release_space import release_space
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.booking_states import PROVISIONAL, BookingState, transition
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.finance.selectors import account_balances
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.write_off_open import write_off_open
from freehold.payments.services.end_pay_links import end_pay_links
from freehold.payments.services.request_close_attempts import request_close_attempts


def cancel_booking(
    *, actor: Actor, booking_id: UUID | str, expected_refund: Money | None = None, only_unpaid: bool = False
) -> Booking:
    """Cancelling a cancelled booking changes nothing. What lasts until cancelled, and somebody is in, ends now: that
    is a departure, and the space is free at once.

    Raises Conflict: `not_cancellable` when it is too late, `refund_changed` when the refund is not (any more) the
    `expected_refund` that the person was shown, and `already_paid` for what is confirmed where `only_unpaid`.
    """
    found = find_booking(actor=actor, booking_id=booking_id, permission="bookings.cancel")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        moment = clock.database_now()
        state = reads_as(booking, at=moment)
        if state == BookingState.CANCELLED:
            return booking
        if only_unpaid and state not in (*PROVISIONAL, BookingState.EXPIRED):
            raise Conflict("This booking is paid.", code="already_paid")
        if not may_be_cancelled(booking, at=moment):
            reason = f"A booking that is {state}" if booking.ends_at > moment else "A stay that is over"
            raise Conflict(f"{reason} cannot be cancelled.", code="not_cancellable")
        outcome = refund_of(booking, as_of=moment)
        if expected_refund is not None and outcome.refund != expected_refund:
            raise Conflict("The refund has changed. Please look again.", code="refund_changed")
        if state is BookingState.IN_HOUSE:
            depart_locked(actor=actor, folio=folio, booking=booking, moment=moment)
            return booking
        was_charged = state not in PROVISIONAL
        booking.state = transition(BookingState(booking.state), BookingState.CANCELLED)
        booking.cancelled_at = moment
        booking.cancelled_by = str(actor)
        booking.refund_minor = outcome.refund.minor
        booking.fee_minor = outcome.fee.minor
        booking.hold_expires_at = None
        booking.save()
        release_space(booking)
        withdraw_pending(booking)
        if was_charged:
            _reverse_charge(folio, booking, outcome.fee, moment)
        give_back(
            actor=actor,
            folio=folio,
            amount=outcome.refund,
            key=f"cancel:{booking.pk}",
            reason=f"Booking {booking.reference} was cancelled.",
        )
        write_off_open(folio=folio)
        request_close_attempts(folio_id=folio.pk)
        end_pay_links(folio_id=folio.pk)
        announce(BookingCancelled(booking_id=booking.pk))
        if state is BookingState.REQUESTED:
            announce(RequestWithdrawn(booking_id=booking.pk))
    return booking


def _reverse_charge(folio: Folio, booking: Booking, fee: Money, moment: datetime) -> None:
    # What is left of the charge: reductions have taken their part back already.
    held = account_balances(folio)
    entry = ledger.booking_cancelled(net=-held[Account.UNEARNED], taxes=-held[Account.TAX_PAYABLE])
    post_entry(folio=folio, key=f"cancelled:{booking.pk}", entry=entry, occurred_at=moment)
    if fee.minor:
        entry = ledger.cancellation_fee(fee)
        post_entry(folio=folio, key=f"cancellation_fee:{booking.pk}", entry=entry, occurred_at=moment)
