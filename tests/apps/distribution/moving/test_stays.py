"""A business of the stays API moves in: people, listings by the night, bookings that are paid on arrival."""

from pathlib import Path
from typing import Any

import pytest

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.companies.models import Company
from freehold.distribution.moving.report import Verdict
from freehold.finance.selectors import folio_balance
from freehold.payments.models import Payment
from freehold.properties.models import Listing
from tests.apps.distribution.moving.dumps import MADE, Row, in_days, moved, row, said, user
from tests.factories import CompanyFactory
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return CompanyFactory(currency="USD", time_zone="America/New_York")  # type: ignore[no-any-return]


def person(pk: int = 7, **fields: Any) -> Row:
    return {**user(pk, **fields), "model": "accounts.customuser"}


def listing(pk: int = 11, **fields: Any) -> Row:
    chosen = {
        "title": "Harbour loft",
        "description": "Above the quay.",
        "city": "Boston",
        "price_per_night": "120.00",
        "max_guests": 3,
        "created_at": MADE,
    }
    return row("stay.listing", pk, **{**chosen, **fields})


def stay(pk: int = 21, first: int = 5, nights: int = 2, **fields: Any) -> Row:
    chosen = {
        "user": 7,
        "listing": 11,
        "check_in": in_days(first)[:10],
        "check_out": in_days(first + nights)[:10],
        "guests": 2,
        "created_at": MADE,
    }
    return row("stay.booking", pk, **{**chosen, **fields})


def test_listings_keep_their_numbers_and_stays_to_come_are_confirmed_and_paid_on_arrival(
    tmp_path: Path, company: Company
) -> None:
    report = moved(tmp_path, [person(), listing(), stay()], company, api="stays")
    assert not report.count(Verdict.REFUSED), report.lines
    place = Listing.objects.system("test").get(serial=11)
    assert (place.payment_terms, place.mode, place.max_guests) == ("at_property", "stay", 3)
    booking = Booking.objects.system("test").get(serial=21)
    assert (booking.state, booking.total_minor, booking.items.get().party["adults"]) == ("confirmed", 24_000, 2)
    assert folio_balance(booking.folio_id).owed.minor == 24_000
    assert not Payment.objects.system("test").exists()
    assert broken_promises() == []


def test_a_stay_that_is_over_counts_as_paid_at_the_place(tmp_path: Path, company: Company) -> None:
    rows = [person(), listing(), stay(check_in="2025-03-01", check_out="2025-03-04", total_price="300.00")]
    report = moved(tmp_path, rows, company, api="stays")
    booking = Booking.objects.system("test").get()
    assert (booking.state, booking.total_minor) == ("completed", 30_000)
    assert folio_balance(booking.folio_id).owed.is_zero
    assert "counts as paid at the place" in said(report, Verdict.NOTICED, "21")
    assert broken_promises() == []


def test_nights_that_two_people_booked_belong_to_who_came_first(tmp_path: Path, company: Company) -> None:
    rows = [person(), person(8), listing(), stay(22, user=8, created_at="2025-01-06T00:00:00Z"), stay(21)]
    report = moved(tmp_path, rows, company, api="stays")
    assert dict(Booking.objects.system("test").values_list("serial", "state")) == {21: "confirmed", 22: "cancelled"}
    assert report.count(Verdict.CONFLICT) == 1


def test_a_cancelled_stay_takes_nothing_and_a_second_run_changes_nothing(tmp_path: Path, company: Company) -> None:
    rows = [person(), listing(), stay(status="cancelled"), stay(22, nights=0), stay(23, guests=0)]
    first = moved(tmp_path, rows, company, api="stays")
    assert Booking.objects.system("test").get().state == "cancelled"
    assert "Check-out must be after check-in" in said(first, Verdict.REFUSED, "22")
    assert "guests is no whole number" in said(first, Verdict.REFUSED, "23")
    second = moved(tmp_path, rows, company, api="stays")
    assert not second.taken.total()
    assert broken_promises() == []


def test_somebody_of_two_older_businesses_is_one_person_and_chooses_a_password_anew(
    tmp_path: Path, company: Company
) -> None:
    moved(tmp_path, [user(3, email="same@example.com")], CompanyFactory(currency="BDT", time_zone="Asia/Dhaka"))
    other = person(9, email="Same@Example.com", password="pbkdf2_sha256$1000$other$AAAA")
    report = moved(tmp_path, [other, listing(), stay(user=9)], company, api="stays")
    somebody = User.objects.get(email="same@example.com")
    assert Booking.objects.system("test").get().booker == somebody
    assert not somebody.has_usable_password()
    assert "chooses a new one by mail" in said(report, Verdict.NOTICED, "9")


@pytest.mark.parametrize(("api", "model"), [("stays", "accounts.customuser"), ("estate", "users.user")])
def test_a_number_that_nobody_had_to_prove_there_opens_no_account_here(
    tmp_path: Path, company: Company, api: str, model: str
) -> None:
    mallory = {**user(phone_number="+12025550123"), "model": model}
    report = moved(tmp_path, [mallory], company, api=api)
    account = User.objects.get(serial=7)
    assert (account.phone, account.phone_verified_at) == (None, None)
    assert "the phone number was left out: nobody had to prove it there" in said(report, Verdict.NOTICED, "7")
