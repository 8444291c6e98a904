"""What a guest is reminded of, told by what is true when the message leaves."""

from freehold.bookings.models import Booking
from freehold.core import clock
from freehold.domain.booking_states import BookingState
from freehold.domain.cancellation import refund_timeline_of_parts
from freehold.domain.money import Money
from freehold.finance.selectors import folio_balance
from freehold.messaging.events import ReminderDue
from freehold.messaging.facts import moment_text, money_text
from freehold.messaging.listeners import booking_to_tell, tell_booker
from freehold.messaging.models import Reminder
from freehold.payments.selectors import money_in_review
from freehold.pricing.types import PricedCart
from freehold.properties.models import Listing, Property


def tell_reminder(event: ReminderDue) -> None:
    """Who cancelled, moved to other dates, arrived or paid before this was delivered is not reminded any more."""
    booking = booking_to_tell(event.booking_id)
    is_as_agreed = booking.state == BookingState.CONFIRMED and booking.starts_at == event.arrives_at
    if not is_as_agreed or booking.starts_at <= clock.database_now():
        return
    if event.kind == Reminder.Kind.ARRIVAL:
        _tell_arrival(booking)
    else:
        _tell_balance(booking)


def _tell_arrival(booking: Booking) -> None:
    balance = folio_balance(booking.folio_id)
    tell_booker(
        booking,
        "reminder_arrival",
        occasion=_occasion(booking),
        owed=money_text(balance.owed) if balance.owed.minor else "",
        steps=_refund_steps(booking, paid=balance.settled - Money(booking.kept_minor, booking.currency)),
    )


def _tell_balance(booking: Booking) -> None:
    """Nobody is asked to pay while what they paid lies with somebody for review."""
    owed = folio_balance(booking.folio_id).owed
    if owed.minor and money_in_review(folio_id=booking.folio_id) is None:
        tell_booker(
            booking,
            "reminder_balance",
            occasion=_occasion(booking),
            owed=money_text(owed),
            deadline=moment_text(booking.starts_at, _place(booking)),
            is_paid_there=booking.payment_terms == Listing.PaymentTerms.AT_PROPERTY,
        )


def _occasion(booking: Booking) -> str:
    return booking.starts_at.isoformat(timespec="minutes")


def _place(booking: Booking) -> Property:
    item = booking.items.filter(cancelled_at=None).select_related("listing__property").order_by("starts_at")[0]
    return item.listing.property


def _refund_steps(booking: Booking, *, paid: Money) -> list[dict[str, str]]:
    """What cancelling gives back of `paid` from now on, by the frozen terms; none where nothing was paid yet."""
    if paid.minor <= 0:
        return []
    place, parts = _place(booking), PricedCart.from_json(booking.terms).refund_parts()
    return [
        {"until": moment_text(step.until, place) if step.until else "", "refund": money_text(step.refund)}
        for step in refund_timeline_of_parts(parts, paid=paid, as_of=clock.database_now())
    ]
