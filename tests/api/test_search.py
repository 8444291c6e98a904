"""The search as a client meets it: fixed shapes, strict input, links to the next page."""

import pytest
from django.test import Client

from tests.factories import AmenityFactory, ListingFactory, PictureFactory
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


def test_a_hit_has_its_place_and_the_price_of_the_stay(client: Client) -> None:
    listing = ListingFactory(property__pictures=[PictureFactory()], property__rating="4.81")
    page = client.get(
        "/api/v1/search/",
        {"place": "Boston", "check_in": in_days(30), "check_out": in_days(33), "guests": "2"},
    ).json()
    assert {"count", "next", "previous", "facets", "results"} <= set(page)
    (hit,) = page["results"]
    assert hit["listing_id"] == str(listing.pk)
    assert hit["total"] == {"amount": "300.00", "currency": "USD"}
    assert hit["nightly"] == {"amount": "100.00", "currency": "USD"}
    assert hit["rating"] == 4.81
    assert hit["picture"]["url"].startswith("http://testserver/")


def test_the_next_link_leads_through_all_pages(client: Client) -> None:
    ListingFactory.create_batch(5)
    url: str | None = "/api/v1/search/?page_size=2&sort=price"
    seen = []
    while url:
        page = client.get(url).json()
        assert page["count"] == 5
        seen += [hit["slug"] for hit in page["results"]]
        url = page["next"]
    assert len(set(seen)) == len(seen) == 5


def test_filters_are_read_from_the_query_string(client: Client) -> None:
    ListingFactory(property__amenities=[AmenityFactory(code="wifi")])
    ListingFactory(unit__bedrooms=0)
    for parameters, count in (
        ({"amenities": "wifi"}, 1),
        ({"bedrooms": "1"}, 1),
        ({"bbox": "-71.1,42.3,-71.0,42.4"}, 2),
        ({"near": "42.35,-71.08", "radius_km": "0.5", "sort": "distance"}, 2),
        ({"near": "0,0", "radius_km": "1"}, 0),
        ({"min_price": "100.01"}, 0),
        ({"max_price": "100"}, 2),
    ):
        assert client.get("/api/v1/search/", parameters).json()["count"] == count, parameters


@pytest.mark.parametrize(
    ("parameters", "attr"),
    [
        ({"guests": "1_0"}, "guests"),
        ({"guests": "٢"}, "guests"),
        ({"guests": "0"}, "guests"),
        ({"guests": "9" * 30}, "guests"),
        ({"min_price": "NaN"}, "min_price"),
        ({"min_price": "-1"}, "min_price"),
        ({"max_price": "1e400"}, "max_price"),
        ({"check_in": "2026-13-01", "check_out": "2026-12-02"}, "check_in"),
        ({"check_in": "2026-12-01"}, "check_out"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"bbox": "1,91,3,92"}, "bbox"),
        ({"near": "a,b"}, "near"),
        ({"radius_km": "5"}, "radius_km"),
        ({"sort": "colour"}, "sort"),
        ({"sort": "distance"}, "sort"),
        ({"cursor": "'; DROP TABLE"}, "cursor"),
        ({"place": "x\x00y"}, "place"),
        ({"colour": "green"}, "colour"),
    ],
)
def test_bad_input_is_400_and_names_its_field(client: Client, parameters: dict[str, str], attr: str) -> None:
    response = client.get("/api/v1/search/", parameters)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == attr


def test_pins_and_suggestions(client: Client) -> None:
    ListingFactory.create_batch(3)
    assert len(client.get("/api/v1/search/pins/?guests=2").json()["results"]) == 3
    (city,) = client.get("/api/v1/places/?q=bos").json()["results"]
    assert city == {"text": "Boston", "kind": "city", "count": 3}


def test_groups_for_a_map_have_bounds_and_the_lowest_price(client: Client) -> None:
    ListingFactory(rate_plan__base_price_minor=9_000)
    ListingFactory()
    answer = client.get("/api/v1/search/clusters/", {"zoom": "11"}).json()
    (group,) = answer["results"]
    assert (answer["count"], group["count"]) == (2, 2)
    assert group["bounds"] == [-71.08, 42.35, -71.08, 42.35]
    assert group["price_from"] == {"amount": "90.00", "currency": "USD"}
    assert group["listing_id"] is None
    assert client.get("/api/v1/search/clusters/", {"zoom": "23"}).status_code == 400
    assert client.get("/api/v1/search/clusters/", {"place": "Atlantis"}).json() == {"count": 0, "results": []}


def test_suggestions_name_places_and_properties(client: Client) -> None:
    ListingFactory(title="Bostonian Suite", slug="suite")
    answer = client.get("/api/v1/suggestions/", {"q": "bost"}).json()
    assert answer == {
        "results": [
            {"text": "Boston", "kind": "city", "count": 1, "slug": None},
            {"text": "Bostonian Suite", "kind": "property", "count": 1, "slug": "suite"},
        ],
        "did_you_mean": [],
    }
    assert client.get("/api/v1/suggestions/").status_code == 400
    assert client.get("/api/v1/suggestions/", {"q": "bosotn"}).json()["did_you_mean"][0]["text"] == "Boston"
