"""What happened to a booking, as its guest reads it. Asks the database for nothing that `booking_detail` brought."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext

from freehold.bookings.models import Booking
from freehold.bookings.selectors import reads_as
from freehold.domain.booking_states import BookingState
from freehold.domain.money import Money
from freehold.properties.models import Listing
from freehold.web.site.present.changes import StoryEvent, change_events
from freehold.web.site.present.refunds import refund_event
from freehold.web.ui import formats


def story_of(booking: Booking) -> list[StoryEvent]:
    """Oldest first."""
    events = [
        *_beginning(booking),
        *_payments(booking),
        *_milestones(booking),
        *change_events(booking.changes.all(), booking.currency),
        *refund_events(booking),
    ]
    return sorted(events, key=lambda event: event.at)


def refund_events(booking: Booking) -> list[StoryEvent]:
    """Where each refund stands. One that came back and was sent again is told by the one that replaced it."""
    refunds = list(booking.folio.refunds.all())
    replaced = {refund.replaces_id for refund in refunds if refund.replaces_id}
    return [refund_event(refund) for refund in refunds if refund.pk not in replaced]


def others_paid(booking: Booking) -> bool:
    """Whether something came by a pay link, by which anybody may have paid."""
    return any(payment.link_id and payment.received_minor for payment in booking.folio.payments.all())


def was_asked_for(booking: Booking) -> bool:
    """Whether the host had to say yes first."""
    return booking.acceptance == Listing.Acceptance.REQUEST


def is_unanswered(booking: Booking) -> bool:
    """Asked for, and nobody answered in time."""
    is_over = reads_as(booking) == BookingState.EXPIRED
    return is_over and was_asked_for(booking) and booking.answered_at is None


def _beginning(booking: Booking) -> Iterator[StoryEvent]:
    begun = gettext("You asked the host.") if was_asked_for(booking) else gettext("You held it.")
    yield StoryEvent(begun, booking.created_at)
    if booking.answered_at is not None:
        is_no = reads_as(booking) == BookingState.DECLINED
        text = gettext("The host said no.") if is_no else gettext("The host said yes.")
        yield StoryEvent(text, booking.answered_at)
    elif is_unanswered(booking) and booking.hold_expires_at is not None:
        yield StoryEvent(gettext("The host did not answer in time."), booking.hold_expires_at)


def _payments(booking: Booking) -> Iterator[StoryEvent]:
    for payment in booking.folio.payments.all():
        if payment.received_minor and payment.paid_at:
            amount = formats.money(Money(payment.received_minor, payment.currency))
            by_link = payment.link_id is not None
            text = gettext("%(amount)s came by a pay link.") if by_link else gettext("You paid %(amount)s.")
            yield StoryEvent(text % {"amount": amount}, payment.paid_at)


def _milestones(booking: Booking) -> Iterator[StoryEvent]:
    if booking.confirmed_at:
        yield StoryEvent(gettext("The booking was confirmed."), booking.confirmed_at)
    if booking.cancelled_at:
        yield StoryEvent(gettext("The booking was cancelled."), booking.cancelled_at)
