"""Homes for sale on the guest site: a list with filters, a page of its own, and no way to book one."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.properties.models import Listing
from tests.factories import CompanyFactory, ListingFactory, PictureFactory
from tests.support.sales import a_home

pytestmark = pytest.mark.django_db

MOST_QUERIES = 10


def listed(client: Client, **query: Any) -> list[str]:
    return [card.title for card in client.get(reverse("site:sales"), query).context["cards"]]


def test_a_home_has_a_page_with_its_facts_and_an_enquiry(client: Client, django_assert_max_num_queries: Any) -> None:
    home = a_home(
        title="House by the lake",
        company=CompanyFactory(name="Evergreen", email="homes@example.com"),
        property__pictures=[PictureFactory()],
        details={"earlier_sales": [{"on": "2014-05-02", "price_minor": 18_000_000}], "has_water_view": True},
    )
    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get(reverse("site:place", args=[home.slug]))
    assert response.status_code == 200
    for words in ("House by the lake", "$450,000", "180 m²", "$2,500", "1955", "$180,000", "Evergreen"):
        assert words in response.text
    assert f"mailto:homes@example.com?subject=Enquiry%3A%20House%20by%20the%20lake%20%28{home.slug}%29" in response.text
    assert reverse("site:hold") not in response.text


def test_a_home_of_few_facts_has_a_page_too(client: Client) -> None:
    home = a_home(
        unit__bedrooms=0,
        unit__bathrooms=0,
        details={"living_area_m2": None, "plot_area_m2": None, "year_built": None, "condition": None, "grade": None},
    )
    response = client.get(reverse("site:place", args=[home.slug]))
    assert response.status_code == 200
    assert "mailto:" not in response.text


def test_without_a_price_or_not_published_it_is_not_there(client: Client) -> None:
    priceless = ListingFactory(mode=Listing.Mode.SALE, rate_plan=None)
    draft = a_home(status=Listing.Status.DRAFT)
    for listing in (priceless, draft):
        assert client.get(reverse("site:place", args=[listing.slug])).status_code == 404


@pytest.mark.parametrize("name", ["price", "calendar", "similar", "instead"])
def test_the_parts_of_a_bookable_page_do_not_break_on_a_home(client: Client, name: str) -> None:
    response = client.get(reverse(f"site:{name}", args=[a_home().slug]))
    assert response.status_code in {200, 404}


def test_nobody_holds_a_home(client: Client) -> None:
    wish = {"place": a_home().slug, "check_in": "2030-01-01", "check_out": "2030-01-03", "adults": 2}
    assert client.post(reverse("site:hold"), wish).status_code in {302, 404}


def test_stays_are_searched_without_homes(client: Client) -> None:
    ListingFactory(title="By the night")
    a_home(title="For ever")
    assert "For ever" not in client.get(reverse("site:search")).text
    assert client.get(reverse("site:home")).status_code == 200


def test_the_list_is_filtered_and_sorted(client: Client) -> None:
    a_home(title="Small", price_minor=20_000_000, unit__bedrooms=1, details={"living_area_m2": 50})
    a_home(title="Large", price_minor=90_000_000, unit__bedrooms=5, property__city="Tacoma")
    assert listed(client) == ["Large", "Small"]
    assert listed(client, sort="price") == ["Small", "Large"]
    assert listed(client, min_price="500000") == ["Large"]
    assert listed(client, bedrooms=2, min_area=60, q="tacoma") == ["Large"]


def test_a_filter_that_cannot_be_read_is_said_beside_its_field(client: Client) -> None:
    a_home(title="Small")
    response = client.get(reverse("site:sales"), {"min_price": "cheap", "bedrooms": "2", "sort": "beauty", "q": "\x00"})
    assert response.status_code == 422
    assert "Enter a number." in response.text
    assert [card.title for card in response.context["cards"]] == ["Small"]
    backwards = client.get(reverse("site:sales"), {"min_price": "9", "max_price": "1"})
    assert "The highest price is below the lowest." in backwards.text


def test_a_list_of_any_length_costs_the_same_and_has_pages(client: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        a_home(title=f"Home {number}")
    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get(reverse("site:sales"))
    assert len(response.context["cards"]) == 24
    assert "30 homes for sale" in response.text
    assert len(listed(client, page=2)) == 6
    assert len(listed(client, page="nonsense")) == 24


def test_an_empty_list_says_so(client: Client) -> None:
    assert "Nothing is for sale right now" in client.get(reverse("site:sales")).text
    a_home()
    assert "No home fits all of this" in client.get(reverse("site:sales"), {"q": "nowhere"}).text
