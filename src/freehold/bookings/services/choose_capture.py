"""Whether a guest's payment is taken at once, or held until the host, or the place, says so."""

from freehold.bookings.models import Booking
from freehold.bookings.selectors import reads_as
from freehold.bookings.services.hold_money import capture_when
from freehold.core import clock
from freehold.core.errors import Conflict
from freehold.domain.booking_states import PROVISIONAL, BookingState
from freehold.domain.capturing import HOLDS_FIRST, holds_first
from freehold.domain.money import Money
from freehold.payments.accounts import accepting
from freehold.payments.models import Payment
from freehold.ports.payment_gateway import Capabilities, PaymentProvider


def takes_held_money(booking: Booking) -> bool:
    """Whether a request may have its payment held already, while the host thinks about it."""
    return capture_when(booking) in HOLDS_FIRST


def capture_with(booking: Booking, caps: Capabilities) -> Payment.Capture:
    """How this provider takes the first payment of a booking. Whatever is owed later is taken at once."""
    moment = clock.database_now()
    if reads_as(booking, at=moment) not in PROVISIONAL:
        return Payment.Capture.AUTOMATIC
    holds = holds_first(
        capture_when(booking),
        manual_capture=caps.manual_capture,
        authorization_days=caps.authorization_days,
        now=moment,
        needed_until=booking.hold_expires_at or moment,
    )
    return Payment.Capture.MANUAL if holds else Payment.Capture.AUTOMATIC


def checked_capture(booking: Booking, *, provider: str, amount: Money) -> Payment.Capture:
    """The same for a provider that takes this amount. Nobody is charged for what the host has not agreed to: raises
    Conflict `not_payable` for a request whose payment this provider cannot hold."""
    capture = capture_with(booking, accepting(company_id=booking.company_id, amount=amount)[provider].caps)
    if booking.state == BookingState.REQUESTED and capture != Payment.Capture.MANUAL:
        raise Conflict("This is paid after the host has said yes.", code="not_payable")
    return capture


def who_holds(booking: Booking, amount: Money) -> dict[str, PaymentProvider]:
    """Who takes this payment now: of a request only those who can hold it."""
    found = accepting(company_id=booking.company_id, amount=amount)
    if booking.state != BookingState.REQUESTED:
        return found
    return {name: each for name, each in found.items() if capture_with(booking, each.caps) == Payment.Capture.MANUAL}
