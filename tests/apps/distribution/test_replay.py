"""Real bookings of the past, made again: what is read, in which order it happens, and that every promise holds."""

import gzip
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from hypothesis import given
from hypothesis import strategies as st

from freehold.bookings.assigned import ItemUnits, item_units
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock, outside
from freehold.core.actor import Actor
from freehold.core.models import OutboxMessage
from freehold.distribution.replay import play
from freehold.distribution.replay import rows as reading
from freehold.distribution.replay.days import days, rooms_needed
from freehold.distribution.replay.play import Lane, Phase, set_clock
from freehold.distribution.replay.resort import open_resort
from freehold.distribution.replay.rows import HotelBooking, Outcome, Refused, RefusedRow, UnreadableReplay, read_rows
from freehold.distribution.replay.till import Till
from freehold.reports.replayed import Month, summarise
from tests.factories import ListingFactory, UserFactory
from tests.support.stays import stay

SAMPLE = Path(__file__).parent / "data/hotel_bookings/sample.csv.gz"
CELLS = {
    "booked_on": "2016-01-01",
    "source_row": "7",
    "hotel": "City Hotel",
    "check_in": "2016-02-01",
    "check_out": "2016-02-03",
    "adults": "2",
    "children": "1",
    "babies": "0",
    "adr": "80.5",
    "reserved_room_type": "A",
    "assigned_room_type": "D",
    "deposit_type": "No Deposit",
    "market_segment": "Direct",
    "status": "Check-Out",
    "status_date": "2016-02-03",
}


def written(folder: Path, *changes: dict[str, str]) -> Path:
    path = folder / "rows.csv"
    lines = [",".join({**CELLS, **change}.values()) for change in changes]
    path.write_text("\n".join([",".join(CELLS), *lines, ""]))
    return path


class TestReading:
    def test_a_row_becomes_a_booking(self, tmp_path: Path) -> None:
        (row,) = read_rows(written(tmp_path, {}))
        assert isinstance(row, HotelBooking)
        assert (row.row, row.rate_minor, row.party.size, row.assigned_type) == (7, 8050, 3, "D")

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"adr": "-6.38"}, Refused.NEGATIVE_PRICE),
            ({"adults": "0"}, Refused.NO_ADULT),
            ({"adults": "55"}, Refused.PARTY_TOO_LARGE),
            ({"check_out": "2016-02-01"}, Refused.NO_NIGHTS),
            ({"booked_on": "2016-02-02"}, Refused.OUT_OF_ORDER),
            ({"adr": "NULL"}, Refused.UNREADABLE),
            ({"status": "Vanished"}, Refused.UNREADABLE),
            ({"check_in": "2016-02-31"}, Refused.UNREADABLE),
        ],
    )
    def test_what_is_no_booking_says_why(self, tmp_path: Path, change: dict[str, str], reason: Refused) -> None:
        (row,) = read_rows(written(tmp_path, change))
        assert isinstance(row, RefusedRow)
        assert row.reason is reason

    def test_unknown_numbers_of_children_are_none(self, tmp_path: Path) -> None:
        (row,) = read_rows(written(tmp_path, {"children": "NA"}))
        assert isinstance(row, HotelBooking)
        assert row.party.children == ()

    @given(st.dictionaries(st.sampled_from(sorted(CELLS)), st.text(max_size=12)))
    def test_no_cell_breaks_the_reading(self, change: dict[str, str]) -> None:
        assert isinstance(reading._read(1, {**CELLS, **change}), HotelBooking | RefusedRow)

    def test_another_file_is_refused(self, tmp_path: Path) -> None:
        other, cut = tmp_path / "other.csv", tmp_path / "cut.csv.gz"
        other.write_text("a,b\n1,2\n")
        cut.write_bytes(gzip.compress(SAMPLE.read_bytes())[:-20])
        for path in (other, cut, tmp_path / "absent.csv"):
            with pytest.raises(UnreadableReplay):
                list(read_rows(path))


