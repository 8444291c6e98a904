"""Bookings of the stays API: booked, seen and cancelled by number; nobody else's business."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.api.compat.stays.bookings import STATUS
from freehold.api.compat.stays.shapes import STATUSES
from freehold.bookings.models import Booking
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.decline_request import decline_request
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.booking_states import BookingState
from freehold.properties.models import Listing
from tests.compat.stays.browser import Browser, only_error, signed_in
from tests.factories import ListingFactory, MembershipFactory, PictureFactory, TaxFactory, UserFactory
from tests.support.booked import SYSTEM, hold, money_comes, open_attempt
from tests.support.slots import a_slot, slot_listing
from tests.support.stays import in_days, let_the_hold_lapse, stay

pytestmark = pytest.mark.django_db

BOOKINGS = "stay/bookings/"


@pytest.fixture
def guest() -> User:
    return UserFactory()


@pytest.fixture
def browser(guest: User) -> Browser:
    return signed_in(guest)


@pytest.fixture
def listing() -> Listing:
    return ListingFactory(payment_terms="at_property")


def wanted(listing: Listing, **changes: Any) -> dict[str, Any]:
    stay = {"check_in": str(in_days(30)), "check_out": str(in_days(33)), "guests": 2}
    return {"listing": listing.serial, **stay, **changes}


def book(browser: Browser, listing: Listing, **changes: Any) -> dict[str, Any]:
    response = browser.send("post", BOOKINGS, wanted(listing, **changes))
    assert response.status_code == 201, response.content
    made: dict[str, Any] = response.json()
    return made


def seen(browser: Browser, booking: dict[str, Any]) -> dict[str, Any]:
    response = browser.send("get", f"{BOOKINGS}{booking['id']}/")
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def row_of(booking: dict[str, Any]) -> Booking:
    found: Booking = Booking.objects.system("test").get(serial=booking["id"])
    return found


# --- booking ---


def test_what_is_paid_at_the_property_is_confirmed_at_once(browser: Browser, listing: Listing) -> None:
    made = book(browser, listing)
    row = row_of(made)
    assert made.pop("created_at")
    assert made.pop("confirmed_at")
    assert made == {
        "id": row.serial,
        "reference": row.reference,
        "listing": listing.serial,
        "listing_title": listing.title,
        "city": "Boston",
        "country": "US",
        "check_in": str(in_days(30)),
        "check_out": str(in_days(33)),
        "nights": 3,
        "guests": 2,
        "status": "confirmed",
        "total_price": "300.00",
        "amount_due": "0.00",
        "currency": "USD",
        "payment_url": None,
        "expires_at": None,
        "cancelled_at": None,
    }
    assert browser.send("get", f"{BOOKINGS}{row.serial}/").json() == browser.send("get", BOOKINGS).json()["results"][0]


def test_what_is_paid_online_waits_for_it_and_says_where(browser: Browser) -> None:
    made = book(browser, ListingFactory())
    row = row_of(made)
    assert (made["status"], made["amount_due"], made["confirmed_at"]) == ("pending", "300.00", None)
    assert made["payment_url"] == f"http://testserver/book/{row.pk}/"
    assert made["expires_at"]
    payment = open_attempt(row)
    assert seen(browser, made)["payment_url"] == made["payment_url"]
    money_comes(payment)
    paid = seen(browser, made)
    assert (paid["status"], paid["amount_due"], paid["payment_url"]) == ("confirmed", "0.00", None)


def test_the_address_to_pay_at_is_the_checkout_of_this_site(guest: User) -> None:
    made = book(signed_in(guest), ListingFactory())
    client = Client()
    client.force_login(guest)
    page = client.get(made["payment_url"].removeprefix("http://testserver"), follow=True)
    assert page.status_code == 200
    assert "Listing" in page.content.decode()


def test_of_a_deposit_only_that_part_is_due(browser: Browser) -> None:
    listing = ListingFactory(payment_terms="deposit", rate_plan__deposit_basis_points=2_000)
    made = book(browser, listing)
    assert (made["status"], made["amount_due"], made["total_price"]) == ("pending", "60.00", "300.00")
    assert made["payment_url"]
    money_comes(open_attempt(row_of(made)))
    assert seen(browser, made)["status"] == "confirmed"


def test_the_total_is_with_fees_and_taxes(browser: Browser) -> None:
    company = ListingFactory().company
    listing = ListingFactory(
        company=company,
        payment_terms="at_property",
        rate_plan__cleaning_fee_minor=5_000,
        rate_plan__taxes=[TaxFactory(company=company)],
    )
    assert book(browser, listing)["total_price"] == "380.00"


def test_who_does_not_say_how_many_come_comes_alone(browser: Browser, listing: Listing) -> None:
    body = wanted(listing)
    del body["guests"]
    made = browser.send("post", BOOKINGS, {**body, "notes": "left aside"})
    assert (made.status_code, made.json()["guests"]) == (201, 1)


def test_taken_nights_are_refused_with_reasons_and_the_nearest_free_ones(browser: Browser, listing: Listing) -> None:
    book(signed_in(UserFactory()), listing)
    refused = browser.send("post", BOOKINGS, wanted(listing, check_in=str(in_days(32)), check_out=str(in_days(34))))
    assert refused.status_code == 409
    error = only_error(refused)
    assert error["code"] == "unavailable"
    assert error["reasons"]
    assert error["alternatives"]
    assert Booking.objects.system("test").count() == 1
    assert book(browser, listing, check_in=str(in_days(33)), check_out=str(in_days(34)))["status"] == "confirmed"


def test_who_is_in_their_own_way_is_told_by_which_booking(browser: Browser) -> None:
    listing = ListingFactory()
    made = book(browser, listing)
    error = only_error(browser.send("post", BOOKINGS, wanted(listing)))
    assert error["own_booking"] == {"reference": made["reference"]}
    assert "own_booking" not in only_error(signed_in(UserFactory()).send("post", BOOKINGS, wanted(listing)))


def test_a_booking_that_is_sent_twice_with_one_key_is_made_once(browser: Browser, listing: Listing) -> None:
    key = {"Idempotency-Key": "k"}
    first, again = (browser.send("post", BOOKINGS, wanted(listing), **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Booking.objects.system("test").count() == 1


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"listing": None}, "listing"),
        ({"listing": "x"}, "listing"),
        ({"listing": 0}, "listing"),
        ({"listing": 999_999_999}, "listing"),
        ({"listing": 2**63 - 1}, "listing"),
        ({"listing": 2**63}, "listing"),
        ({"check_in": None}, "check_in"),
        ({"check_in": "soon"}, "check_in"),
        ({"check_in": "2020-01-01", "check_out": "2020-01-02"}, "check_in"),
        ({"check_out": 30}, "check_out"),
        ({"check_out": 29}, "check_out"),
        ({"check_out": 500}, "check_out"),
        ({"check_in": 2000, "check_out": 2001}, "check_in"),
        ({"guests": 0}, "guests"),
        ({"guests": -1}, "guests"),
        ({"guests": 5}, "guests"),
        ({"guests": "many"}, "guests"),
        ({"guests": 10**12}, "guests"),
    ],
)
def test_what_is_wrong_with_a_booking_is_told_by_its_field(
    browser: Browser, listing: Listing, changes: dict[str, Any], attr: str
) -> None:
    # Whole numbers of dates are days from now.
    dates = {name: str(in_days(changes[name])) for name in ("check_in", "check_out") if type(changes.get(name)) is int}
    refused = browser.send("post", BOOKINGS, {**wanted(listing), **changes, **dates})
    assert refused.status_code == 400, refused.content
    assert {item["attr"] for item in refused.json()["errors"]} == {attr}
    assert not Booking.objects.system("test").exists()


def test_dates_against_a_rule_of_the_listing_come_with_others_that_fit(browser: Browser) -> None:
    error = only_error(browser.send("post", BOOKINGS, wanted(ListingFactory(min_nights=5))))
    assert (error["code"], error["attr"]) == ("min_nights", "check_out")
    assert error["alternatives"]


def test_what_is_not_let_by_the_night_or_not_published_is_no_listing(browser: Browser) -> None:
    for listing in (slot_listing(), ListingFactory(status="draft"), ListingFactory(rate_plan=None)):
        refused = browser.send("post", BOOKINGS, wanted(listing))
        assert (refused.status_code, only_error(refused)["attr"]) == (400, "listing")


def test_nobody_books_without_signing_in(listing: Listing) -> None:
    assert Browser().send("post", BOOKINGS, wanted(listing)).status_code == 401
    assert Browser().send("get", BOOKINGS).status_code == 401


# --- seeing ---


def test_the_list_is_of_ones_own_stays_the_latest_arrival_first(browser: Browser, guest: User) -> None:
    listing = ListingFactory(payment_terms="at_property")
    near = book(browser, listing)
    far = book(browser, listing, check_in=str(in_days(50)), check_out=str(in_days(51)))
    hold(ListingFactory())
    answer = browser.send("get", BOOKINGS).json()
    assert [row["id"] for row in answer["results"]] == [far["id"], near["id"]]
    assert (answer["count"], answer["next"], answer["previous"]) == (2, None, None)
    first = browser.get("/api/stay/bookings/", {"page_size": 1}).json()
    assert [row["id"] for row in first["results"]] == [far["id"]]
    assert [row["id"] for row in browser.get(first["next"]).json()["results"]] == [near["id"]]
    assert browser.get("/api/stay/bookings/", {"page": 3, "page_size": 1}).status_code == 404


def test_bookings_of_other_kinds_are_not_stays(browser: Browser, guest: User) -> None:
    hold_booking(actor=Actor.of(guest), items=[a_slot(slot_listing())])
    assert browser.send("get", BOOKINGS).json()["count"] == 0


def test_a_booking_of_several_rooms_names_the_first_and_counts_everybody(browser: Browser, guest: User) -> None:
    company = ListingFactory().company
    rooms = [ListingFactory(company=company) for _ in range(2)]
    hold_booking(actor=Actor.of(guest), items=[stay(room) for room in rooms])
    [row] = browser.send("get", BOOKINGS).json()["results"]
    assert (row["listing"], row["guests"], row["total_price"]) == (rooms[0].serial, 4, "600.00")


def test_a_page_of_bookings_costs_the_same_however_many_it_shows(
    browser: Browser, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        book(browser, ListingFactory(property__pictures=[PictureFactory()]))
    with django_assert_max_num_queries(15):
        assert len(browser.send("get", BOOKINGS).json()["results"]) == 6


def test_somebody_else_s_booking_is_not_found_and_one_s_company_s_is_shown(listing: Listing) -> None:
    made = book(signed_in(UserFactory()), listing)
    stranger = signed_in(UserFactory())
    outsider = signed_in(MembershipFactory(role="admin").user)
    for browser in (stranger, outsider):
        for method in ("get", "delete"):
            assert browser.send(method, f"{BOOKINGS}{made['id']}/").status_code == 404
    host = signed_in(MembershipFactory(company=listing.company, role="host").user)
    assert host.send("get", f"{BOOKINGS}{made['id']}/").json() == made
    assert host.send("get", BOOKINGS).json()["count"] == 0


@pytest.mark.parametrize("serial", ["0", "999999999", "9" * 19, "9" * 40, "x", "-1"])
def test_a_number_that_no_booking_has_is_not_found(browser: Browser, serial: str) -> None:
    for method in ("get", "delete"):
        assert browser.send(method, f"{BOOKINGS}{serial}/").status_code == 404


def test_every_state_has_its_word() -> None:
    assert {str(state): word for state, word in STATUS.items()} == {
        "requested": "pending",
        "held": "pending",
        "pending_payment": "pending",
        "confirmed": "confirmed",
        "in_house": "confirmed",
        "completed": "completed",
        "expired": "expired",
        "cancelled": "cancelled",
        "declined": "cancelled",
        "no_show": "no_show",
    }
    assert set(STATUS) == set(BookingState)
    assert set(STATUS.values()) == set(STATUSES)


def test_a_hold_that_nobody_paid_is_expired_and_pays_nothing_any_more(browser: Browser) -> None:
    made = book(browser, ListingFactory())
    let_the_hold_lapse()
    gone = signed_in(row_of(made).booker)
    late = seen(gone, made)
    assert (late["status"], late["payment_url"], late["expires_at"], late["amount_due"]) == (
        "expired",
        None,
        None,
        "0.00",
    )


def test_a_request_is_pending_and_is_paid_once_it_is_accepted(browser: Browser) -> None:
    listing = ListingFactory(acceptance="request")
    made = book(browser, listing)
    assert (made["status"], made["payment_url"]) == ("pending", None)
    accept_request(actor=SYSTEM, booking_id=row_of(made).pk)
    accepted = seen(browser, made)
    assert accepted["status"] == "pending"
    assert accepted["payment_url"]
    other = book(browser, listing, check_in=str(in_days(60)), check_out=str(in_days(61)))
    decline_request(actor=SYSTEM, booking_id=row_of(other).pk)
    assert seen(browser, other)["status"] == "cancelled"


# --- cancelling ---


def test_cancelling_gives_the_nights_back_and_may_be_said_twice(browser: Browser, listing: Listing) -> None:
    made = book(browser, listing)
    for _ in range(2):
        answer = browser.send("delete", f"{BOOKINGS}{made['id']}/")
        assert (answer.status_code, answer.content) == (204, b"")
    gone = seen(browser, made)
    assert gone["status"] == "cancelled"
    assert gone["cancelled_at"]
    assert book(signed_in(UserFactory()), listing)["status"] == "confirmed"


def test_cancelling_what_was_paid_gives_back_what_its_terms_say(browser: Browser) -> None:
    made = book(browser, ListingFactory())
    row = row_of(made)
    money_comes(open_attempt(row))
    assert browser.send("delete", f"{BOOKINGS}{made['id']}/").status_code == 204
    row.refresh_from_db()
    assert (row.state, row.refund_minor) == ("cancelled", row.total_minor)


def test_a_stay_that_is_over_cannot_be_cancelled(guest: User, listing: Listing) -> None:
    made = book(signed_in(guest), listing)
    clock.move(timedelta(days=40))
    refused = signed_in(guest).send("delete", f"{BOOKINGS}{made['id']}/")
    assert (refused.status_code, only_error(refused)["code"]) == (409, "not_cancellable")


def test_bookings_are_not_changed_through_this_api(browser: Browser, listing: Listing) -> None:
    made = book(browser, listing)
    for method in ("put", "patch", "post"):
        assert browser.send(method, f"{BOOKINGS}{made['id']}/", {}).status_code == 405
