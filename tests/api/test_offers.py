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
