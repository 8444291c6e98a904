"""A business of the resort API moves in: people by phone, resorts with rooms, attempts, guests and payments."""

from pathlib import Path
from typing import Any

import pytest

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.companies.models import Company
from freehold.distribution.moving.report import Verdict
from freehold.payments.models import Payment, ReviewItem
from freehold.properties.models import Property, Unit
from tests.apps.distribution.moving.dumps import MADE, Row, in_days, moved, row, said
from tests.factories import CompanyFactory
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory(currency="INR", time_zone="Asia/Kolkata")  # type: ignore[no-any-return]


def person(pk: int = 7, **fields: Any) -> Row:
    chosen = {
        "phone_number": f"99999888{pk:02}",
        "name": "John Doe",
        "email": f"john{pk}@example.com",
        "date_of_birth": "1990-01-15",
        "gender": "Male",
        "password": "!",
        "date_joined": MADE,
    }
    return row("users.user", pk, **{**chosen, **fields})


def house() -> list[Row]:
    return [
        row("resorts.resort", 1, name="Beachside Resort", location="Goa"),
        *(
            row("resorts.room", 100 + number, resort=1, room_number=f"A10{number}", capacity=2, price_per_night="7500")
            for number in (1, 2)
        ),
    ]


def attempt(pk: int = 123, **fields: Any) -> Row:
    chosen = {
        "user": 7,
        "resort": 1,
        "rooms": [101],
        "check_in_date": in_days(10)[:10],
        "check_out_date": in_days(15)[:10],
        "guests": 2,
        "status": "pending",
        "created_at": MADE,
    }
    return row("booking.bookingattempt", pk, **{**chosen, **fields})


def paid(pk: int = 45, **fields: Any) -> Row:
    chosen = {
        "booking_attempt": 123,
        "razorpay_order_id": "order_X",
        "razorpay_payment_id": "pay_X",
        "amount": 37500.00,
        "status": "captured",
        "created_at": MADE,
    }
    return row("booking.payment", pk, **{**chosen, **fields})


def test_people_rooms_and_bookings_keep_their_numbers(tmp_path: Path, company: Company) -> None:
    guests = [
        row("booking.guest", 1, booking_attempt=123, room=101, name="Alice", age=30),
        row("booking.guest", 2, booking_attempt=123, room=102, name="Bob", age=8),
    ]
    final = row("booking.finalbooking", 1, booking_attempt=123)
    rows = [person(), *house(), attempt(rooms=[101, 102]), *guests, paid(amount="75000.00"), final]
    report = moved(tmp_path, rows, company, api="resort")
    assert not report.count(Verdict.REFUSED), report.lines
    john = User.objects.get(serial=7)
    assert (john.phone, john.first_name, john.last_name, john.gender) == ("+919999988807", "John", "Doe", "male")
    assert john.phone_verified_at is not None
    assert Property.objects.system("test").get(serial=1).title == "Beachside Resort"
    assert Unit.objects.system("test").get(serial=101).name == "A101"
    booking = Booking.objects.system("test").get(serial=123)
    assert (booking.state, booking.total_minor) == ("confirmed", 7_500_000)
    assert [(item.amount_minor, [guest.name for guest in item.guests.all()]) for item in booking.items.all()] == [
        (3_750_000, ["Alice"]),
        (3_750_000, ["Bob"]),
    ]
    assert Payment.objects.system("test").get(serial=45).object_id == "pay_X"
    assert broken_promises() == []


def test_a_captured_payment_makes_an_attempt_a_booking_and_a_failed_one_does_not(
    tmp_path: Path, company: Company
) -> None:
    rows = [
        *(person(), *house(), attempt(), paid()),
        *(attempt(124, rooms=[102], status="failed"), paid(46, booking_attempt=124, status="failed")),
    ]
    moved(tmp_path, rows, company, api="resort")
    assert dict(Booking.objects.system("test").values_list("serial", "state")) == {123: "confirmed", 124: "cancelled"}
    assert broken_promises() == []


def test_more_than_it_cost_waits_for_a_person_and_less_is_owed(tmp_path: Path, company: Company) -> None:
    rows = [
        *(person(), *house(), attempt(), paid(amount="40000.00")),
        *(attempt(124, rooms=[102]), paid(46, booking_attempt=124, amount="10000.00")),
    ]
    rehearsed = moved(tmp_path, rows, company, api="resort", is_rehearsal=True)
    report = moved(tmp_path, rows, company, api="resort")
    assert rehearsed.to_json()["rows"] == report.to_json()["rows"]
    assert set(Booking.objects.system("test").values_list("state", flat=True)) == {"confirmed"}
    assert ReviewItem.objects.get().amount_minor == 250_000
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (attempt(rooms=[999]), "Its room 999 is not in the dump"),
        (attempt(rooms=[]), "user, resort or rooms are missing"),
        (attempt(rooms="101"), "rooms is no list"),
        (attempt(check_in_date="15/01/2030"), "check_in_date is no date"),
        (person(phone_number="12", email=""), "Nothing is left to know this person by"),
        (row("resorts.resort", 1, name="Empty", location="Goa", is_active="perhaps"), "is_active is neither"),
        (row("resorts.room", 101, resort=1, room_number="A102", capacity=2, price_per_night=1), "the same number"),
    ],
)
def test_broken_rows_are_named(tmp_path: Path, company: Company, broken: Row, words: str) -> None:
    same = (broken["model"], broken["pk"])
    rows = [broken, *(each for each in (person(), *house(), attempt(), paid()) if (each["model"], each["pk"]) != same)]
    report = moved(tmp_path, rows, company, api="resort")
    assert words in said(report, Verdict.REFUSED), report.lines
    assert broken_promises() == []


def test_the_same_dump_again_changes_nothing(tmp_path: Path, company: Company) -> None:
    rows = [person(), *house(), attempt(), paid()]
    moved(tmp_path, rows, company, api="resort")
    report = moved(tmp_path, rows, company, api="resort")
    assert not report.taken.total()
    assert dict(report.known) == dict(report.read)
