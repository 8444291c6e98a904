"""The time of a hold or request is over: the space is free again, and open attempts at a gateway are closed."""

from uuid import UUID

import structlog
from django.db import transaction

from freehold.bookings.events import BookingExpired, PaymentSentBack, RequestLapsed
from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.services.give_back import give_back
from freehold.bookings.services.release_space import release_space
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.core.events import announce
from freehold.domain.booking_states import PROVISIONAL, BookingState, transition
from freehold.finance.models import Folio
from freehold.finance.selectors import folio_balance
from freehold.finance.services.write_off_open import write_off_open
from freehold.payments.services.end_pay_links import end_pay_links
from freehold.payments.services.request_close_attempts import request_close_attempts

log = structlog.get_logger(__name__)

BATCH = 100
TOO_FEW_PAID = "The hold ran out before everybody had paid their share."


def expire_booking(*, booking_id: UUID) -> bool:
    """True when the booking expired now. By the database's clock; a hold that was extended meanwhile stays."""
    found = Booking.objects.system("expiry").filter(pk=booking_id).first()
    if found is None:
        return False
    with transaction.atomic():
        folio, booking = lock_booking(found)
        state = BookingState(booking.state)
        deadline = booking.hold_expires_at
        if state not in PROVISIONAL or deadline is None or deadline > clock.database_now():
            return False
        booking.state = transition(state, BookingState.EXPIRED)
        booking.save(update_fields=["state", "updated_at"])
        release_space(booking)
        _return_shares(folio, booking)
        write_off_open(folio=folio)
        request_close_attempts(folio_id=folio.pk)
        end_pay_links(folio_id=folio.pk)
        announce(BookingExpired(booking_id=booking.pk))
        if state is BookingState.REQUESTED:
            announce(RequestLapsed(booking_id=booking.pk))
    return True


def _return_shares(folio: Folio, booking: Booking) -> None:
    """Of several payers not all came in time: everybody's own money goes back, whole."""
    gathered = folio_balance(folio.pk).settled
    if not gathered.minor:
        return
    refunds = give_back(
        actor=Actor.system("hold expired"),
        folio=folio,
        amount=gathered,
        key=f"expired:{booking.pk}",
        reason=TOO_FEW_PAID,
    )
    for refund in refunds:
        announce(PaymentSentBack(booking_id=booking.pk, refund_id=refund.pk, reason=TOO_FEW_PAID))


def expire_due_bookings() -> int:
    """Expires the holds and requests whose time is over, each in a transaction of its own. Returns how many."""
    due = (
        Booking.objects.system("sweeper")
        .filter(state__in=PROVISIONAL, hold_expires_at__lte=clock.DatabaseNow())
        .order_by("hold_expires_at")
        .values_list("pk", flat=True)[:BATCH]
    )
    expired = 0
    for booking_id in due:
        try:
            expired += expire_booking(booking_id=booking_id)
        except FreeholdError as refusal:
            # One that somebody is busy with must not keep the others waiting.
            log.warning("booking_not_expired", booking_id=str(booking_id), code=refusal.code)
    return expired
