"""A place is put away and taken back; nothing that belongs to it is lost."""

from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client

from freehold.bookings.models import Booking
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, FreeholdError, NotFound
from freehold.inventory.search.page import search
from freehold.properties.models import Listing, Property
from freehold.properties.services.archive_property import archive_property, restore_property
from freehold.properties.services.publish_listing import publish_listing
from tests.apps.inventory.test_search import ask
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import hold

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")


@pytest.fixture
def listing() -> Listing:
    made: Listing = ListingFactory()
    return made


def archive(listing: Listing) -> Property:
    return archive_property(actor=SYSTEM, property_id=listing.property_id)


def status_of(listing: Listing) -> tuple[str, str]:
    fresh = Listing.objects.system("test").select_related("property").get(pk=listing.pk)
    return fresh.property.status, fresh.status


def test_what_is_put_away_is_neither_found_nor_shown_nor_booked(listing: Listing, client: Client) -> None:
    assert [hit.slug for hit in search(ask()).hits] == [listing.slug]
    archive(listing)
    assert status_of(listing) == ("archived", "paused")
    assert not search(ask()).hits
    assert client.get(f"/api/v1/listings/{listing.slug}/").status_code == 404
    with pytest.raises(FreeholdError):
        hold(listing)
    assert not Booking.objects.system("test").exists()


def test_its_bookings_and_its_past_stay(listing: Listing, client: Client) -> None:
    booking = hold(listing)
    archive(listing)
    client.force_login(booking.booker)
    assert client.get(f"/api/v1/bookings/{booking.pk}/").json()["status"] == "held"
    trail = Listing.objects.system("test").get(pk=listing.pk).history.order_by("pgh_id")
    assert [row.status for row in trail][-2:] == ["published", "paused"]


def test_it_is_taken_back_as_a_draft_and_published_again(listing: Listing) -> None:
    archive(listing)
    with pytest.raises(Conflict) as refusal:
        publish_listing(actor=SYSTEM, listing_id=listing.pk)
    assert refusal.value.code == "archived"
    restore_property(actor=SYSTEM, property_id=listing.property_id)
    assert status_of(listing) == ("draft", "paused")
    publish_listing(actor=SYSTEM, listing_id=listing.pk)
    assert [hit.slug for hit in search(ask()).hits] == [listing.slug]


def test_both_may_be_repeated_and_a_place_that_is_there_is_not_taken_back(listing: Listing) -> None:
    restore_property(actor=SYSTEM, property_id=listing.property_id)
    assert status_of(listing) == ("published", "published")
    for _ in range(2):
        archive(listing)
    assert status_of(listing) == ("archived", "paused")


def test_only_people_of_its_company_put_it_away(listing: Listing) -> None:
    for stranger in (Actor.of(UserFactory()), Actor.of(MembershipFactory().user), Actor.anonymous()):
        for change in (archive_property, restore_property):
            with pytest.raises(NotFound):
                change(actor=stranger, property_id=listing.property_id)
    host = Actor.of(MembershipFactory(company=listing.company, role="host").user)
    assert archive_property(actor=host, property_id=listing.property_id).status == "archived"


@pytest.mark.parametrize("row", ["listing", "property", "company", "booker"])
def test_what_a_booking_stands_on_cannot_be_deleted(listing: Listing, row: str) -> None:
    booking = hold(listing)
    rows: dict[str, Any] = {"listing": listing, "property": listing.property, "company": listing.company}
    with pytest.raises(ProtectedError):
        (booking.booker if row == "booker" else rows[row]).delete()


def test_the_api_puts_away_and_takes_back(listing: Listing, client: Client) -> None:
    client.force_login(MembershipFactory(company=listing.company, role="host").user)
    for step, status in (("archive", "archived"), ("restore", "draft")):
        answer = client.post(f"/api/v1/host/properties/{listing.property_id}/{step}/")
        assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert answer.json()["id"] == str(listing.property_id)
