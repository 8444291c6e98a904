"""What bookings do when lower rooms announce something; `config/wiring.py` connects them."""

from typing import Any

from django.db.models import F, Q

from freehold.accounts.events import AccountErased, AccountsMerged
from freehold.bookings.locking import lock_booking_row
from freehold.bookings.models import Booking, BookingChange, BookingItem, Guest
from freehold.bookings.services.end_change import expire_change
from freehold.bookings.services.expire_booking import expire_booking
from freehold.core import clock
from freehold.core.errors import Conflict
from freehold.domain.booking_states import PROVISIONAL, BookingState, transition
from freehold.inventory.events import HoldLapsed
from freehold.payments.events import PaymentFailed
from freehold.payments.models import OPEN_STATES
from freehold.payments.pay_links import forget_link_payers
from freehold.payments.services.forget_senders import forget_senders

NO_NAME = "Erased guest"
_OWES = Q(
    folio__receivables__amount_minor__gt=F("folio__receivables__settled_minor")
    + F("folio__receivables__written_off_minor")
)


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


def forget_guest(event: AccountErased) -> None:
    """In-transaction: bookings stay, without names and notes. Raises Conflict "bookings_ahead" or "debts_open"."""
    bookings = Booking.objects.system("account erased").filter(booker_id=event.user_id)
    is_live = Q(state__in=PROVISIONAL, hold_expires_at__gt=clock.now())
    if bookings.filter(is_live | Q(state__in=(BookingState.CONFIRMED, BookingState.IN_HOUSE))).exists():
        raise Conflict("There are bookings ahead. Cancel them, or come back after the last one.", code="bookings_ahead")
    if bookings.filter(_OWES, state__in=(BookingState.COMPLETED, BookingState.NO_SHOW)).exists():
        raise Conflict("Something is still to be paid. Settle it with your host first.", code="debts_open")
    Guest.objects.filter(booking__in=bookings).update(name=NO_NAME)
    # The trail of changes keeps what it says of money and dates, and loses what it says of the person.
    history: Any = Booking._meta.get_field("history").related_model
    history.objects.filter(pgh_obj_id__in=bookings.values("pk")).update(guest_note="", answer_note="")
    # Money that a bank told of names no payer of ours: only the booking that it paid says whose it was.
    forget_senders(folio_ids=bookings.values("folio_id"))
    forget_link_payers(folio_ids=bookings.values("folio_id"))
    bookings.update(guest_note="", answer_note="")


def move_bookings(event: AccountsMerged) -> None:
    """In-transaction: the trips of both are the trips of one."""
    Booking.objects.system("accounts merged").filter(booker_id=event.merged_id).update(booker_id=event.kept_id)
