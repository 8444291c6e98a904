"""Places like the one on the page: the row below it, and what is offered when the chosen dates are taken."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.properties.models import Listing
from tests.factories import CategoryFactory, ListingFactory, PictureFactory, UserFactory
from tests.support.booked import hold
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

MOST_QUERIES = 16


@pytest.fixture
def listing() -> Listing:
    return ListingFactory(title="Flat by the river", property__category=CategoryFactory(name="Loft"))


@pytest.fixture
def other(listing: Listing) -> Listing:
    return ListingFactory(
        title="Next house",
        property__category=listing.property.category,
        property__latitude=42.3536,
        property__pictures=[PictureFactory()],
    )


def wish() -> dict[str, Any]:
    return {"check_in": in_days(30), "check_out": in_days(33), "adults": 2}


def part(client: Client, name: str, listing: Listing, wish: dict[str, Any] | None = None) -> Any:
    return client.get(reverse(f"site:{name}", args=[listing.slug]), wish or {})


def test_a_row_of_similar_places_says_why(client: Client, listing: Listing, other: Listing) -> None:
    page = part(client, "similar", listing).text
    assert "Similar places" in page
    assert "Next house" in page
    assert "Also a loft in Back Bay, 0.4\u00a0km away, about the same price" in page
    assert "Flat by the river" not in page


def test_with_dates_the_row_is_of_what_is_free_then_and_keeps_the_dates(
    client: Client, listing: Listing, other: Listing
) -> None:
    page = part(client, "similar", listing, wish()).text
    assert "free on your dates" in page
    assert "$300" in page
    assert f"/places/{other.slug}/?check_in={in_days(30)}" in page
    hold(other)
    assert "Next house" not in part(client, "similar", listing, wish()).text


def test_nothing_alike_is_nothing_shown(client: Client, listing: Listing) -> None:
    assert part(client, "similar", listing).text.strip() == ""


def test_the_page_asks_for_its_row_with_the_dates_that_it_shows(client: Client, listing: Listing) -> None:
    page = part(client, "place", listing, {"check_in": in_days(30), "check_out": in_days(33), "guests": 2}).text
    assert f"/places/{listing.slug}/similar/?check_in={in_days(30)}&amp;check_out={in_days(33)}&amp;adults=2" in page


def test_taken_dates_lead_to_places_that_are_free(client: Client, listing: Listing, other: Listing) -> None:
    hold(listing)
    box = part(client, "price", listing, wish()).text
    assert "These nights are not all free" in box
    assert f"/places/{listing.slug}/instead/?check_in={in_days(30)}" in box
    # Without a script the link leads there.
    assert f'href="/search/?place=Boston&amp;check_in={in_days(30)}&amp;check_out={in_days(33)}&amp;guests=2"' in box
    offered = part(client, "instead", listing, wish()).text
    assert "Free on your dates nearby" in offered
    assert "Next house" in offered


def test_who_comes_too_late_is_led_on_too(client: Client, listing: Listing, other: Listing) -> None:
    client.force_login(UserFactory())
    expected = str(part(client, "price", listing, wish()).context["price"].total.minor)
    hold(listing)
    response = client.post(reverse("site:hold"), {**wish(), "place": listing.slug, "expected": expected})
    assert response.status_code == 409
    assert f"/places/{listing.slug}/instead/?check_in={in_days(30)}" in response.text


def test_free_dates_offer_nothing_instead(client: Client, listing: Listing, other: Listing) -> None:
    assert "/instead/" not in part(client, "price", listing, wish()).text


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"check_in": "soon", "check_out": "later", "adults": "many"},
        {"check_in": "2027-02-01", "check_out": "2029-02-01", "adults": "2"},
        {"check_in": "2020-02-01", "check_out": "2020-02-04", "adults": "2"},
        {"check_in": "2027-02-01", "check_out": "2027-02-04", "adults": "\u0664", "children": "x"},
        {"adults": "9" * 5000},
    ],
)
def test_an_edited_address_is_no_error(client: Client, listing: Listing, other: Listing, odd: dict[str, str]) -> None:
    for name in ("similar", "instead"):
        assert part(client, name, listing, odd).status_code == 200
    assert "Next house" not in part(client, "instead", listing, odd).text


def test_what_is_not_published_is_not_there(client: Client, listing: Listing) -> None:
    Listing.objects.company(listing.company_id).update(status=Listing.Status.PAUSED)
    assert part(client, "similar", listing).status_code == part(client, "instead", listing).status_code == 404


def test_the_parts_cost_few_queries(client: Client, listing: Listing, django_assert_max_num_queries: Any) -> None:
    category = listing.property.category
    ListingFactory.create_batch(6, property__category=category, property__pictures=[PictureFactory()])
    with django_assert_max_num_queries(5):
        assert len(part(client, "similar", listing).context["cards"]) == 4
    with django_assert_max_num_queries(10):
        assert len(part(client, "instead", listing, wish()).context["cards"]) == 3
    hold(listing)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert part(client, "place", listing, wish()).status_code == 200
