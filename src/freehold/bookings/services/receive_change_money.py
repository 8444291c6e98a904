"""Money arrived on a booking that changed, or waits to be changed: whether it may stay."""

from uuid import UUID

from django.db import transaction

from freehold.bookings.arrivals import is_too_late_to_arrive
from freehold.bookings.models import Booking, BookingChange
from freehold.bookings.services.apply_change import apply_locked
from freehold.bookings.services.end_change import end_locked
from freehold.bookings.services.start_payment import OWING
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import TemporarilyUnavailable
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.finance.models import Folio
from freehold.finance.selectors import folio_balance
from freehold.inventory.errors import Unavailable
from freehold.inventory.reasons import BUSY
from freehold.payments.events import MoneyReceived
from freehold.payments.selectors import get_payment
from freehold.pricing.types import PricedCart
from freehold.properties.models import Listing

State = BookingChange.State
STANDING = frozenset({BookingState.CONFIRMED, BookingState.IN_HOUSE})

TAKEN = "The payment for the change came too late: the place was taken. The booking stays as it was."
WITHDRAWN = "The change was withdrawn before its payment came. The booking stays as it was."
OVER = "The stay was over before the payment for its change came."
TOO_LATE = "The payment for the change came when what it was for had begun. The booking stays as it was."
OUTDATED = "The booking was changed otherwise before this payment came."
TOO_LITTLE = "The booking was changed after this payment was begun, and costs more now."


def receive_change_money(*, folio: Folio, booking: Booking, event: MoneyReceived) -> str | None:
    """Why the money must go back, or None: it may pay what is owed. A change that waited for it is applied by now.

    Folio and booking are locked. Raises TemporarilyUnavailable while somebody else decides about the space.
    """
    state = BookingState(booking.state)
    if state in HOLDING or state is BookingState.EXPIRED:
        return TOO_LITTLE if _is_too_little(booking, event) else None
    change = _change_of(booking, event)
    if change is None or state not in OWING:
        return None
    if change.state == State.WITHDRAWN:
        return WITHDRAWN
    if state not in STANDING:
        refusal = OVER
    elif change.before != booking.terms or folio.credit_notes.filter(created_at__gte=change.created_at).exists():
        refusal = OUTDATED
    elif _begins_too_late(change, booking.company_id):
        refusal = TOO_LATE
    else:
        refusal = "" if _apply(folio, booking, change) else TAKEN
    if refusal and change.state == State.PENDING:
        end_locked(change, State.EXPIRED)
    return refusal or None


def _is_too_little(booking: Booking, event: MoneyReceived) -> bool:
    """Whether a hold that was changed costs more than this payment was asked for. One share never is all of it."""
    if get_payment(event.payment_id).link_id is not None or not booking.changes.filter(state=State.APPLIED).exists():
        return False
    return event.amount_minor < booking.due_now_minor - folio_balance(booking.folio_id).settled.minor


def _change_of(booking: Booking, event: MoneyReceived) -> BookingChange | None:
    """The change that the payment was begun for, unless it was made already."""
    payment = get_payment(event.payment_id)
    change = (
        booking.changes.filter(
            after_attempt__lt=payment.attempt, due_minor=payment.amount_minor, expires_at__isnull=False
        )
        .order_by("-number")
        .first()
    )
    if change is None or change.state == State.APPLIED or event.amount_minor < change.due_minor:
        return None
    has_ended_before = change.until_attempt is not None and change.until_attempt < payment.attempt
    return None if has_ended_before else change


def _begins_too_late(change: BookingChange, company_id: UUID) -> bool:
    """Whether nobody could arrive any more where or when the change would have it, and it was not booked so before;
    or all that it would have is over."""
    moment = clock.database_now()
    items = PricedCart.from_json(change.after).items
    booked = {(item.listing_id, item.starts_at) for item in PricedCart.from_json(change.before).items}
    moved = [item for item in items if (item.listing_id, item.starts_at) not in booked]
    listings = Listing.objects.company(company_id).select_related("property")
    zones = {each.pk: each.property.time_zone for each in listings.filter(pk__in=[item.listing_id for item in moved])}
    return max(item.ends_at for item in items) <= moment or any(
        is_too_late_to_arrive(
            occasion=item.occasion,
            check_in=item.check_in,
            starts_at=item.starts_at,
            zone=zones[item.listing_id],
            at=moment,
        )
        for item in moved
    )


def _apply(folio: Folio, booking: Booking, change: BookingChange) -> bool:
    try:
        with transaction.atomic():
            apply_locked(actor=Actor.system("change was paid"), folio=folio, booking=booking, change=change)
    except Unavailable as refusal:
        if BUSY in refusal.reasons:
            raise TemporarilyUnavailable(BUSY.detail) from refusal
        booking.refresh_from_db()
        change.refresh_from_db()
        return False
    return True
