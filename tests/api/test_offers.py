"""A refused booking tells what could be had instead: other dates, and similar places on the same dates."""

from typing import Any

import pytest
from django.test import Client

from freehold.properties.models import Listing
from tests.factories import CategoryFactory, ListingFactory, UserFactory
from tests.support.booked import hold
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def taken() -> Listing:
    listing = ListingFactory(property__category=CategoryFactory(name="Loft"))
    hold(listing)
    return listing


@pytest.fixture
def guest(client: Client) -> Client:
    client.force_login(UserFactory())
    return client


def book(guest: Client, listing: Listing, **headers: str) -> Any:
    stay = {"check_in": str(in_days(30)), "check_out": str(in_days(33)), "guests": {"adults": 2, "children": [5]}}
    body = {"items": [{"listing_id": str(listing.pk), **stay}]}
    return guest.post("/api/v1/bookings/", body, content_type="application/json", headers=headers)


def test_a_refusal_brings_similar_places_and_where_to_ask_for_more(guest: Client, taken: Listing) -> None:
    other = ListingFactory(property__category=taken.property.category)
    response = book(guest, taken)
    assert response.status_code == 409
    (error,) = response.json()["errors"]
    assert error["reasons"]
    assert error["alternatives"]
    assert [offer["slug"] for offer in error["similar"]] == [other.slug]
    assert error["similar_url"] == (
        f"/api/v1/listings/{taken.pk}/similar/?check_in={in_days(30)}&check_out={in_days(33)}&guests=3&children=5"
    )
    more = guest.get(error["similar_url"]).json()["results"]
    assert [place["listing_id"] for place in more] == [str(other.pk)]


def test_a_replayed_refusal_is_the_same_refusal(guest: Client, taken: Listing) -> None:
    ListingFactory(property__category=taken.property.category)
    first = book(guest, taken, **{"Idempotency-Key": "one"})
    again = book(guest, taken, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.headers["Idempotency-Replayed"]) == (409, "true")
    assert first.json()["errors"][0]["similar"]
    assert again.json() == first.json()


def test_a_refusal_without_anything_similar_says_so(guest: Client, taken: Listing) -> None:
    assert book(guest, taken).json()["errors"][0]["similar"] == []


# --- what is your own


def test_your_own_hold_is_called_yours_and_says_where_to_go_on(guest: Client) -> None:
    listing = ListingFactory()
    made = book(guest, listing).json()
    (error,) = book(guest, listing).json()["errors"]
    assert [reason["code"] for reason in error["reasons"]] == ["held_by_you"]
    assert error["own_booking"] == {"id": made["id"], "reference": made["reference"]}
    assert error["alternatives"]
    quote = guest.post("/api/v1/quotes/", body_of(listing), content_type="application/json").json()
    by_quote = guest.post("/api/v1/bookings/", {"quote_id": quote["quote_id"]}, content_type="application/json").json()
    assert by_quote["errors"][0]["own_booking"]["id"] == made["id"]


def test_what_somebody_else_holds_is_not_yours_whatever_you_hold_elsewhere(guest: Client, taken: Listing) -> None:
    assert book(guest, ListingFactory()).status_code == 201
    (error,) = book(guest, taken).json()["errors"]
    assert [reason["code"] for reason in error["reasons"]] == ["held"]
    assert "own_booking" not in error


def test_the_calendar_calls_your_hold_yours(guest: Client, taken: Listing) -> None:
    mine = ListingFactory()
    book(guest, mine)
    day = str(in_days(31))
    codes = [
        guest.get(f"/api/v1/listings/{each.pk}/calendar/", {"from": day, "to": day}).json()["days"][0]["reasons"][0][
            "code"
        ]
        for each in (mine, taken)
    ]
    assert codes == ["held_by_you", "held"]


# --- rules


def body_of(listing: Listing, *, nights: int = 3, adults: int = 2) -> dict[str, Any]:
    stay = {"check_in": str(in_days(30)), "check_out": str(in_days(30 + nights)), "guests": {"adults": adults}}
    return {"items": [{"listing_id": str(listing.pk), **stay}]}


@pytest.mark.parametrize("address", ["/api/v1/quotes/", "/api/v1/bookings/"])
def test_dates_that_break_a_rule_come_with_the_nearest_that_fit(guest: Client, address: str) -> None:
    listing = ListingFactory(min_nights=5)
    answer = guest.post(address, body_of(listing), content_type="application/json")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["code"] == "min_nights"
    offered = error["alternatives"]
    assert offered[0] == {"listing_id": str(listing.pk), "check_in": str(in_days(30)), "check_out": str(in_days(35))}
    first = {**body_of(listing)["items"][0], **offered[0]}
    assert guest.post(address, {"items": [first]}, content_type="application/json").status_code == 201


def test_a_party_that_is_too_large_is_offered_no_other_dates(guest: Client) -> None:
    listing = ListingFactory(min_nights=5, max_guests=2)
    answer = guest.post("/api/v1/quotes/", body_of(listing, adults=9), content_type="application/json")
    assert {error["code"] for error in answer.json()["errors"]} == {"min_nights", "capacity"}
    assert not any("alternatives" in error for error in answer.json()["errors"])
