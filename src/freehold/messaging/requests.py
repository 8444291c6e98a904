"""Who hears what about a request: the guest who asks, and the people of the company who may answer."""

from django.conf import settings

from freehold.bookings.events import (
    BookingRequested,
    RequestAccepted,
    RequestDeclined,
    RequestLapsed,
    RequestWithdrawn,
)
from freehold.bookings.models import Booking
from freehold.companies.selectors import people_who
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.money import Money
from freehold.messaging.facts import booking_facts, moment_text, money_text
from freehold.messaging.listeners import booking_to_tell, occasion_key, tell_booker
from freehold.messaging.services.send_message import send_message
from freehold.payments.selectors import is_being_taken


def tell_requested(event: BookingRequested) -> None:
    """What was answered or withdrawn before this was delivered needs no question any more."""
    booking = booking_to_tell(event.booking_id)
    if booking.state == BookingState.REQUESTED:
        tell_booker(booking, "request_received", deadline=_deadline(booking))
        _tell_hosts(booking, "host_request")


def tell_accepted(event: RequestAccepted) -> None:
    """Where nothing is due yet it was confirmed at once, and the confirmation says so. So it is where the guest's bank
    holds the money: who was told nothing yet is asked to pay only when that cannot be taken."""
    booking = booking_to_tell(event.booking_id)
    if booking.state in HOLDING and not is_being_taken(booking.folio_id):
        due_now = money_text(Money(booking.due_now_minor, booking.currency))
        note = booking.answer_note
        tell_booker(booking, "request_accepted", deadline=_deadline(booking), due_now=due_now, answer_note=note)


def tell_declined(event: RequestDeclined) -> None:
    booking = booking_to_tell(event.booking_id)
    tell_booker(booking, "request_declined", answer_note=booking.answer_note)


def tell_lapsed(event: RequestLapsed) -> None:
    booking = booking_to_tell(event.booking_id)
    tell_booker(booking, "request_lapsed")
    _tell_hosts(booking, "host_request_lapsed")


def tell_withdrawn(event: RequestWithdrawn) -> None:
    _tell_hosts(booking_to_tell(event.booking_id), "host_request_withdrawn")


def _tell_hosts(booking: Booking, template: str) -> None:
    """Everybody who may answer, each with a message of their own."""
    facts = booking_facts(booking)
    context = {
        **facts,
        "title": facts["stays"][0]["title"],
        "guest_note": booking.guest_note,
        "deadline": _deadline(booking),
        "url": f"{settings.SITE_URL}/console/bookings/{booking.reference}/",
    }
    for person in people_who(company_id=booking.company_id, permission="bookings.answer"):
        if person.email:
            send_message(
                key=occasion_key(template, booking, str(person.pk)),
                template=template,
                recipient=person.email,
                context=context,
                company_id=booking.company_id,
            )


def _deadline(booking: Booking) -> str:
    place = booking.items.select_related("listing__property").order_by("position")[0].listing.property
    return moment_text(booking.hold_expires_at, place) if booking.hold_expires_at else ""
