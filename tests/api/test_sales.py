"""What is for sale, through the API."""

from typing import Any

import pytest
from django.test import Client

from freehold.properties.models import Listing
from tests.factories import ListingFactory, PictureFactory
from tests.support.sales import a_home

pytestmark = pytest.mark.django_db


def titles(client: Client, **query: Any) -> list[str]:
    response = client.get("/api/v1/sales/", query)
    assert response.status_code == 200, response.json()
    return [item["title"] for item in response.json()["results"]]


def test_a_home_is_found_by_id_and_by_slug_with_its_facts(client: Client) -> None:
    home = a_home(
        property__city="Seattle",
        property__pictures=[PictureFactory()],
        details={"floors": "1.5", "earlier_sales": [{"on": "2014-05-02", "price_minor": 18_000_000}]},
    )
    by_id = client.get(f"/api/v1/sales/{home.pk}/").json()
    assert by_id == client.get(f"/api/v1/sales/{home.slug}/").json()
    assert by_id["price"] == {"amount": "450000.00", "currency": "USD"}
    assert (by_id["living_area_m2"], by_id["floors"], by_id["bedrooms"]) == (180, "1.5", 3)
    assert by_id["earlier_sales"] == [{"on": "2014-05-02", "price": {"amount": "180000.00", "currency": "USD"}}]
    assert by_id["address"]["city"] == "Seattle"


def test_only_what_is_published_and_for_sale_is_there(client: Client) -> None:
    a_home(title="Offered")
    draft = a_home(title="Not yet", status=Listing.Status.DRAFT)
    stay = ListingFactory(title="By the night")
    assert titles(client) == ["Offered"]
    for key in (draft.slug, stay.slug, "nowhere", str(stay.pk)):
        assert client.get(f"/api/v1/sales/{key}/").status_code == 404


def test_filters_narrow_the_list(client: Client) -> None:
    a_home(title="Small", price_minor=20_000_000, unit__bedrooms=1, details={"living_area_m2": 50})
    a_home(title="Large", price_minor=90_000_000, unit__bedrooms=5, property__city="Tacoma")
    assert titles(client, min_price="500000") == ["Large"]
    assert titles(client, max_price="200000.00") == ["Small"]
    assert titles(client, bedrooms=4) == ["Large"]
    assert titles(client, min_area=100) == ["Large"]
    assert titles(client, q="tacoma") == ["Large"]
    assert titles(client, q="boston small") == ["Small"]
    assert titles(client, q="%") == []
    assert titles(client, currency="EUR") == []
    assert titles(client, bedrooms=9) == []


def test_a_price_means_the_money_that_most_is_asked_in(client: Client) -> None:
    a_home(title="Dollars")
    a_home(title="More dollars")
    a_home(title="Yen", currency="JPY", price_minor=450_000)
    assert titles(client, min_price=1) == ["More dollars", "Dollars"]
    assert titles(client, min_price=400_000, currency="JPY") == ["Yen"]


@pytest.mark.parametrize(
    "query",
    [
        {"min_price": "cheap"},
        {"bedrooms": "-1"},
        {"min_area": "1e3"},
        {"currency": "XQQ"},
        {"cursor": "nonsense"},
        {"page_size": "0"},
        {"rooms": "3"},
    ],
)
def test_what_cannot_be_understood_is_refused_and_named(client: Client, query: dict[str, str]) -> None:
    response = client.get("/api/v1/sales/", query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == next(iter(query))


def test_a_page_costs_the_same_however_long_and_the_next_one_follows(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    picture = PictureFactory()
    for number in range(12):
        a_home(title=f"Home {number}", property__pictures=[picture])
    with django_assert_max_num_queries(5):
        page = client.get("/api/v1/sales/?page_size=10&min_price=1").json()
    rest = client.get(page["next"]).json()
    assert [item["title"] for item in (*page["results"], *rest["results"])] == [f"Home {n}" for n in range(11, -1, -1)]
    assert rest["next"] is None


def test_the_list_of_all_listings_shows_homes_too(client: Client) -> None:
    a_home()
    (found,) = client.get("/api/v1/listings/").json()["results"]
    assert found["mode"] == "sale"
