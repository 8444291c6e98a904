"""What bookings do when lower rooms announce something; `config/wiring.py` connects them."""

from django.db.models import Q

from freehold.bookings.locking import lock_booking_row
from freehold.bookings.models import Booking, BookingChange, BookingItem
from freehold.bookings.services.end_change import expire_change
from freehold.bookings.services.expire_booking import expire_booking
from freehold.domain.booking_states import BookingState, transition
from freehold.inventory.events import HoldLapsed
from freehold.payments.events import PaymentFailed
from freehold.payments.models import OPEN_STATES


def expire_lapsed_hold(event: HoldLapsed) -> None:
    """Outbox: somebody else needed the space, or the sweeper came by."""
    item = BookingItem.objects.filter(claim_id=event.claim_id).only("booking_id").first()
    if item is not None:
        expire_booking(booking_id=item.booking_id)
        return
    change = BookingChange.objects.filter(claim_ids__contains=[event.claim_id]).only("pk").first()
    if change is not None:
        expire_change(change_id=change.pk)


def return_to_held(event: PaymentFailed) -> None:
    """In-transaction: the attempt failed, the hold lives on until its deadline and may be paid again."""
    booking = (
        Booking.objects.system("payment failed")
        .filter(folio_id=event.folio_id, state=BookingState.PENDING_PAYMENT)
        .exclude(Q(folio__payments__state__in=OPEN_STATES))
        .only("pk")
        .first()
    )
    if booking is None:
        return
    booking = lock_booking_row(booking.pk)
    if booking.state == BookingState.PENDING_PAYMENT:
        booking.state = transition(BookingState.PENDING_PAYMENT, BookingState.HELD)
        booking.save(update_fields=["state", "updated_at"])
