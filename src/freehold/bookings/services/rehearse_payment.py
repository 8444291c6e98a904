"""What an unsigned message of a demonstration says of a booking, done at the simulator."""

from uuid import UUID

from freehold.bookings.models import Booking
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.payments.models import Payment
from freehold.payments.services.rehearse_payment import rehearse_payment, require_practice_payer


def rehearse_booking_payment(*, booking_id: UUID | None, provider: str, pays: bool, named: str = "") -> Payment:
    """In nobody's name, as nobody has signed it.

    Raises what `rehearse_payment` raises, `bad_signature` before it tells whether there is such a booking.
    """
    require_practice_payer(provider)
    booking = None if booking_id is None else Booking.objects.system("rehearsal").filter(pk=booking_id).first()
    if booking is None:
        raise BadInput("There is no such booking.", code="does_not_exist", attr="booking_id")
    actor = Actor.system("unsigned message")
    return rehearse_payment(actor=actor, provider=provider, folio_id=booking.folio_id, pays=pays, named=named)
