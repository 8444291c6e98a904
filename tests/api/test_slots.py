"""Slots, seats and whole places as a client meets them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from freehold.bookings.services.hold_booking import hold_booking
from freehold.core.actor import Actor
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.slots import a_slot, exclusive_listing, from_now_on, instant_at, seats_listing, slot_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


def slot_item(listing: Listing, start: str = "10:00", minutes: int = 60, **changes: Any) -> dict[str, Any]:
    begin = instant_at(listing, start)
    return {
        "listing_id": str(listing.pk),
        "start_at": begin.isoformat(),
        "end_at": (begin + timedelta(minutes=minutes)).isoformat(),
        "guests": {"adults": 1},
        **changes,
    }


def quote(client: Client, *items: dict[str, Any]) -> Any:
    return client.post("/api/v1/quotes/", {"items": list(items)}, content_type="application/json")


def slots(client: Client, listing: Listing, **query: Any) -> Any:
    day = in_days(30).isoformat()
    return client.get(f"/api/v1/listings/{listing.pk}/slots/", {"from": day, "to": day, **query})


def signed_in() -> Client:
    client = Client()
    client.force_login(UserFactory())
    return client


def book(client: Client, *items: dict[str, Any]) -> Any:
    return client.post(
        "/api/v1/bookings/", {"items": list(items)}, content_type="application/json", headers={"Idempotency-Key": "a-1"}
    )


def test_a_slot_is_quoted_and_booked_with_its_times(client: Client) -> None:
    room = slot_listing()
    answer = quote(client, slot_item(room, minutes=90)).json()
    (item,) = answer["items"]
    assert (item["occasion"], item["quantity"], item["total"]["amount"]) == ("slot", 1, "150.00")
    assert item["starts_at"] == instant_at(room, "10:00").isoformat().replace("+00:00", "Z")
    assert item["check_in"] == item["check_out"] == in_days(30).isoformat()
    (booked,) = book(signed_in(), slot_item(room, minutes=90)).json()["items"]
    assert {name: booked[name] for name in ("occasion", "starts_at", "ends_at")} == {
        name: item[name] for name in ("occasion", "starts_at", "ends_at")
    }


def test_a_place_until_cancelled_has_no_end(client: Client) -> None:
    hall = exclusive_listing()
    wish = {"listing_id": str(hall.pk), "guests": {"adults": 2}}
    (item,) = quote(client, wish).json()["items"]
    assert (item["occasion"], item["check_out"], item["ends_at"]) == ("until_cancelled", None, None)
    booking = book(signed_in(), wish).json()
    assert (booking["ends_at"], booking["items"][0]["ends_at"], booking["items"][0]["check_out"]) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "attr", "code"),
    [
        ({"end_at": None}, "items.0.end_at", "null"),
        ({"end_at": "2030-01-01T10:00:00"}, "items.0.end_at", "invalid"),
        ({"end_at": "2001-01-01T10:00:00Z"}, "items.0.end_at", "invalid"),
        ({"check_in": "2030-01-01", "check_out": "2030-01-02"}, "items.0.start_at", "ambiguous"),
        ({"check_in": "2030-01-01"}, "items.0.check_out", "required"),
    ],
)
def test_half_a_wish_is_refused_with_its_field(client: Client, changes: dict[str, Any], attr: str, code: str) -> None:
    response = quote(client, slot_item(slot_listing(), **changes))
    assert response.status_code == 400
    assert [(error["attr"], error["code"]) for error in response.json()["errors"]] == [(attr, code)]


def test_half_given_times_name_what_is_missing(client: Client) -> None:
    for name, other in (("start_at", "end_at"), ("end_at", "start_at")):
        item = slot_item(slot_listing())
        del item[name]
        (error,) = quote(client, item).json()["errors"]
        assert (error["attr"], error["code"]) == (f"items.0.{name}", "required")
        assert other in error["detail"]


def test_slots_of_a_day_say_what_is_free_and_why_not(client: Client, django_assert_max_num_queries: Any) -> None:
    room = slot_listing(rules={"buffer_after_minutes": 30})
    hold_booking(actor=Actor.of(UserFactory()), items=[a_slot(room, "12:00", minutes=60)])
    with django_assert_max_num_queries(6):
        answer = slots(client, room, minutes=60).json()
    assert (answer["minutes"], answer["lengths"][:3], answer["time_zone"]) == (60, [30, 60, 90], "America/New_York")
    by_start = {each["start_at"]: each for each in answer["slots"]}
    assert len(by_start) == 17
    states = {
        start: by_start[instant_at(room, start).isoformat().replace("+00:00", "Z")]["available"]
        for start in ("10:30", "11:00", "11:30", "12:00", "13:00", "13:30")
    }
    assert states == {"10:30": True, "11:00": False, "11:30": False, "12:00": False, "13:00": False, "13:30": True}
    taken = by_start[instant_at(room, "12:00").isoformat().replace("+00:00", "Z")]
    assert ([reason["code"] for reason in taken["reasons"]], taken["units_left"]) == (["held"], 0)
    assert taken["price"] == {"amount": "100.00", "currency": "USD"}


def test_seats_left_are_counted_and_a_party_needs_all_of_its_own(client: Client) -> None:
    table = seats_listing(seats=4)
    hold_booking(actor=Actor.of(UserFactory()), items=[a_slot(table, "10:00", adults=3)])
    for guests, available in ((1, True), (2, False)):
        answer = slots(client, table, minutes=60, guests=guests).json()["slots"]
        (ten,) = [each for each in answer if each["start_at"].startswith(instant_at(table, "10:00").isoformat()[:16])]
        assert (ten["units_left"], ten["available"]) == (1, available)
        assert ten["price"]["amount"] == f"{100 * guests}.00"
    refusal = book(signed_in(), slot_item(table, guests={"adults": 2}))
    assert refusal.status_code == 409
    (error,) = refusal.json()["errors"]
    assert [reason["code"] for reason in error["reasons"]] == ["too_few", "held"]
    starts = [each["start_at"] for each in error["alternatives"]]
    assert starts == [
        instant_at(table, when).isoformat().replace("+00:00", "Z") for when in ("09:00", "11:00", "11:30")
    ]


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ({"minutes": 45}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"to": "2199-12-31"}, "to"),
        ({"guests": 0}, "guests"),
    ],
)
def test_nonsense_about_slots_is_refused(client: Client, query: dict[str, Any], attr: str) -> None:
    response = slots(client, slot_listing(), **query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == attr


def test_a_stay_has_no_slots_and_a_hidden_room_is_not_there(client: Client) -> None:
    assert slots(client, ListingFactory()).json()["errors"][0]["code"] == "wrong_occasion"
    assert slots(client, slot_listing(status=Listing.Status.PAUSED)).status_code == 404


def test_a_plan_is_priced_by_what_its_listing_sells() -> None:
    room = slot_listing()
    host = MembershipFactory(company=room.company).user
    client = Client()
    client.force_login(host)
    plan = {
        "base_price": {"amount": "20.00", "currency": "USD"},
        "cancellation_policy_id": str(room.rate_plan.cancellation_policy_id),
    }

    def put(listing: Listing, **changes: Any) -> Any:
        address = f"/api/v1/host/listings/{listing.pk}/rate-plan/"
        return client.put(address, {**plan, **changes}, content_type="application/json")

    assert put(room).json()["basis"] == "hour"
    assert put(room, basis="slot").json()["basis"] == "slot"
    for wrong in ({"basis": "night"}, {"stay_discounts": [{"min_nights": 7, "basis_points": 100}]}):
        (error,) = put(room, **wrong).json()["errors"]
        assert (error["code"], error["attr"]) == ("wrong_basis", next(iter(wrong)))
    hall = exclusive_listing(company=room.company, property__company=room.company)
    assert put(hall).json()["basis"] == "flat"
    assert client.post(f"/api/v1/host/listings/{room.pk}/publish/").status_code == 200
    room.slot_rules.delete()
    refusal = client.post(f"/api/v1/host/listings/{room.pk}/publish/")
    assert (refusal.status_code, refusal.json()["errors"][0]["code"]) == (409, "no_slots")


def test_a_plan_that_is_refused_names_the_field_and_writes_the_amount_as_the_api_does() -> None:
    room = slot_listing()
    client = Client()
    client.force_login(MembershipFactory(company=room.company).user)
    plan = {
        "base_price": {"amount": "20.00", "currency": "USD"},
        "cancellation_policy_id": str(room.rate_plan.cancellation_policy_id),
    }
    for name in ("base_price", "extra_guest_fee", "cleaning_fee", "damage_deposit"):
        body = {**plan, name: {"amount": "99999999999.00", "currency": "USD"}}
        answer = client.put(f"/api/v1/host/listings/{room.pk}/rate-plan/", body, content_type="application/json")
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["attr"]) == (400, name)
        assert error["detail"] == "From 0 to 10000000000.00 USD."


def test_what_is_until_cancelled_closes_every_night_and_slot_from_now_on(client: Client) -> None:
    hall = exclusive_listing()
    nights = ListingFactory(company=hall.company, property=hall.property, unit=hall.unit)
    hold_booking(actor=Actor.of(UserFactory()), items=[from_now_on(hall)])
    days = client.get(f"/api/v1/listings/{nights.pk}/calendar/").json()["days"]
    assert not any(day["available"] for day in days)
    found = client.get(
        f"/api/v1/listings/{nights.pk}/similar/", {"check_in": in_days(400).isoformat(), "check_out": in_days(401)}
    )
    assert found.status_code == 200


def test_your_own_slot_is_called_yours_in_the_list_and_in_the_refusal() -> None:
    room, guest = slot_listing(), signed_in()
    assert book(guest, slot_item(room)).status_code == 201
    closed = [slot for slot in slots(guest, room).json()["slots"] if not slot["available"]]
    assert {slot["reasons"][0]["code"] for slot in closed} == {"held_by_you"}
    again = guest.post("/api/v1/bookings/", {"items": [slot_item(room)]}, content_type="application/json")
    (error,) = again.json()["errors"]
    assert (error["reasons"][0]["code"], set(error["own_booking"])) == ("held_by_you", {"id", "reference"})
    others = [slot for slot in slots(signed_in(), room).json()["slots"] if not slot["available"]]
    assert {slot["reasons"][0]["code"] for slot in others} == {"held"}


def test_the_time_around_a_booking_is_told_as_time_to_prepare() -> None:
    room = slot_listing(rules={"buffer_before_minutes": 60, "buffer_after_minutes": 30})
    hold_booking(actor=Actor.of(UserFactory()), items=[a_slot(room, "12:00")])
    found = slots(signed_in(), room).json()["slots"]
    begin = instant_at(room, "12:00")
    codes = {
        minutes: found[index]["reasons"][0]["code"]
        for minutes in (-90, -60, 0, 60, 90)
        for index in range(len(found))
        if found[index]["start_at"] == (begin + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    }
    assert codes == {-90: "turnover", -60: "turnover", 0: "held", 60: "turnover", 90: "turnover"}
