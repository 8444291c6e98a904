"""A booking as its guest sees it: the hold, the checkout, the confirmation and the trip all show this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from freehold.bookings.dues import Dues, dues_of
from freehold.bookings.models import Booking, BookingChange, BookingItem
from freehold.bookings.selectors import may_be_cancelled, reads_as
from freehold.bookings.services.extend_hold import EXTEND_MINUTES
from freehold.bookings.services.start_payment import OWING
from freehold.core import clock
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.cancellation import TimelineStep, refund_timeline_of_parts
from freehold.domain.money import Money
from freehold.domain.occasions import Nights, Slot, When
from freehold.domain.party import Party
from freehold.payments.models import Payment, Refund
from freehold.payments.modes import payments_in_test_mode
from freehold.pricing.types import PricedCart
from freehold.web.site.present.changes import StoryEvent
from freehold.web.site.present.held import HeldPayment
from freehold.web.site.present.occasion import Span, span_of
from freehold.web.site.present.pictures import Image, cover
from freehold.web.site.present.refunds import REFUNDS_DONE, REFUNDS_GONE
from freehold.web.site.present.rooms import count_field
from freehold.web.site.present.stay_parts import StayPart, together
from freehold.web.site.present.story import is_unanswered, refund_events, story_of, was_asked_for
from freehold.web.ui import formats
from freehold.web.ui.status import Status
from freehold.web.ui.words import party_words, place_words, region_words


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do next."""

    label: str
    url: str
    is_primary: bool


