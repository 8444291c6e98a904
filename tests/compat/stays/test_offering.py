"""Administrators write listings through the stays API: offer, describe anew, withdraw."""

from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.companies.models import Company
from freehold.pricing.models import CancellationPolicy, RatePlan
from freehold.properties.models import Listing, Property
from tests.compat.stays.browser import Browser, only_error, signed_in
from tests.compat.stays.test_listings import URL, nights, numbers
from tests.factories import (
    AmenityFactory,
    CategoryFactory,
    CompanyFactory,
    ListingFactory,
    MembershipFactory,
    UserFactory,
)
from tests.support.booked import hold

pytestmark = pytest.mark.django_db

PLACE = {
    "title": "Brownstone",
    "description": "Two bright rooms.",
    "city": "Boston",
    "country": "US",
    "price_per_night": "180.00",
    "max_guests": 3,
}


@pytest.fixture
def host() -> Browser:
    """Works in one company; there is a category, and Boston is known."""
    ListingFactory()
    return signed_in(MembershipFactory(role="host").user)


def at(serial: int) -> str:
    return f"stay/listings/{serial}/"


def test_an_administrator_offers_a_place_and_it_can_be_booked_at_once(host: Browser) -> None:
    answer = host.send("post", "stay/listings/", PLACE)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert {name: made[name] for name in PLACE} == PLACE
    assert (made["currency"], made["payment_terms"], made["images"]) == ("USD", "at_property", [])
    assert made["id"] in numbers(Client(), **nights())
    wanted = {"listing": made["id"], **nights(), "guests": 3}
    booked = signed_in(UserFactory()).send("post", "stay/bookings/", wanted)
    assert booked.status_code == 201, booked.content
    assert (booked.json()["status"], booked.json()["total_price"]) == ("confirmed", "540.00")


def test_a_place_takes_what_else_is_said_about_it(host: Browser) -> None:
    AmenityFactory(code="wifi")
    CategoryFactory(slug="lofts")
    said = {
        "address": "1 Elm Street",
        "state": "Maine",
        "city": "Portland",
        "country": "United States",
        "postal_code": "04101",
        "latitude": 43.66,
        "longitude": "-70.25",
        "price_per_night": 99.95,
        "currency": "EUR",
        "bedrooms": 0,
        "beds": 3,
        "bathrooms": 1.5,
        "amenities": ["wifi"],
        "category": "lofts",
        "payment_terms": "online",
    }
    made = host.send("post", "stay/listings/", {**PLACE, **said}).json()
    assert {name: made[name] for name in said} == {
        **said,
        "country": "US",
        "longitude": -70.25,
        "price_per_night": "99.95",
        "bathrooms": "1.5",
    }
    place = Property.objects.published().get(title="Brownstone")
    assert place.time_zone == "America/New_York"


def test_in_a_city_with_other_places_a_new_one_is_amid_them(host: Browser) -> None:
    made = host.send("post", "stay/listings/", {**PLACE, "city": "boston"}).json()
    assert (made["latitude"], made["longitude"]) == (42.35, -71.08)
    new = host.send("post", "stay/listings/", {**PLACE, "city": "Reykjavik", "country": "IS"})
    assert new.status_code == 400
    assert {item["attr"] for item in new.json()["errors"]} == {"latitude", "longitude"}


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"city": None}, "city"),
        ({"country": "Atlantis"}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"price_per_night": -1}, "price_per_night"),
        ({"price_per_night": "1e3"}, "price_per_night"),
        ({"price_per_night": "10.001"}, "price_per_night"),
        ({"price_per_night": 10**12}, "price_per_night"),
        ({"price_per_night": None}, "price_per_night"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "dollars"}, "currency"),
        ({"max_guests": 0}, "max_guests"),
        ({"max_guests": 1001}, "max_guests"),
        ({"bathrooms": "1.3"}, "bathrooms"),
        ({"amenities": ["no such thing"]}, "amenities"),
        ({"category": "no-such-thing"}, "category"),
        ({"payment_terms": "barter"}, "payment_terms"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"company": "no-such-company"}, "company"),
    ],
)
def test_what_is_wrong_with_a_place_is_told_by_its_field_and_nothing_is_made(
    host: Browser, changes: dict[str, Any], attr: str
) -> None:
    before = Property.objects.system("test").count(), Listing.objects.system("test").count()
    answer = host.send("post", "stay/listings/", {**PLACE, **changes})
    assert answer.status_code == 400, answer.content
    assert {item["attr"] for item in answer.json()["errors"]} == {attr}
    assert (Property.objects.system("test").count(), Listing.objects.system("test").count()) == before