class TestDays:
    def test_everything_happens_once_and_in_order(self) -> None:
        rows = list(read_rows(SAMPLE))
        bookings = [row for row in rows if isinstance(row, HotelBooking)]
        plan = list(days(rows))
        assert [day.date for day in plan] == sorted({day.date for day in plan})
        assert [row for day in plan for row in day.booked] == bookings
        ended = [row.row for day in plan for row in (*day.departures, *day.cancelled, *day.missed)]
        assert sorted(ended) == sorted(row.row for row in bookings)
        assert sum(len(day.refused) for day in plan) == len(rows) - len(bookings)
        for day in plan:
            assert all(row.booked_on <= day.date for row in (*day.cancelled, *day.arrivals))
            assert all(row.check_in < day.date for row in (*day.departures, *day.missed))

    def test_rows_that_are_not_sorted_are_refused(self, tmp_path: Path) -> None:
        path = written(tmp_path, {}, {"booked_on": "2015-12-31"})
        with pytest.raises(ValueError, match="booked before"):
            list(days(read_rows(path)))

    def test_there_is_a_room_for_every_booking_of_a_night(self, tmp_path: Path) -> None:
        path = written(tmp_path, *[{"source_row": str(number)} for number in range(20)])
        needed = rooms_needed(read_rows(path))
        assert needed["City Hotel", "A"] >= 20
        assert needed["City Hotel", "D"] >= 20


@pytest.mark.django_db(transaction=True)
class TestReplay:
    def test_years_of_bookings_end_with_every_promise_kept(self, capsys: pytest.CaptureFixture[str]) -> None:
        bookings = [row for row in read_rows(SAMPLE) if isinstance(row, HotelBooking)]
        call_command("replay", "hotel_bookings", file=SAMPLE, processes=2)
        said = capsys.readouterr().out
        assert "Every promise holds." in said
        company_id = Booking.objects.system("test").values_list("company_id", flat=True)[0]
        summary = summarise(company_id=company_id, rooms=100)
        count = {outcome: sum(row.outcome is outcome for row in bookings) for outcome in Outcome}
        assert summary.states == {
            "cancelled": count[Outcome.CANCELLED],
            "completed": count[Outcome.STAYED],
            "no_show": count[Outcome.NO_SHOW],
        }
        assert summary.refunds[0] >= 1
        assert sum(summary.ledger.values()) == 0
        assert sum(month.sold for month in summary.months) > 0
        assert clock.offset().total_seconds() == pytest.approx(0, abs=1)
        assert not OutboxMessage.objects.exclude(state=OutboxMessage.State.DELIVERED).exists()
        assert not OutboxMessage.objects.filter(handler__startswith="freehold.messaging").exists()

    def test_two_desks_that_choose_one_room_both_find_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        guests = [row for row in read_rows(written(tmp_path, {}, {"source_row": "8"})) if isinstance(row, HotelBooking)]
        resort = open_resort(rooms=rooms_needed(guests), segments={row.segment for row in guests}, lanes=1)
        outside.bind_payment_gateway(Till())
        lane = Lane(resort, 0)
        set_clock(guests[0].booked_on, Phase.BOOKINGS.hour)
        lane.act(Phase.BOOKINGS, guests)
        seen_before = {
            row.row: item_units(actor=resort.actor, booking_id=lane.bookings[row.row], item=0) for row in guests
        }
        looks: list[UUID] = []

        def look(*, actor: Actor, booking_id: UUID, item: int) -> ItemUnits:
            """Each desk chooses by what it saw before the other gave out a room."""
            looks.append(booking_id)
            first = looks.count(booking_id) == 1
            row = next(row for row, booking in lane.bookings.items() if booking == booking_id)
            return seen_before[row] if first else item_units(actor=actor, booking_id=booking_id, item=item)

        monkeypatch.setattr(play, "item_units", look)
        set_clock(guests[0].check_in, Phase.ARRIVALS.hour)
        lane.act(Phase.ARRIVALS, guests)
        assert len(looks) == 3  # the second one looked twice
        assert lane.tally.done["checked in"] == lane.tally.done["changed rooms"] == 2
        assert not lane.tally.refused

    def test_a_house_with_bookings_is_left_alone(self) -> None:
        hold_booking(actor=Actor.of(UserFactory()), items=[stay(ListingFactory())])
        with pytest.raises(CommandError, match="bookings already"):
            call_command("replay", "hotel_bookings", file=SAMPLE)
        assert Booking.objects.system("test").count() == 1


def test_a_month_has_its_days() -> None:
    month = Month(date(2016, 2, 1), sold=58, revenue_minor=580_000, rooms=4, days=29)
    assert (month.occupancy, month.adr_minor, month.revpar_minor) == (0.5, 10_000, 5_000)
    assert Month(date(2016, 2, 1), 0, 0, 0, 29).revpar_minor == 0
