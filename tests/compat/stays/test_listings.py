"""Listings of the stays API: found by nights, read by number, written by administrators."""

from typing import Any

import pytest
from django.test import Client

from freehold.core.actor import Actor
from freehold.inventory.services.block_dates import block_dates
from freehold.properties.models import StayRestriction
from tests.compat.stays.browser import only_error
from tests.factories import (
    AmenityFactory,
    CompanyFactory,
    ListingFactory,
    PictureFactory,
    unit_type_listing,
    whole_property_listing,
)
from tests.support.booked import confirmed, hold
from tests.support.slots import slot_listing
from tests.support.stays import in_days, let_the_hold_lapse

pytestmark = pytest.mark.django_db

URL = "/api/stay/listings/"


def numbers(client: Client, **query: Any) -> list[int]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


def nights(arrive_in: int = 30, count: int = 3) -> dict[str, str]:
    return {"check_in": str(in_days(arrive_in)), "check_out": str(in_days(arrive_in + count))}


def test_a_listing_says_what_it_is_where_it_is_and_what_it_costs(client: Client) -> None:
    listing = ListingFactory(
        title="Owl nest",
        rate_plan__base_price_minor=12_345,
        property__description="Quiet.",
        property__street="1 Elm Street",
        property__postal_code="02116",
        property__amenities=[AmenityFactory(code="wifi")],
        property__pictures=[PictureFactory()],
    )
    answer = client.get(f"{URL}{listing.serial}/").json()
    place = listing.property
    assert answer.pop("created_at") <= answer.pop("updated_at")
    [image] = answer.pop("images")
    assert image["image"].startswith("http://testserver/")
    assert image["caption"] == "View 0"
    assert answer == {
        "id": listing.serial,
        "title": "Owl nest",
        "description": "Quiet.",
        "address": "1 Elm Street",
        "city": "Boston",
        "state": "Massachusetts",
        "country": "US",
        "postal_code": "02116",
        "latitude": 42.35,
        "longitude": -71.08,
        "price_per_night": "123.45",
        "currency": "USD",
        "max_guests": 4,
        "bedrooms": 2,
        "beds": 2,
        "bathrooms": "1.0",
        "amenities": ["wifi"],
        "category": place.category.slug,
        "payment_terms": "online",
        "check_in_time": "15:00",
        "check_out_time": "11:00",
        "host": listing.company.name,
        "company": listing.company.slug,
    }
    assert client.get(URL).json()["results"][0] == client.get(f"{URL}{listing.serial}/").json()


def test_the_list_has_what_is_let_by_the_night_whatever_its_currency_and_nothing_else(client: Client) -> None:
    first = ListingFactory()
    rupees = ListingFactory(currency="INR")
    house = whole_property_listing()
    slot_listing()
    ListingFactory(status="draft")
    ListingFactory(property__status="draft")
    ListingFactory(company__is_active=False)
    ListingFactory(rate_plan=None)
    assert numbers(client) == [house.serial, rupees.serial, first.serial]


def test_with_dates_only_what_is_free_for_all_of_these_nights_is_listed(client: Client) -> None:
    free, booked, held, blocked, typed = (
        ListingFactory(),
        ListingFactory(),
        ListingFactory(),
        ListingFactory(),
        unit_type_listing(units=2),
    )
    confirmed(booked, arrive_in=31, nights=1)
    hold(held, arrive_in=31, nights=1)
    block_dates(actor=Actor.system("test"), listing_id=blocked.pk, check_in=in_days(32), check_out=in_days(33))
    confirmed(typed, arrive_in=31, nights=1)
    assert set(numbers(client)) == {each.serial for each in (free, booked, held, blocked, typed)}
    assert set(numbers(client, **nights())) == {free.serial, typed.serial}
    confirmed(typed, arrive_in=31, nights=1)
    assert numbers(client, **nights()) == [free.serial]
    # Beside what is taken it is free; and a hold that is over is in nobody's way.
    assert booked.serial in numbers(client, **nights(32, 2))
    assert booked.serial in numbers(client, **nights(30, 1))
    let_the_hold_lapse()
    assert set(numbers(client, **nights())) == {free.serial, held.serial}


