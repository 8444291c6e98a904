"""A host says which stays and slots are accepted, and guests are told why others are not."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from freehold.properties.models import Listing, StayRestriction
from tests.factories import ListingFactory, MembershipFactory, unit_type_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

OPEN = [[["09:00", "12:00"], ["13:00", "17:00"]]] * 5 + [[], []]


@pytest.fixture
def listing() -> Listing:
    made: Listing = ListingFactory(property__time_zone="UTC")
    return made


@pytest.fixture
def host(client: Client, listing: Listing) -> Client:
    client.force_login(MembershipFactory(role="host", company=listing.company).user)
    return client


def put(client: Client, listing: Listing, part: str, body: Any, status: int = 200) -> Any:
    url = f"/api/v1/host/listings/{listing.pk}/{part}/"
    response = client.put(url, body, content_type="application/json")
    assert response.status_code == status, response.content
    return response.json()


def restrict(client: Client, listing: Listing, first: date, last: date, status: int = 200, **rules: Any) -> Any:
    return put(client, listing, "restrictions", {"first_day": str(first), "last_day": str(last), **rules}, status)


def spans(answer: Any) -> list[tuple[str, str, int | None]]:
    return [(each["first_day"], each["last_day"], each["min_nights"]) for each in answer["results"]]


def test_dates_get_rules_of_their_own_and_lose_them_again(host: Client, listing: Listing) -> None:
    answer = restrict(host, listing, in_days(10), in_days(19), min_nights=5, label="Carnival")
    assert answer == {
        "results": [
            {
                "first_day": str(in_days(10)),
                "last_day": str(in_days(19)),
                "min_nights": 5,
                "max_nights": None,
                "is_closed_to_arrival": False,
                "is_closed_to_departure": False,
                "label": "Carnival",
            }
        ]
    }
    answer = restrict(host, listing, in_days(12), in_days(13), min_nights=7)
    assert spans(answer) == [
        (str(in_days(10)), str(in_days(11)), 5),
        (str(in_days(12)), str(in_days(13)), 7),
        (str(in_days(14)), str(in_days(19)), 5),
    ]
    assert [each["label"] for each in answer["results"]] == ["Carnival", "", "Carnival"]
    assert spans(restrict(host, listing, in_days(11), in_days(30))) == [(str(in_days(10)), str(in_days(10)), 5)]
    assert spans(host.get(f"/api/v1/host/listings/{listing.pk}/restrictions/").json()) == [
        (str(in_days(10)), str(in_days(10)), 5)
    ]


@pytest.mark.parametrize(
    ("rules", "attr"),
    [
        ({"min_nights": 0}, "min_nights"),
        ({"max_nights": 366}, "max_nights"),
        ({"min_nights": 5, "max_nights": 4}, "max_nights"),
        ({"label": "x" * 61}, "label"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_rules_that_nobody_could_keep_are_refused(host: Client, listing: Listing, rules: Any, attr: str) -> None:
    error = restrict(host, listing, in_days(1), in_days(2), 400, **rules)["errors"][0]
    assert error["attr"] == attr
    assert not StayRestriction.objects.exists()


def test_a_range_is_one_day_to_three_years(host: Client, listing: Listing) -> None:
    for last in (in_days(0), in_days(1) + timedelta(days=3 * 365)):
        assert restrict(host, listing, in_days(1), last, 400)["errors"][0]["code"] == "invalid_range"


def test_a_guest_is_told_the_rule_of_the_season(host: Client, listing: Listing) -> None:
    restrict(host, listing, in_days(10), in_days(19), min_nights=5, label="Carnival")
    wish = {"listing_id": str(listing.pk), "guests": {"adults": 1}}
    dates = {"check_in": str(in_days(12)), "check_out": str(in_days(14))}
    refusal = host.post("/api/v1/quotes/", {"items": [{**wish, **dates}]}, content_type="application/json")
    assert refusal.status_code == 400
    error = refusal.json()["errors"][0]
    assert error["code"] == "min_nights"
    assert error["detail"] == "Stays that begin in “Carnival” have at least 5 nights."
    days = host.get(
        f"/api/v1/listings/{listing.pk}/calendar/", {"from": str(in_days(9)), "to": str(in_days(20))}
    ).json()["days"]
    assert [day["min_nights"] for day in days] == [1, *[5] * 10, 1]


def test_a_listing_has_rules_for_weekdays_hours_and_parties(host: Client, listing: Listing) -> None:
    url = f"/api/v1/host/listings/{listing.pk}/"
    rules = {
        "acceptance": "request",
        "answer_within_hours": 48,
        "max_adults": 2,
        "max_children": 1,
        "infants_beside": 1,
        "min_guest_age": 6,
        "cut_off_time": "18:00",
        "turnover_days": 1,
        "arrival_weekdays": [4, 5],
        "departure_weekdays": [6],
    }
    answer = host.patch(url, rules, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in rules} == rules
    again = host.patch(url, {"arrival_weekdays": None, "cut_off_time": None}, content_type="application/json").json()
    assert (again["arrival_weekdays"], again["cut_off_time"], again["turnover_days"]) == (None, None, 1)


@pytest.mark.parametrize(
    ("rules", "attr"),
    [
        ({"arrival_weekdays": [7]}, "arrival_weekdays"),
        ({"departure_weekdays": []}, "departure_weekdays"),
        ({"turnover_days": 31}, "turnover_days"),
        ({"answer_within_hours": 0}, "answer_within_hours"),
        ({"max_adults": 0}, "max_adults"),
        ({"mode": "slot"}, "mode"),
        ({"acceptance": "maybe"}, "acceptance"),
    ],
)
def test_bad_rules_change_nothing(host: Client, listing: Listing, rules: Any, attr: str) -> None:
    url = f"/api/v1/host/listings/{listing.pk}/"
    refusal = host.patch(url, rules, content_type="application/json")
    assert refusal.status_code == 400
    assert refusal.json()["errors"][0]["attr"].startswith(attr)


class TestSlots:
    @pytest.fixture
    def room(self, listing: Listing) -> Listing:
        made: Listing = ListingFactory(property=listing.property, company=listing.company, mode="slot")
        return made

    def test_opening_hours_are_set_and_read_back(self, host: Client, room: Listing) -> None:
        answer = put(host, room, "slot-rules", {"opening_hours": OPEN, "grid_minutes": 60, "min_minutes": 60})
        assert answer["opening_hours"] == OPEN
        assert (answer["grid_minutes"], answer["min_minutes"], answer["max_minutes"]) == (60, 60, 240)
        assert host.get(f"/api/v1/host/listings/{room.pk}/slot-rules/").json() == answer

    def test_without_rules_there_are_none(self, host: Client, room: Listing) -> None:
        assert host.get(f"/api/v1/host/listings/{room.pk}/slot-rules/").status_code == 404

    @pytest.mark.parametrize(
        ("rules", "attr"),
        [
            ({"opening_hours": "always"}, "opening_hours"),
            ({"opening_hours": {}}, "opening_hours"),
            ({"opening_hours": None}, "opening_hours"),
            ({"opening_hours": [[]] * 6}, "opening_hours"),
            ({"opening_hours": [[["17:00", "09:00"]], *[[]] * 6]}, "opening_hours"),
            ({"opening_hours": [[["09:00", "12:00"], ["11:00", "13:00"]], *[[]] * 6]}, "opening_hours"),
            ({"opening_hours": [[["9", 12]], *[[]] * 6]}, "opening_hours"),
            ({"opening_hours": OPEN, "min_minutes": 90, "max_minutes": 60}, "max_minutes"),
            ({"opening_hours": OPEN, "grid_minutes": 1441}, "grid_minutes"),
            ({"opening_hours": OPEN, "seat_per_guest": True}, "seat_per_guest"),
        ],
    )
    def test_hours_that_make_no_sense_are_refused(self, host: Client, room: Listing, rules: Any, attr: str) -> None:
        assert put(host, room, "slot-rules", rules, 400)["errors"][0]["attr"] == attr

    def test_seats_are_units_of_a_type(self, host: Client, listing: Listing) -> None:
        seats = unit_type_listing(property=listing.property, company=listing.company, mode="slot")
        assert put(host, seats, "slot-rules", {"opening_hours": OPEN, "seat_per_guest": True})["seat_per_guest"]

    def test_a_listing_by_the_night_gives_no_slots(self, host: Client, listing: Listing) -> None:
        refusal = put(host, listing, "slot-rules", {"opening_hours": OPEN}, 409)
        assert refusal["errors"][0]["code"] == "not_a_slot_listing"