class Stay:
    """Reads one booking that came from `booking_detail` or `trips`: nothing here asks the database again."""

    def __init__(self, booking: Booking) -> None:
        self.booking = booking
        self.price = PricedCart.from_json(booking.terms)
        booked: list[BookingItem] = list(booking.items.all())
        self.items = [item for item in booked if item.cancelled_at is None] or booked
        self._first = self.items[0]
        self._listing = self._first.listing
        self._place = self._listing.property
        self.state = reads_as(booking)

    # What and where

    @property
    def id(self) -> str:
        return str(self.booking.pk)

    @property
    def reference(self) -> str:
        return self.booking.reference

    @property
    def title(self) -> str:
        """Several rooms go by the name of their place."""
        if len(self.items) == 1:
            return self._listing.title
        if self._is_one_place:
            return self._place.title
        more = len(self.items) - 1
        text = ngettext("%(title)s and %(n)s more", "%(title)s and %(n)s more", more)
        return text % {"title": self._listing.title, "n": more}

    @property
    def _is_one_place(self) -> bool:
        return all(item.listing.property_id == self._place.pk for item in self.items)

    @cached_property
    def parts(self) -> list[StayPart]:
        """What was booked, item by item."""
        return [StayPart(item, self._span(item).words) for item in self.items]

    @property
    def has_parts(self) -> bool:
        return len(self.items) > 1

    @property
    def place(self) -> str:
        return place_words(self._place)

    @property
    def city(self) -> str:
        return self._place.city

    @property
    def address(self) -> str:
        """The street is told to those who have booked, to nobody else."""
        parts = [self._place.street if self.is_confirmed else "", region_words(self._place)]
        return ", ".join(part for part in parts if part)

    @property
    def time_zone(self) -> str:
        return self._place.time_zone

    @cached_property
    def picture(self) -> Image | None:
        return cover(self._place)

    @property
    def place_url(self) -> str:
        if self.has_parts and self._is_one_place:
            return reverse("site:resort", args=[self._place.slug])
        return reverse("site:place", args=[self._listing.slug])

    @property
    def hold_again_url(self) -> str:
        """The place with the same dates and party, ready to be held once more."""
        wish = QueryDict(mutable=True)
        wish.update(_address_of(self._first.when))
        wish.update({"adults": str(self.party.adults), "children": str(len(self.party.children))})
        wish.setlist("age", [str(age) for age in self.party.children])
        if self.has_parts:
            chosen = Counter(count_field(item.listing) for item in self.items)
            wish.update({name: str(count) for name, count in chosen.items()})
        return f"{self.place_url}?{wish.urlencode()}"

    # When and who

    @property
    def check_in(self) -> date:
        return self._first.check_in

    @cached_property
    def span(self) -> Span:
        """When it is for, in words."""
        return self._span(self._first)

    def _span(self, item: BookingItem) -> Span:
        place = item.listing.property
        return span_of(
            item, check_in_time=place.check_in_time, check_out_time=place.check_out_time, zone=place.time_zone
        )

    @property
    def check_in_time(self) -> time:
        return self._place.check_in_time

    @property
    def check_out_time(self) -> time:
        return self._place.check_out_time

    @cached_property
    def party(self) -> Party:
        """Everybody, in all of its rooms."""
        parties = [Party.from_json(item.party) for item in self.items]
        return parties[0] if len(parties) == 1 else together(parties)

    @property
    def guests(self) -> str:
        return party_words(self.party)

    @cached_property
    def guest_names(self) -> list[str]:
        return [guest.name for item in self.items for guest in item.guests.all()]

    @property
    def note(self) -> str:
        return self.booking.guest_note

    @property
    def rules(self) -> list[dict[str, str]]:
        guests = {"icon": "users", "text": self.guests}
        if not isinstance(self._first.when, Nights):
            return [{"icon": "clock", "text": self.span.words}, guests]
        check_in, check_out = formats.clock(self.check_in_time), formats.clock(self.check_out_time)
        text = gettext("Check-in from %(check_in)s, check-out until %(check_out)s")
        return [{"icon": "clock", "text": text % {"check_in": check_in, "check_out": check_out}}, guests]

    # Money

    @property
    def total(self) -> Money:
        return self.price.total

    @cached_property
    def paid(self) -> Money:
        return self._sum(payment.received_minor for payment in self.booking.folio.payments.all())

    @cached_property
    def _refunds(self) -> list[Refund]:
        return list(self.booking.folio.refunds.all())

    @cached_property
    def refunded(self) -> Money:
        """What was sent back."""
        return self._sum(refund.amount_minor for refund in self._refunds if refund.state in REFUNDS_DONE)

    @cached_property
    def being_refunded(self) -> Money:
        """What goes back and was not sent yet."""
        sent = REFUNDS_GONE | REFUNDS_DONE
        return self._sum(refund.amount_minor for refund in self._refunds if refund.state not in sent)

    def _sum(self, minors: Iterable[int]) -> Money:
        return Money(sum(minors), self.booking.currency)

    @cached_property
    def review_words(self) -> str:
        """What to say while a person looks at money that confirmed nothing; empty when there is none."""
        for payment in self.booking.folio.payments.all():
            if self._held_minor(payment) > 0:
                amounts = {
                    "received": formats.money(Money(payment.received_minor, payment.currency)),
                    "asked": formats.money(Money(payment.amount_minor, payment.currency)),
                }
                text = gettext("We received %(received)s of %(asked)s.")
                if payment.received_minor > payment.amount_minor:
                    text = gettext("We received %(received)s instead of %(asked)s.")
                return f"{text % amounts} {gettext('Somebody is looking into it; you need not pay again.')}"
        return ""

    def _held_minor(self, payment: Payment) -> int:
        """Received and neither announced nor given back: a person has to decide."""
        given_back = (refund for refund in self._refunds if refund.payment_id == payment.pk)
        gone = sum(refund.amount_minor for refund in given_back if refund.state not in REFUNDS_GONE)
        return payment.received_minor - payment.announced_minor - gone

    @cached_property
    def dues(self) -> Dues:
        """What is due now, and what later."""
        return dues_of(self.booking)

    @property
    def owes(self) -> bool:
        """Booked, and not all of it paid, nor anything held, and no change waits to be paid first."""
        is_booked = self.state in OWING and self.pending_change is None
        return is_booked and bool(self.dues.owed.minor) and not self.review_words and not self.held.amount.minor

    @property
    def waits_for_held(self) -> bool:
        """Booked, and what the bank holds is to be taken before anything else is paid by the booker."""
        return self.state in OWING and bool(self.dues.owed.minor and self.held.amount.minor)

    @property
    def missing(self) -> Money:
        """What is neither paid nor held: of what is due now while space is held, else of all that is owed."""
        asked = self.dues.now if self.is_held else self.dues.owed
        return max(asked - self.held.amount, Money.zero(asked.currency))

    @property
    def policy(self) -> str:
        return self.price.policy_name

    @cached_property
    def kept(self) -> Money:
        """What changes kept of the price of what was given up."""
        return Money(self.booking.kept_minor, self.booking.currency)

    @cached_property
    def at_stake(self) -> Money:
        """What was paid for the booking as it is now: cancelling gives back all of it, a part, or nothing."""
        return max(self.paid - self.refunded - self.being_refunded - self.kept, Money.zero(self.booking.currency))

    def refund_steps(self, now: datetime) -> tuple[TimelineStep, ...]:
        """What cancelling gives back from now on: of what was paid, or of what would be paid now."""
        paid = self.at_stake if self.at_stake.minor else self.price.due_now
        return refund_timeline_of_parts(self.price.refund_parts(), paid=paid, as_of=now)

    # State

    @property
    def hold_expires_at(self) -> datetime | None:
        return self.booking.hold_expires_at

    @property
    def was_asked_for(self) -> bool:
        return was_asked_for(self.booking)

    @property
    def is_requested(self) -> bool:
        return self.state == BookingState.REQUESTED

    @cached_property
    def held(self) -> HeldPayment:
        return HeldPayment(self.booking, self.price, is_requested=self.is_requested)

    @property
    def is_unanswered(self) -> bool:
        return is_unanswered(self.booking)

    @property
    def answer_note(self) -> str:
        return self.booking.answer_note

    @property
    def is_held(self) -> bool:
        return self.state in HOLDING

    @property
    def is_confirmed(self) -> bool:
        return self.state in {BookingState.CONFIRMED, BookingState.IN_HOUSE, BookingState.COMPLETED}

    @property
    def may_cancel(self) -> bool:
        return may_be_cancelled(self.booking) and not self.is_held

    @property
    def may_change(self) -> bool:
        """Confirmed and not over. A slot, or what lasts until cancelled, can only be given up."""
        is_open = self.state in {BookingState.CONFIRMED, BookingState.IN_HOUSE} and self.booking.ends_at > clock.now()
        return is_open and (len(self.items) > 1 or any(isinstance(item.when, Nights) for item in self.items))

    @cached_property
    def changes(self) -> list[BookingChange]:
        return list(self.booking.changes.all())

    @cached_property
    def pending_change(self) -> BookingChange | None:
        """What waits for its payment."""
        now = clock.now()
        waiting = (change for change in self.changes if change.state == BookingChange.State.PENDING)
        return next((change for change in waiting if change.expires_at is not None and change.expires_at > now), None)

    extend_minutes = EXTEND_MINUTES

    @cached_property
    def is_paid_in_test_mode(self) -> bool:
        return bool(payments_in_test_mode(each for each in self.booking.folio.payments.all() if each.received_minor))

    @cached_property
    def may_extend(self) -> bool:
        """A hold is extended at most once; who was accepted has a day anyway."""
        return self.is_held and not self.was_asked_for and all(item.claim.extensions == 0 for item in self.items)

    def is_past(self, now: datetime) -> bool:
        return self.booking.ends_at <= now or self.state in {
            BookingState.COMPLETED,
            BookingState.CANCELLED,
            BookingState.EXPIRED,
            BookingState.DECLINED,
            BookingState.NO_SHOW,
        }

    @property
    def status(self) -> Status:
        if self.is_unanswered:
            return Status(gettext("Not answered"), "plain")
        return {
            BookingState.REQUESTED: Status(gettext("Waiting for the host"), "warn"),
            BookingState.HELD: Status(gettext("Held, not paid"), "warn"),
            BookingState.PENDING_PAYMENT: Status(gettext("Held, not paid"), "warn"),
            BookingState.CONFIRMED: Status(pgettext("booking", "Confirmed"), "good"),
            BookingState.IN_HOUSE: Status(gettext("You are here"), "good"),
            BookingState.COMPLETED: Status(gettext("Completed"), "plain"),
            BookingState.EXPIRED: Status(gettext("Hold ended"), "plain"),
            BookingState.CANCELLED: Status(gettext("Cancelled"), "bad"),
            BookingState.DECLINED: Status(gettext("Declined"), "bad"),
            BookingState.NO_SHOW: Status(gettext("Not used"), "plain"),
        }[self.state]

    @property
    def action(self) -> Action | None:
        if self.is_held and not self.review_words:
            return Action(gettext("Pay to confirm"), reverse("site:book", args=[self.id]), is_primary=True)
        if self.review_words or self.state in {BookingState.REQUESTED, BookingState.CONFIRMED, BookingState.IN_HOUSE}:
            return Action(gettext("See the details"), reverse("site:trip", args=[self.reference]), is_primary=False)
        if self.state in {BookingState.EXPIRED, BookingState.DECLINED}:
            return Action(gettext("See other dates"), self.place_url, is_primary=False)
        return None

    @property
    def story(self) -> list[StoryEvent]:
        return story_of(self.booking)

    @cached_property
    def refund_events(self) -> list[StoryEvent]:
        return refund_events(self.booking)


def _address_of(when: When) -> dict[str, str]:
    """The wish as the address of a place's page says it."""
    match when:
        case Nights(check_in, check_out):
            return {"check_in": check_in.isoformat(), "check_out": check_out.isoformat()}
        case Slot(start_at, end_at):
            minutes = (end_at - start_at) // timedelta(minutes=1)
            return {"start": start_at.astimezone(UTC).isoformat(), "minutes": str(minutes)}
    return {"term": "open"}