def test_a_new_company_gets_a_usual_policy_of_cancellation_once(host: Browser) -> None:
    first, second = (host.send("post", "stay/listings/", PLACE).json() for _ in range(2))
    company = Company.objects.get(slug=first["company"])
    assert company.slug == second["company"]
    policy = CancellationPolicy.objects.company(company.pk).get()
    assert policy.tiers == [{"hours_before": 24, "basis_points": 10_000}]


def test_a_place_that_is_sent_twice_with_one_key_is_made_once(host: Browser) -> None:
    first, again = (host.send("post", "stay/listings/", PLACE, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"


def test_who_administers_several_companies_says_for_which(host: Browser) -> None:
    member = MembershipFactory(role="host")
    other = MembershipFactory(role="host", user=member.user)
    browser = signed_in(member.user)
    assert only_error(browser.send("post", "stay/listings/", PLACE))["attr"] == "company"
    made = browser.send("post", "stay/listings/", {**PLACE, "company": other.company.slug})
    assert (made.status_code, made.json()["company"]) == (201, other.company.slug)
    foreign = browser.send("post", "stay/listings/", {**PLACE, "company": CompanyFactory().slug})
    assert only_error(foreign)["attr"] == "company"


def test_who_administers_several_acts_for_the_one_that_the_operator_named(host: Browser, settings: Any) -> None:
    company = CompanyFactory()
    root, member = UserFactory(), UserFactory()
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    for each in (company, CompanyFactory()):
        MembershipFactory(company=each, user=member, role="admin")
    for user in (root, member):
        browser = signed_in(user)
        settings.OLDER_APIS_COMPANY = ""
        assert only_error(browser.send("post", "stay/listings/", PLACE))["attr"] == "company"
        settings.OLDER_APIS_COMPANY = company.slug
        assert browser.send("post", "stay/listings/", PLACE).json()["company"] == company.slug
    named = signed_in(root).send("post", "stay/listings/", {**PLACE, "company": CompanyFactory().slug})
    assert named.status_code == 201
    # Who works in one company acts for that, whatever is named.
    assert host.send("post", "stay/listings/", PLACE).json()["company"] != company.slug


def test_coordinates_with_many_digits_come_back_as_front_ends_send_them(host: Browser) -> None:
    degrees = {"latitude": 42.351234567891234, "longitude": -71.1e-7}
    made = host.send("post", "stay/listings/", {**PLACE, **degrees})
    assert made.status_code == 201, made.content
    again = host.send("put", at(made.json()["id"]), made.json())
    assert (again.status_code, again.json()["latitude"], again.json()["longitude"]) == (200, 42.351234568, -0.00000711)


def test_an_administrator_describes_a_listing_anew_and_its_bookings_keep_their_price(host: Browser) -> None:
    made = host.send("post", "stay/listings/", {**PLACE, "bedrooms": 3}).json()
    listing = Listing.objects.published().get(serial=made["id"])
    booking = hold(listing, arrive_in=30, nights=3, adults=1)
    was = booking.total_minor
    changes = {"title": "Brownstone II", "price_per_night": "200.00", "max_guests": 5, "description": "Three."}
    # What was shown comes back with it, as front ends do.
    answer = host.send("put", at(made["id"]), {**made, **changes})
    assert answer.status_code == 200, answer.content
    changed = answer.json()
    stamps = {"updated_at": changed["updated_at"]}
    assert changed == {**made, **changes, **stamps}
    assert changed == Client().get(f"{URL}{made['id']}/").json()
    booking.refresh_from_db()
    assert (booking.total_minor, booking.state) == (was, "confirmed")


def test_describing_anew_keeps_what_the_form_does_not_know(host: Browser) -> None:
    member = MembershipFactory(role="host")
    policy = CancellationPolicy.objects.create(company=member.company, name="Strict", tiers=[])
    listing = ListingFactory(
        company=member.company,
        min_nights=2,
        rate_plan__cleaning_fee_minor=4_000,
        rate_plan__weekday_prices=[None, None, None, None, 15_000, 15_000, None],
        rate_plan__stay_discounts=[{"min_nights": 7, "basis_points": 1_000}],
        rate_plan__cancellation_policy=policy,
        property__neighbourhood="Fenway",
    )
    answer = signed_in(member.user).send("put", at(listing.serial), PLACE)
    assert answer.status_code == 200, answer.content
    plan = RatePlan.objects.company(member.company_id).get(listing=listing)
    assert (plan.base_price_minor, plan.cleaning_fee_minor, plan.cancellation_policy) == (18_000, 4_000, policy)
    assert plan.weekday_prices == [None, None, None, None, 15_000, 15_000, None]
    assert plan.stay_discounts == [{"min_nights": 7, "basis_points": 1_000}]
    listing.refresh_from_db()
    assert (listing.title, listing.min_nights, listing.property.neighbourhood) == ("Brownstone", 2, "Fenway")
    assert (listing.payment_terms, listing.max_guests) == ("online", 3)


def test_a_place_that_moves_gets_the_coordinates_and_the_zone_of_where_it_is_now(host: Browser) -> None:
    made = host.send("post", "stay/listings/", PLACE).json()
    moved = {**PLACE, "city": "Lisbon", "country": "PT"}
    assert host.send("put", at(made["id"]), moved).status_code == 400
    answer = host.send("put", at(made["id"]), {**moved, "latitude": "38.72", "longitude": "-9.14"})
    assert (answer.json()["latitude"], answer.json()["longitude"]) == (38.72, -9.14)
    assert Property.objects.published().get(city="Lisbon").time_zone == "Europe/Lisbon"


def test_a_zone_that_the_host_chose_stays_when_the_place_does(host: Browser) -> None:
    made = host.send("post", "stay/listings/", PLACE).json()
    Property.objects.published().filter(title=PLACE["title"]).update(time_zone="America/Puerto_Rico")
    echoed = {**PLACE, "latitude": made["latitude"], "longitude": made["longitude"]}
    assert host.send("put", at(made["id"]), echoed).status_code == 200
    assert Property.objects.published().get(title=PLACE["title"]).time_zone == "America/Puerto_Rico"


def test_one_degree_without_the_other_is_refused(host: Browser) -> None:
    made = host.send("post", "stay/listings/", PLACE).json()
    answer = host.send("put", at(made["id"]), {**PLACE, "latitude": 10})
    assert (answer.status_code, [item["attr"] for item in answer.json()["errors"]]) == (400, ["longitude"])


def test_a_listing_keeps_its_currency_and_a_refused_change_changes_nothing(host: Browser) -> None:
    made = host.send("post", "stay/listings/", PLACE).json()
    for changes, attr in (
        ({"currency": "EUR"}, "currency"),
        ({"price_per_night": "1.001"}, "price_per_night"),
        ({"amenities": ["no such thing"], "title": "New"}, "amenities"),
        ({"bathrooms": "0.3", "title": "New"}, "bathrooms"),
    ):
        refused = host.send("put", at(made["id"]), {**PLACE, **changes})
        assert (refused.status_code, only_error(refused)["attr"]) == (400, attr)
    assert Client().get(f"{URL}{made['id']}/").json() == made


def test_withdrawing_a_listing_takes_it_off_the_site_and_leaves_its_bookings(host: Browser) -> None:
    made = host.send("post", "stay/listings/", PLACE).json()
    listing = Listing.objects.published().get(serial=made["id"])
    guest = UserFactory()
    wanted = {"listing": made["id"], **nights(), "guests": 1}
    booked = signed_in(guest).send("post", "stay/bookings/", wanted).json()
    assert host.send("delete", at(made["id"])).status_code == 204
    assert made["id"] not in numbers(Client())
    assert Client().get(f"{URL}{made['id']}/").status_code == 404
    for method, body in (("delete", None), ("put", PLACE)):
        assert host.send(method, at(made["id"]), body).status_code == 404
    refused = signed_in(guest).send("post", "stay/bookings/", {**wanted, **nights(60)})
    assert (refused.status_code, only_error(refused)["attr"]) == (400, "listing")
    assert signed_in(guest).send("get", f"stay/bookings/{booked['id']}/").json() == booked
    assert Booking.objects.system("test").get(serial=booked["id"]).state == "confirmed"
    listing.refresh_from_db()
    assert listing.status == "paused"


def test_guests_may_not_write_and_other_companies_do_not_find_it(host: Browser) -> None:
    listing = ListingFactory()
    guest = signed_in(UserFactory())
    for method, path in (("post", "stay/listings/"), ("put", at(listing.serial)), ("delete", at(listing.serial))):
        assert guest.send(method, path, PLACE).status_code == 403
    for method in ("put", "delete"):
        assert host.send(method, at(listing.serial), PLACE).status_code == 404
    listing.refresh_from_db()
    assert listing.status == "published"
    assert listing.title != PLACE["title"]
