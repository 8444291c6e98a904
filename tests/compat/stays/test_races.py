"""Several people want the same at one moment through the stays API."""

from collections.abc import Callable
from typing import Any

import pytest

from freehold.bookings.models import Booking
from freehold.core.actor import Actor
from freehold.inventory.models import Claim
from freehold.properties.services.archive_property import archive_property, restore_property
from freehold.properties.services.publish_listing import pause_listing, publish_listing
from tests.compat.stays.browser import Browser, only_error, signed_in
from tests.factories import ListingFactory, MembershipFactory, UserFactory, unit_type_listing
from tests.support.duel import duel
from tests.support.promises import broken_promises
from tests.support.stays import in_days

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

GUESTS = 6
ROUNDS = 6


def wants(browser: Browser, listing: Any) -> Callable[[], Any]:
    body = {"listing": listing.serial, "check_in": str(in_days(30)), "check_out": str(in_days(33)), "guests": 2}
    return lambda: browser.send("post", "stay/bookings/", body)


@pytest.mark.parametrize("terms", ["at_property", "online"])
@pytest.mark.parametrize("units", [1, 2])
def test_at_one_moment_as_many_get_the_nights_as_there_are_places(terms: str, units: int) -> None:
    make = ListingFactory if units == 1 else lambda **options: unit_type_listing(units=units, **options)
    listing = make(payment_terms=terms)
    guests = [signed_in(UserFactory()) for _ in range(GUESTS)]
    outcomes = duel(*[wants(guest, listing) for guest in guests])
    assert [outcome.error for outcome in outcomes] == [None] * GUESTS
    answers = [outcome.value for outcome in outcomes]
    assert sorted(answer.status_code for answer in answers) == [201] * units + [409] * (GUESTS - units)
    assert {only_error(answer)["code"] for answer in answers if answer.status_code == 409} == {"unavailable"}
    assert Booking.objects.system("test").count() == units
    assert broken_promises() == []


@pytest.mark.parametrize("other", ["archive", "publish", "withdraw"])
def test_a_change_and_another_of_the_same_place_wait_for_each_other(other: str) -> None:
    member = MembershipFactory(role="host")
    actor = Actor.of(member.user)
    listing = ListingFactory(company=member.company)
    browser = signed_in(member.user)
    place = {"title": "New", "city": "Boston", "country": "US", "price_per_night": "10.00", "max_guests": 2}
    address = f"stay/listings/{listing.serial}/"
    others: dict[str, Callable[[], Any]] = {
        "archive": lambda: archive_property(actor=actor, property_id=listing.property_id),
        "publish": lambda: publish_listing(actor=actor, listing_id=listing.pk),
        "withdraw": lambda: pause_listing(actor=actor, listing_id=listing.pk),
    }
    for _ in range(ROUNDS):
        offer(listing)
        changed, done = duel(lambda: browser.send("put", address, {**place, "description": "x"}), others[other])
        assert done.won, repr(done.error)
        # Withdrawn before it was looked at, or while it was written: it is not there.
        assert changed.value.status_code in {200, 404}, changed.value.content


def offer(listing: Any) -> None:
    system = Actor.system("test")
    restore_property(actor=system, property_id=listing.property_id)
    publish_listing(actor=system, listing_id=listing.pk)


def test_overlapping_nights_at_one_moment_confirm_one_booking() -> None:
    listing = ListingFactory(payment_terms="at_property")
    guests = [signed_in(UserFactory()) for _ in range(GUESTS)]

    def wants_from(browser: Browser, first: int) -> Callable[[], Any]:
        stay = {"check_in": str(in_days(30 + first)), "check_out": str(in_days(40 + first))}
        return lambda: browser.send("post", "stay/bookings/", {"listing": listing.serial, **stay, "guests": 1})

    outcomes = duel(*[wants_from(guest, place) for place, guest in enumerate(guests)])
    assert sorted(outcome.value.status_code for outcome in outcomes) == [201] + [409] * (GUESTS - 1)
    assert Claim.objects.company(listing.company_id).count() == 1
    assert broken_promises() == []
