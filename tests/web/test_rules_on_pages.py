"""What the page of a place says to dates that break a rule: why, and which dates do fit."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import Booking
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UserFactory
from tests.support.slots import exclusive_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


def wish(nights: int, **changes: Any) -> dict[str, Any]:
    return {"check_in": str(in_days(30)), "check_out": str(in_days(30 + nights)), "adults": 2, **changes}


def price_box(client: Client, listing: Listing, asked: dict[str, Any]) -> Any:
    return client.get(reverse("site:price", args=[listing.slug]), asked)


@pytest.mark.parametrize("make", [ListingFactory, exclusive_listing])
def test_a_stay_that_is_too_short_is_offered_the_nearest_that_is_not(client: Client, make: Any) -> None:
    listing = make(min_nights=5)
    box = price_box(client, listing, wish(2))
    assert "Stays here have at least 5 nights." in box.text
    assert "These fit:" in box.text
    offers = box.context["problem"].offers
    assert [str(in_days(30)) in offers[0]["url"], str(in_days(35)) in offers[0]["url"]] == [True, True]
    followed = client.get(offers[0]["partial_url"])
    assert followed.context["price"] is not None
    assert (followed.context["stay"]["check_in"], followed.context["stay"]["check_out"]) == (in_days(30), in_days(35))


def test_other_dates_do_not_help_a_party_that_is_too_large(client: Client) -> None:
    box = price_box(client, ListingFactory(min_nights=5, max_guests=4), wish(2, adults=9))
    assert box.context["problem"].offers == []
    assert "These fit:" not in box.text


def test_dates_of_the_past_offer_what_is_nearest_and_still_to_come(client: Client) -> None:
    listing = ListingFactory()
    asked = {"check_in": str(in_days(-2)), "check_out": str(in_days(1)), "adults": 2}
    offers = price_box(client, listing, asked).context["problem"].offers
    assert client.get(offers[0]["partial_url"]).context["price"] is not None


def test_holding_against_a_rule_shows_the_page_with_the_reason(client: Client) -> None:
    client.force_login(UserFactory())
    listing = ListingFactory(min_nights=5)
    page = client.post(reverse("site:hold"), {**wish(2), "place": listing.slug, "expected": "20000"})
    assert page.status_code == 422
    assert "Stays here have at least 5 nights." in page.text
    assert len(page.context["problem"].offers) == 3
    assert not Booking.objects.system("test").exists()


def test_a_price_that_changed_is_said_and_holds_nothing(client: Client) -> None:
    client.force_login(UserFactory())
    listing = ListingFactory()
    RatePlan.objects.system("test").filter(listing=listing).update(base_price_minor=12_345)
    sent = {**wish(2), "place": listing.slug, "expected": "20000"}
    page = client.post(reverse("site:hold"), sent, follow=True)
    assert "The price has changed while this page was open" in page.text
    assert "$123.45" in page.text
    assert not Booking.objects.system("test").exists()
