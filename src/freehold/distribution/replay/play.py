"""Day by day: move the clock, and do with the real services what was done on that day."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from uuid import UUID

from freehold.bookings.assigned import item_units
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.check_out_booking import check_out_booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.bookings.services.repin_item import repin_item
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.core import clock
from freehold.core.errors import FreeholdError
from freehold.distribution.replay.days import Day
from freehold.distribution.replay.resort import Resort
from freehold.distribution.replay.rows import HotelBooking, Terms
from freehold.distribution.replay.till import Till
from freehold.domain.occasions import Nights
from freehold.inventory.errors import Unavailable
from freehold.pricing.types import ItemRequest


@dataclass(slots=True)
class Tally:
    """What was done, and what the services refused, by kind."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        self.done += other.done
        self.refused += other.refused
        self.examples = {**other.examples, **self.examples}

    def refuse(self, row: HotelBooking, kind: str) -> None:
        self.refused[kind] += 1
        self.examples.setdefault(kind, row.row)


class Phase(StrEnum):
    """The parts of a day, in their order."""

    MISSED = "missed"
    DEPARTURES = "departures"
    BOOKINGS = "bookings"
    CANCELLATIONS = "cancellations"
    ARRIVALS = "arrivals"

    @property
    def hour(self) -> time:
        """UTC: check-out is until 11 and check-in from 15 by the hotels' clock."""
        return _HOURS[self]

    def rows(self, day: Day) -> list[HotelBooking]:
        match self:
            case Phase.DEPARTURES:
                return day.departures
            case Phase.BOOKINGS:
                return day.booked
            case Phase.CANCELLATIONS:
                return day.cancelled
            case Phase.ARRIVALS:
                return day.arrivals
        return day.missed


_HOURS = {
    Phase.MISSED: time(3),
    Phase.DEPARTURES: time(8),
    Phase.BOOKINGS: time(9),
    Phase.CANCELLATIONS: time(13),
    Phase.ARRIVALS: time(17),
}


LOOKS_FOR_A_ROOM = 5


@dataclass(slots=True)
class Lane:
    """Does its share of the rows. `bookings` are those that still have something to come, by row."""

    resort: Resort
    number: int
    tally: Tally = field(default_factory=Tally)
    bookings: dict[int, UUID] = field(default_factory=dict)

    def act(self, phase: Phase, rows: Iterable[HotelBooking]) -> None:
        """Each of its rows as its people did. What the services refuse is counted, and nothing is left half done."""
        act = {
            Phase.MISSED: self._miss,
            Phase.DEPARTURES: self._check_out,
            Phase.BOOKINGS: self._book,
            Phase.CANCELLATIONS: self._cancel,
            Phase.ARRIVALS: self._check_in,
        }[phase]
        for row in rows:
            if self.resort.lane_of(row) == self.number and (phase is Phase.BOOKINGS or row.row in self.bookings):
                self._try(row, act)

    def _try(self, row: HotelBooking, act: Callable[[HotelBooking], str]) -> None:
        try:
            self.tally.done[act(row)] += 1
        except FreeholdError as refusal:
            reasons = refusal.errors[0].extra.get("reasons") or [{"code": refusal.code}]
            self.tally.refuse(row, f"{act.__name__.strip('_')}: {reasons[0]['code']}")

    def _book(self, row: HotelBooking) -> str:
        self.resort.charge(row)
        actor = self.resort.booker_of(row)
        item = ItemRequest(self.resort.listing_of(row), Nights(row.check_in, row.check_out), row.party)
        booking = hold_booking(actor=actor, items=[item])
        if row.terms is not Terms.AT_PROPERTY and row.rate_minor:
            start_booking_payment(actor=actor, booking_id=booking.pk, provider=Till.slug, return_url="https://replay/")
        self.bookings[row.row] = booking.pk
        return "booked"

    def _cancel(self, row: HotelBooking) -> str:
        cancel_booking(actor=self.resort.booker_of(row), booking_id=self._booking(row))
        return "cancelled"

    def _check_in(self, row: HotelBooking) -> str:
        booking_id, actor = self.bookings[row.row], self.resort.actor
        if row.assigned_type != row.room_type:
            self._move(booking_id, row)
        check_in_booking(actor=actor, booking_id=booking_id)
        return "checked in"

    def _move(self, booking_id: UUID, row: HotelBooking) -> None:
        """Into a room of the type that the guest was given. Where none is free, they stay in the one reserved.

        Other desks give out rooms at the same time: of two that chose the same one, the second looks again.
        """
        wanted = self.resort.rooms_of[row.hotel, row.assigned_type]
        for _ in range(LOOKS_FOR_A_ROOM):
            choice = item_units(actor=self.resort.actor, booking_id=booking_id, item=0)
            free = next((unit.id for unit in choice.units if unit.is_free and unit.id in wanted), None)
            if free is None:
                break
            try:
                repin_item(actor=self.resort.actor, booking_id=booking_id, item=0, unit_id=free)
            except Unavailable:
                continue
            self.tally.done["changed rooms"] += 1
            return
        self.tally.refuse(row, "change of room: none free")

    def _check_out(self, row: HotelBooking) -> str:
        check_out_booking(actor=self.resort.actor, booking_id=self._booking(row))
        return "left early" if row.ended_on < row.check_out else "checked out"

    def _miss(self, row: HotelBooking) -> str:
        mark_no_show(actor=self.resort.actor, booking_id=self._booking(row))
        return "did not come"

    def _booking(self, row: HotelBooking) -> UUID:
        return self.bookings.pop(row.row)


def set_clock(on: date, at: time) -> None:
    """Moves Freehold's clock to that moment, in either direction: a replay begins in the past."""
    clock.move(datetime.combine(on, at, tzinfo=UTC) - clock.database_now())