def test_with_dates_the_rules_of_each_listing_count(client: Client) -> None:
    plain = ListingFactory()
    ListingFactory(min_nights=4)
    ListingFactory(max_nights=2)
    ListingFactory(booking_window_days=10)
    ListingFactory(arrival_weekdays=[(in_days(30).weekday() + 1) % 7])
    closed = ListingFactory()
    StayRestriction.objects.create(
        listing=closed, dates=(in_days(29), in_days(31)), is_closed_to_arrival=True, label="Fair"
    )
    assert numbers(client, **nights()) == [plain.serial]
    assert numbers(client, **nights(-3, 2)) == []


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ({"check_in": "2027-01-01"}, "check_out"),
        ({"check_out": "2027-01-01"}, "check_in"),
        ({"check_in": "2027-01-02", "check_out": "2027-01-02"}, "check_out"),
        ({"check_in": "2027-01-02", "check_out": "2027-01-01"}, "check_out"),
        ({"check_in": "2027-01-01", "check_out": "2029-01-01"}, "check_out"),
        ({"check_in": "1/2/2027", "check_out": "2027-01-01"}, "check_in"),
        ({"check_in": "2027-02-30", "check_out": "2027-03-01"}, "check_in"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "ten"}, "page_size"),
    ],
)
def test_odd_dates_and_sizes_are_refused_with_their_field(client: Client, query: dict[str, str], attr: str) -> None:
    response = client.get(URL, query)
    assert response.status_code == 400
    assert only_error(response)["attr"] == attr


def test_parameters_that_are_not_known_are_left_aside(client: Client) -> None:
    listing = ListingFactory()
    assert numbers(client, ordering="-price", _="1700000000") == [listing.serial]


def test_the_list_comes_in_numbered_pages(client: Client) -> None:
    made = [ListingFactory().serial for _ in range(5)]
    first = client.get(URL, {"page_size": 2, **nights()}).json()
    assert (first["count"], first["previous"]) == (5, None)
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert third["next"] is None
    assert client.get(third["previous"]).json() == second
    assert client.get(second["previous"]).json()["results"] == first["results"]
    assert [row["id"] for page in (first, second, third) for row in page["results"]] == made[::-1]
    assert len(numbers(client, page_size=1000)) == 5
    for page in ("4", "0", "-1", "x", "", "9" * 30, "٣"):
        response = client.get(URL, {"page_size": 2, "page": page})
        assert (response.status_code, only_error(response)["code"]) == (404, "invalid_page"), page


def test_an_empty_list_has_one_page(client: Client) -> None:
    assert client.get(URL).json() == {"count": 0, "next": None, "previous": None, "results": []}
    assert client.get(URL, nights()).json()["count"] == 0


@pytest.mark.parametrize("query", [{}, {"check_in": 30, "check_out": 33}])
def test_a_page_costs_the_same_however_many_listings_it_shows(
    client: Client, query: dict[str, int], django_assert_max_num_queries: Any
) -> None:
    company = CompanyFactory()
    for index in range(4):
        many = {"property__amenities": [AmenityFactory()], "property__pictures": [PictureFactory(), PictureFactory()]}
        ListingFactory(company=company, **many)
        whole_property_listing(units=3, property__title=f"House {index}")
        unit_type_listing(units=2)
    dates = {name: str(in_days(days)) for name, days in query.items()}
    numbers(client, **dates)
    with django_assert_max_num_queries(9):
        assert len(numbers(client, **dates)) == 12


@pytest.mark.parametrize("serial", ["0", "999999999", "9" * 19, "9" * 40])
def test_a_number_that_nothing_has_is_not_found(client: Client, serial: str) -> None:
    assert client.get(f"{URL}{serial}/").status_code == 404


@pytest.mark.parametrize("key", ["x", "-1", "1.5", "%20"])
def test_what_is_no_number_is_not_found(client: Client, key: str) -> None:
    assert client.get(f"{URL}{key}/").status_code == 404


def test_what_is_not_published_or_not_let_by_the_night_is_not_found(client: Client) -> None:
    for listing in (ListingFactory(status="draft"), slot_listing(), ListingFactory(rate_plan=None)):
        assert client.get(f"{URL}{listing.serial}/").status_code == 404


def test_an_unchanged_list_is_not_sent_again(client: Client) -> None:
    ListingFactory()
    first = client.get(URL)
    assert client.get(URL, headers={"If-None-Match": first["ETag"]}).status_code == 304
