"""Recommendations as a client meets them: fixed shapes, strict input, few queries."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from freehold.properties.models import Listing
from tests.factories import CategoryFactory, ListingFactory, PictureFactory
from tests.support.booked import hold
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing() -> Listing:
    return ListingFactory(property__category=CategoryFactory(name="Loft", slug="loft"))


@pytest.fixture
def other(listing: Listing) -> Listing:
    return ListingFactory(
        title="Next house",
        property__category=listing.property.category,
        property__pictures=[PictureFactory()],
        property__rating="4.81",
        property__review_count=3,
    )


def similar(client: Client, listing: Listing, **parameters: Any) -> Any:
    return client.get(f"/api/v1/listings/{listing.slug}/similar/", parameters)


def test_a_similar_place_says_why(client: Client, listing: Listing, other: Listing) -> None:
    (found,) = similar(client, listing).json()["results"]
    assert found["listing_id"] == str(other.pk)
    assert found["reason"] == "Also a loft in Back Bay, next door, about the same price"
    assert found["nightly"] == {"amount": "100.00", "currency": "USD"}
    assert (found["total"], found["check_in"], found["rating"]) == (None, None, 4.81)
    assert found["category"] == {"slug": "loft", "name": "Loft"}
    assert found["picture"]["url"].startswith("http://testserver/")


def test_with_dates_only_what_is_free_and_for_how_much(client: Client, listing: Listing, other: Listing) -> None:
    days = {"check_in": in_days(30), "check_out": in_days(33)}
    (found,) = similar(client, listing, **days, guests="3", children="5").json()["results"]
    assert found["total"] == {"amount": "300.00", "currency": "USD"}
    assert found["check_in"] == str(days["check_in"])
    hold(other)
    assert similar(client, listing, **days).json() == {"results": []}


def test_a_listing_is_found_by_id_too_and_otherwise_404(client: Client, listing: Listing, other: Listing) -> None:
    assert client.get(f"/api/v1/listings/{listing.pk}/similar/").json() == similar(client, listing).json()
    for key in ("nowhere", uuid4()):
        assert client.get(f"/api/v1/listings/{key}/similar/").status_code == 404
    Listing.objects.company(listing.company_id).update(status=Listing.Status.DRAFT)
    assert similar(client, listing).status_code == 404


@pytest.mark.parametrize(
    ("parameters", "attr"),
    [
        ({"check_in": "2027-02-01"}, "check_out"),
        ({"check_in": "2027-02-03", "check_out": "2027-02-01"}, "check_out"),
        ({"check_in": "soon", "check_out": "2027-02-01"}, "check_in"),
        ({"guests": "0"}, "guests"),
        ({"guests": "1001"}, "guests"),
        ({"guests": "2", "children": "5,5"}, "guests"),
        ({"children": "18"}, "children"),
        ({"children": ",".join(["1"] * 51)}, "children"),
        ({"limit": "0"}, "limit"),
        ({"limit": "25"}, "limit"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_bad_input_names_its_field(client: Client, listing: Listing, parameters: dict[str, str], attr: str) -> None:
    response = similar(client, listing, **parameters)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == attr


def test_the_best_rated_of_a_category(client: Client, listing: Listing, other: Listing) -> None:
    response = client.get("/api/v1/properties/recommended/", {"category_id": other.property.category_id})
    first, second = response.json()["results"]
    assert (first["slug"], first["reason"]) == (other.slug, "Rated 4.81 by 3 guests")
    assert (second["slug"], second["reason"], second["rating"]) == (listing.slug, "Not rated yet", None)
    assert first["nightly"] == {"amount": "100.00", "currency": "USD"}
    assert first["picture"]["alt"] == "View 0"
    assert second["picture"] is None


@pytest.mark.parametrize("query", ["", "?category_id=", "?category_id=7", "?category_id=homes", "?category_id=%00"])
def test_a_category_is_needed_and_has_to_look_like_one(client: Client, query: str) -> None:
    response = client.get(f"/api/v1/properties/recommended/{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "category_id"


def test_an_unknown_category_is_404(client: Client) -> None:
    assert client.get(f"/api/v1/properties/recommended/?category_id={uuid4()}").status_code == 404


def test_the_answers_cost_the_same_however_long(
    client: Client, listing: Listing, django_assert_max_num_queries: Any
) -> None:
    category = listing.property.category
    ListingFactory.create_batch(12, property__category=category, property__pictures=[PictureFactory()])
    days = {"check_in": in_days(30), "check_out": in_days(33)}
    # The rate limit's, the tree's two, the listing, and the pictures come on top of what the places cost.
    with django_assert_max_num_queries(6):
        assert len(similar(client, listing, limit=12).json()["results"]) == 12
    with django_assert_max_num_queries(11):
        assert len(similar(client, listing, limit=12, **days).json()["results"]) == 12
    with django_assert_max_num_queries(6):
        address = f"/api/v1/properties/recommended/?category_id={category.pk}"
        assert len(client.get(address).json()["results"]) == 13
