"""A booking as the desk sees it: who, what, when, the money, and what can be done now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext, pgettext

from freehold.bookings.dues import Dues, dues_of
from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.selectors import may_be_cancelled, reads_as
from freehold.bookings.services.preview_refund import missed_price
from freehold.core import clock
from freehold.domain.attendance import arrival_day_begins, missed_from
from freehold.domain.booking_states import BookingState
from freehold.domain.money import Money
from freehold.domain.occasions import Occasion
from freehold.domain.party import Party
from freehold.domain.payment_states import RefundState
from freehold.domain.periods import time_zone
from freehold.pricing.types import PricedCart
from freehold.web.console.frame import Desk
from freehold.web.ui import formats
from freehold.web.ui.status import Status
from freehold.web.ui.words import party_words

S = BookingState


@dataclass(frozen=True, slots=True)
class Step:
    """A button. `says` is what will happen, shown before it does; `asks_note` offers room for a word to the guest."""

    slug: str
    label: str
    tone: str = ""
    says: str = ""
    asks_note: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One item of the booking."""

    title: str
    place: str
    when: str
    party: str
    amount: Money
    is_given_up: bool
    guests: list[str]


class DeskBooking:
    """Reads one booking that came from `bookings.desk`: nothing here asks the database again."""

    def __init__(self, booking: Booking, desk: Desk) -> None:
        self.booking = booking
        self.desk = desk
        self.price = PricedCart.from_json(booking.terms)
        self.items: list[BookingItem] = list(booking.items.all())
        self.state = reads_as(booking)
        self._now = clock.now()

    @property
    def reference(self) -> str:
        return self.booking.reference

    @property
    def url(self) -> str:
        return reverse("console:booking", args=[self.reference])

    @property
    def time_zone(self) -> str:
        return str(self.booking.terms["time_zone"])

    @property
    def city(self) -> str:
        return self.items[0].listing.property.city

    @cached_property
    def guest(self) -> str:
        """The first name on the guest list, else whoever booked."""
        named = [guest.name for item in self.items for guest in item.guests.all()]
        return named[0] if named else self.booker

    @property
    def booker(self) -> str:
        booker = self.booking.booker
        return booker.get_full_name() or booker.email or booker.phone or gettext("Guest")

    @cached_property
    def rows(self) -> list[Row]:
        return [
            Row(
                title=item.listing.title,
                place=item.listing.property.title,
                when=when_words(item, item.listing.property.time_zone),
                party=party_words(Party.from_json(item.party)),
                amount=Money(item.amount_minor, self.booking.currency),
                is_given_up=item.cancelled_at is not None,
                guests=[guest.name for guest in item.guests.all()],
            )
            for item in self.items
        ]

    @property
    def title(self) -> str:
        return ", ".join(dict.fromkeys(row.title for row in self.rows))

    @property
    def when(self) -> str:
        return ", ".join(dict.fromkeys(row.when for row in self.rows))

    @property
    def party(self) -> str:
        return ", ".join(dict.fromkeys(row.party for row in self.rows))

    @property
    def total(self) -> Money:
        return Money(self.booking.total_minor, self.booking.currency)

    @cached_property
    def paid(self) -> Money:
        """What came and did not go back."""
        gone = {RefundState.FAILED, RefundState.CANCELLED}
        back = sum(refund.amount_minor for refund in self.booking.folio.refunds.all() if refund.state not in gone)
        came = sum(payment.received_minor for payment in self.booking.folio.payments.all())
        return Money(came - back, self.booking.currency)

    @cached_property
    def dues(self) -> Dues:
        return dues_of(self.booking)

    @property
    def status(self) -> Status:
        return STATUS[self.state]()

    @property
    def is_waiting(self) -> bool:
        return self.state is S.REQUESTED

    @property
    def may_cancel(self) -> bool:
        return self.desk.may("bookings.cancel") and not self.is_waiting and may_be_cancelled(self.booking)

    @property
    def next_step(self) -> Step | None:
        """What the board offers: one tap that can be taken back."""
        return next((step for step in self.steps if not step.says), None)

    @cached_property
    def steps(self) -> list[Step]:
        """What can be done with this booking right now, by this role."""
        if self.state is S.REQUESTED:
            return self._answers() if self.desk.may("bookings.answer") else []
        return self._desk_steps() if self.desk.may("bookings.desk") else []

    def _answers(self) -> list[Step]:
        due = Money(self.booking.due_now_minor, self.booking.currency)
        yes = gettext("The booking is confirmed at once; nothing is due before the arrival.")
        if due.minor:
            yes = gettext("The guest gets a day to pay %(amount)s. Until then the time stays held.") % {
                "amount": formats.money(due)
            }
        no = gettext("The time is free at once. The guest is told, with your words.")
        return [
            Step("accept", gettext("Accept"), "primary", yes, asks_note=True),
            Step("decline", gettext("Decline"), "danger", no, asks_note=True),
        ]

    def _desk_steps(self) -> list[Step]:
        booking, zone = self.booking, self.time_zone
        if self.state is S.CONFIRMED:
            steps = []
            if arrival_day_begins(booking.starts_at, zone) <= self._now < booking.ends_at:
                steps.append(Step("check-in", gettext("Check in"), "primary"))
            if missed_from(booking.starts_at, booking.ends_at, zone) <= self._now:
                says = gettext("The time is free at once. By the terms this costs %(amount)s, paid or not.")
                amount = {"amount": formats.money(missed_price(booking, as_of=self._now))}
                steps.append(Step("no-show", gettext("Nobody came"), "danger", says % amount))
            return steps
        if self.state is S.IN_HOUSE:
            undo = Step("undo-check-in", gettext("Undo check-in"))
            if self._now <= booking.starts_at:
                return [undo]
            if booking.ends_at <= self._now:
                return [Step("check-out", gettext("Check out"), "primary"), undo]
            early = gettext("The guest leaves early: the rest of the time is free at once. Nothing goes back.")
            return [Step("check-out", gettext("Check out"), "primary", early), undo]
        if self.state is S.COMPLETED:
            return [Step("undo-check-out", gettext("Undo check-out"))]
        return []

    @property
    def story(self) -> list[tuple[str, datetime]]:
        """What happened, oldest first."""
        booking = self.booking
        asked = booking.acceptance == "request"
        answer = (
            gettext("The request was declined.") if self.state is S.DECLINED else gettext("The request was accepted.")
        )
        moments = [
            (gettext("The guest asked.") if asked else gettext("The guest held it."), booking.created_at),
            (answer, booking.answered_at),
            (gettext("The booking was confirmed."), booking.confirmed_at),
            (gettext("The guest checked in."), booking.checked_in_at),
            (gettext("The guest checked out."), booking.checked_out_at),
            (gettext("The booking was cancelled."), booking.cancelled_at),
        ]
        if self.state is S.EXPIRED:
            words = (
                gettext("Nobody answered in time.") if asked and not booking.answered_at else gettext("The hold ended.")
            )
            moments.append((words, booking.hold_expires_at))
        for payment in booking.folio.payments.all():
            if payment.received_minor:
                amount = {"amount": formats.money(Money(payment.received_minor, payment.currency))}
                moments.append((gettext("%(amount)s was paid.") % amount, payment.paid_at))
        for refund in booking.folio.refunds.all():
            amount = {"amount": formats.money(Money(refund.amount_minor, refund.currency))}
            is_sent = refund.state == RefundState.SUCCEEDED
            text = gettext("%(amount)s was sent back.") if is_sent else gettext("%(amount)s goes back.")
            moments.append((text % amount, refund.succeeded_at or refund.created_at))
        return sorted(((text, at) for text, at in moments if at is not None), key=lambda moment: moment[1])


