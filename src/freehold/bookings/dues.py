"""What of a booking is paid, what is due now, and what later: one answer for pages, messages and the API."""

from dataclasses import dataclass
from datetime import datetime

from freehold.bookings.models import Booking
from freehold.bookings.selectors import reads_as
from freehold.core import clock
from freehold.domain.booking_states import BookingState
from freehold.domain.money import Money
from freehold.finance.models import Receivable
from freehold.pricing.types import PricedCart
from freehold.properties.models import Listing

# Of what never came about, or was given back, nothing is owed, whether or not its receivables were closed already.
_OWES_NOTHING = frozenset({BookingState.EXPIRED, BookingState.DECLINED, BookingState.CANCELLED})
# What is still owed afterwards is owed now, wherever it was to be paid.
_IS_OVER = frozenset({BookingState.COMPLETED, BookingState.NO_SHOW})


@dataclass(frozen=True, slots=True)
class Dues:
    """`now` is what confirms the booking, or a balance whose day has come; `later` is owed by `later_by`.

    `is_paid_there`: nothing is asked for before the arrival, all of it is `later`. `paid` is what came and stayed.
    """

    paid: Money
    now: Money
    later: Money
    later_by: datetime | None
    is_paid_there: bool

    @property
    def owed(self) -> Money:
        return self.now + self.later


def dues_of(booking: Booking) -> Dues:
    """By the open receivables of its folio, which `with_details` brings along; else one query."""
    receivables = list(booking.folio.receivables.all())
    moment = clock.now()
    nothing = Money.zero(booking.currency)
    state = reads_as(booking, at=moment)
    is_paid_there = booking.payment_terms == Listing.PaymentTerms.AT_PROPERTY and state not in _IS_OVER
    now, later, days = nothing, nothing, []
    if state not in _OWES_NOTHING:
        for each in receivables:
            amount = Money(each.amount_minor - each.settled_minor - each.written_off_minor, booking.currency)
            is_balance = each.kind == Receivable.Kind.BALANCE
            if is_paid_there or (is_balance and each.due_at > moment):
                later += amount
                days += [each.due_at] if amount.minor else []
            else:
                now += amount
    paid = Money(sum(each.settled_minor for each in receivables), booking.currency)
    return Dues(paid, now, later, min(days, default=None), is_paid_there)


def dues_of_price(cart: PricedCart) -> Dues:
    """Before anything is booked, or as soon as it is: nothing is paid, and the rest is due on arrival."""
    later = cart.total - cart.due_now
    return Dues(
        paid=Money.zero(cart.currency),
        now=cart.due_now,
        later=later,
        later_by=cart.starts_at if later.minor else None,
        is_paid_there=cart.payment_terms == Listing.PaymentTerms.AT_PROPERTY,
    )
