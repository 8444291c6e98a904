"""A hold becomes a booking: its claims stay for good, its price is charged, its guest is told."""

from freehold.bookings.events import BookingConfirmed
from freehold.bookings.models import Booking
from freehold.bookings.services.open_deposit import open_deposit
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.booking_states import BookingState, transition
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.finance.services.post_entry import post_entry
from freehold.inventory.allocations import lock_units_of_claims
from freehold.inventory.models import Purpose
from freehold.inventory.services.convert_claim import convert_claim
from freehold.pricing.types import PricedCart


def confirm_locked(*, folio: Folio, booking: Booking) -> None:
    """Confirms a booking whose folio and row are locked. Raises ClaimLapsed when its space is gone."""
    actor = Actor.system("confirm booking")
    claims = sorted(booking.items.filter(cancelled_at=None).values_list("claim_id", flat=True))
    lock_units_of_claims(claims)
    for claim_id in claims:
        convert_claim(actor=actor, claim_id=claim_id, purpose=Purpose.BOOKING)
    moment = clock.now()
    booking.state = transition(BookingState(booking.state), BookingState.CONFIRMED)
    booking.confirmed_at = moment
    booking.hold_expires_at = None
    booking.save(update_fields=["state", "confirmed_at", "hold_expires_at", "updated_at"])
    net, taxes = charged(booking)
    post_entry(
        folio=folio,
        key=f"charged:{booking.pk}",
        entry=ledger.booking_charged(net=net, taxes=taxes),
        occurred_at=moment,
    )
    open_deposit(booking=booking)
    announce(BookingConfirmed(booking_id=booking.pk))


def charged(booking: Booking) -> tuple[Money, Money]:
    """What the booking charges: the price without taxes, and the taxes."""
    cart = PricedCart.from_json(booking.terms)
    taxes = Money.sum((item.taxes for item in cart.items), cart.currency)
    return cart.total - taxes, taxes
