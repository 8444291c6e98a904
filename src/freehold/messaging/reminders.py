"""What a guest is reminded of, told by what is true when the message leaves."""

from freehold.bookings.models import Booking
from freehold.core import clock
from freehold.domain.booking_states import BookingState
from freehold.domain.money import Money
from freehold.domain.shares import still_due
from freehold.finance.selectors import folio_balance
from freehold.messaging.events import ReminderDue
from freehold.messaging.facts import moment_text, money_text
from freehold.messaging.listeners import booking_to_tell, tell_booker
from freehold.messaging.models import Reminder
from freehold.payments.selectors import held_money, money_in_review
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
    owed = _still_to_pay(booking)
    tell_booker(
        booking,
        "reminder_arrival",
        occasion=_occasion(booking),
        owed=money_text(owed) if owed.minor else "",
    )


def _tell_balance(booking: Booking) -> None:
    """Nobody is asked to pay while what they paid lies with somebody for review: the reminder waits until that is
    decided, and is then given anew."""
    owed = _still_to_pay(booking)
    if money_in_review(folio_id=booking.folio_id) is not None:
        Reminder.objects.filter(booking=booking, kind=Reminder.Kind.BALANCE, arrives_at=booking.starts_at).delete()
    elif owed.minor:
        tell_booker(
            booking,
            "reminder_balance",
            occasion=_occasion(booking),
            owed=money_text(owed),
            deadline=moment_text(booking.starts_at, _place(booking)),
            is_paid_there=booking.payment_terms == Listing.PaymentTerms.AT_PROPERTY,
        )


def _still_to_pay(booking: Booking) -> Money:
    """What a bank holds for the booking is taken from there, and paid by nobody a second time."""
    owed = folio_balance(booking.folio_id).owed
    return still_due(owed, arrived=held_money(folio_id=booking.folio_id) or Money.zero(owed.currency))


def _occasion(booking: Booking) -> str:
    return booking.starts_at.isoformat(timespec="minutes")


def _place(booking: Booking) -> Property:
    item = booking.items.filter(cancelled_at=None).select_related("listing__property").order_by("starts_at")[0]
    return item.listing.property
