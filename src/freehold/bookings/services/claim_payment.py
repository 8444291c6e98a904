"""A guest whose booking reads unpaid says by which receipt it was paid."""

from uuid import UUID

from freehold.bookings.selectors import find_booking
from freehold.core.actor import Actor
from freehold.core.errors import TooManyRequests
from freehold.core.ratelimit import RateLimit, consume
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.payments.services.claim_credit import claim_credit

PER_PERSON = RateLimit(6, 3600)
PER_BOOKING = RateLimit(12, 86_400)
PER_COMPANY = RateLimit(300, 3600)
"""Many accounts that guess together; a desk that is swamped sees nothing any more."""


def claim_payment(*, actor: Actor, booking_id: UUID | str, code: str, amount: Money) -> None:
    """Says that this amount was paid under this code. What comes of it shows on the booking, never in the answer.

    Raises NotFound, AccessDenied, BadInput with its field, TooManyRequests.
    """
    booking = find_booking(actor=actor, booking_id=booking_id, permission="payments.review")
    for scope, identity, limit in (
        ("claim:person", str(actor.user_id), PER_PERSON),
        ("claim:booking", str(booking.pk), PER_BOOKING),
        ("claim:company", str(booking.company_id), PER_COMPANY),
    ):
        verdict = consume(scope=scope, identity=identity, limit=limit)
        if not verdict.allowed:
            raise TooManyRequests("That was too often. Try again later.", retry_after=verdict.retry_after or 1)
    folio = Folio.objects.company(booking.company_id).get(pk=booking.folio_id)
    claim_credit(folio=folio, code=code, amount=amount)
