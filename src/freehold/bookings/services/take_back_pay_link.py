"""Nobody should pay by this link any more."""

from uuid import UUID

from django.db import transaction

from freehold.bookings.models import Booking
from freehold.bookings.pay_links import SEND
from freehold.bookings.selectors import find_booking
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain.shares import LinkState
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.models import PayLink
from freehold.payments.pay_links import get_link, state_of
from freehold.payments.services.end_pay_links import end_these


def take_back_pay_link(*, actor: Actor, link_id: UUID) -> PayLink:
    """Taking back what was taken back, or is over, changes nothing. Money that is on its way arrives all the same, and
    counts like any late money. Raises NotFound, AccessDenied, Conflict `already_paid`."""
    link = get_link(link_id)
    booking = Booking.objects.system("whose link").filter(folio_id=link.folio_id).first()
    if booking is None:
        raise NotFound
    find_booking(actor=actor, booking_id=booking.pk, permission=SEND)
    with transaction.atomic():
        lock_folio(link.folio_id)
        if state_of(get_link(link_id)) in (LinkState.PAID, LinkState.RETURNED):
            raise Conflict("This link was paid. Refund its payment instead.", code="already_paid")
        end_these(PayLink.objects.company(link.company_id).filter(pk=link_id))
    return get_link(link_id)