def when_words(item: BookingItem, zone: str) -> str:
    if item.occasion == Occasion.SLOT:
        end = formats.clock(item.ends_at.astimezone(time_zone(zone)))
        return f"{formats.instant(item.starts_at, zone)} \N{EN DASH} {end}"
    if item.check_out is None:
        return gettext("from %(day)s on") % {"day": formats.day_with_year(item.check_in)}
    return formats.days(item.check_in, item.check_out)


STATUS = {
    S.REQUESTED: lambda: Status(gettext("Waits for you"), "warn"),
    S.HELD: lambda: Status(gettext("Held, not paid"), "warn"),
    S.PENDING_PAYMENT: lambda: Status(gettext("Paying"), "warn"),
    S.CONFIRMED: lambda: Status(pgettext("booking", "Confirmed"), "good"),
    S.IN_HOUSE: lambda: Status(gettext("In house"), "good"),
    S.COMPLETED: lambda: Status(gettext("Completed"), "plain"),
    S.EXPIRED: lambda: Status(gettext("Expired"), "plain"),
    S.CANCELLED: lambda: Status(gettext("Cancelled"), "bad"),
    S.DECLINED: lambda: Status(gettext("Declined"), "bad"),
    S.NO_SHOW: lambda: Status(gettext("No-show"), "bad"),
}
