"""Money of a booking that the guest's bank holds, and that nobody has taken yet."""

from __future__ import annotations

from freehold.bookings.models import Booking
from freehold.domain.capturing import HOLDS_FIRST
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.pricing.types import PricedCart


class HeldPayment:
    """Reads a booking with its payments; asks the database nothing. `may_be` is whether the bank may hold the payment
    of a request, while the host thinks about it."""

    def __init__(self, booking: Booking, price: PricedCart, *, is_requested: bool) -> None:
        held = [each for each in booking.folio.payments.all() if each.state == PaymentState.AUTHORIZED]
        self.amount = Money(sum(each.expected_minor for each in held if each.let_go_at is None), booking.currency)
        wanted = price.capture in HOLDS_FIRST and bool(price.due_now.minor)
        self.may_be = is_requested and wanted and not self.amount.minor
