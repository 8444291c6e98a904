import pytest
from django.test import Client

from freehold.properties.models import Listing
from tests.factories import AmenityFactory, CategoryFactory, ListingFactory, PictureFactory

pytestmark = pytest.mark.django_db


def test_a_listing_is_found_by_id_and_by_slug(client: Client) -> None:
    listing = ListingFactory(property__amenities=[AmenityFactory(code="wifi")], property__pictures=[PictureFactory()])
    by_id = client.get(f"/api/v1/listings/{listing.pk}/").json()
    by_slug = client.get(f"/api/v1/listings/{listing.slug}/").json()
    assert by_id == by_slug
    assert by_id["amenities"] == [{"code": "wifi", "name": by_id["amenities"][0]["name"]}]
    assert by_id["pictures"][0]["urls"]["400"].startswith("http://testserver/")


def test_a_listing_says_whether_its_host_answers_first(client: Client) -> None:
    asked = ListingFactory(acceptance=Listing.Acceptance.REQUEST)
    at_once = ListingFactory()
    assert client.get(f"/api/v1/listings/{asked.pk}/").json()["acceptance"] == "request"
    assert client.get(f"/api/v1/listings/{at_once.pk}/").json()["acceptance"] == "instant"


@pytest.mark.parametrize("key", ["nowhere", "01890000-0000-7000-8000-000000000000", "..", "%00"])
def test_an_unknown_listing_is_404_in_the_one_shape(client: Client, key: str) -> None:
    response = client.get(f"/api/v1/listings/{key}/")
    assert response.status_code == 404
    assert set(response.json()) == {"type", "errors"}


def test_what_is_not_published_does_not_exist(client: Client) -> None:
    hidden = ListingFactory(status=Listing.Status.DRAFT)
    assert client.get(f"/api/v1/listings/{hidden.slug}/").status_code == 404
    assert client.get("/api/v1/listings/").json()["results"] == []


def test_a_page_of_listings_costs_the_same_however_long(client: Client, django_assert_max_num_queries: object) -> None:
    picture = PictureFactory()
    ListingFactory.create_batch(12, property__pictures=[picture])
    with django_assert_max_num_queries(7):  # type: ignore[operator]
        page = client.get("/api/v1/listings/?page_size=10").json()
    assert len(page["results"]) == 10
    assert page["next"]


def test_categories_come_as_a_tree(client: Client) -> None:
    homes = CategoryFactory(name="Homes", slug="homes")
    CategoryFactory(name="Lofts", slug="lofts", parent=homes)
    (root,) = client.get("/api/v1/categories/").json()["results"]
    assert (root["slug"], root["children"][0]["slug"]) == ("homes", "lofts")
