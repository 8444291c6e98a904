"""Every page of the site: accessible, silent and no wider than a phone, in light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from freehold.api.chapters import CHAPTERS
from tests.browser.conftest import Dates, Visit
from tests.browser.visitor import Visitor
from tests.support.guest import PASSWORD, minor
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


class Stays:
    """One guest's bookings, one in each state, and the guest's browser session."""

    def __init__(self, house: House, browser: Browser) -> None:
        house.wait_until_ready()
        self.guest = house.guest()
        self.held = self._named(self.guest.hold(house.place()))
        self.confirmed = self.guest.confirmed(house.place(), arrive_in=40)
        self.cancelled = self.guest.confirmed(house.place(), arrive_in=50)
        self.refund = self.guest.post(f"/bookings/{self.cancelled['id']}/cancel/")["refund"]
        self.guest.until_refunded(self.cancelled)
        self.gateway_page = self.guest.pay(self.held)["next_action"]["url"]
        me = Visitor(browser.new_context(), house.site)
        me.go("/accounts/login/?next=/trips/")
        me.sign_in(self.guest.email, PASSWORD)
        expect(me.page.get_by_role("heading", name="Trips", exact=True)).to_be_visible()
        self.session: Any = me.context.storage_state()
        me.context.close()

    def _named(self, booking: dict[str, Any]) -> dict[str, Any]:
        return self.guest.post(f"/bookings/{booking['id']}/guests/", {"guests": [{"name": "Ada"}]})

    def fill(self, path: str) -> str:
        return path.format(
            held=self.held["id"],
            confirmed=self.confirmed["reference"],
            cancelled=self.cancelled["reference"],
            held_place=self.held["items"][0]["listing_id"],
        )


@pytest.fixture(scope="module")
def stays(house: House, browser: Browser) -> Iterator[Stays]:
    made = Stays(house, browser)
    yield made
    made.guest.close()


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "A good place to stay"),
        ("/search/?place=Atlantis", "0 places in Atlantis"),
        ("/accounts/login/", "Sign in"),
        ("/accounts/signup/", "Create an account"),
        ("/accounts/password/reset/", "Forgot your password?"),
        ("/accounts/password/reset/key/1-wrong/", "This link does not work any more"),
        ("/accounts/confirm-email/wrong/", "This link does not work any more"),
        ("/dev/mailbox/", "Mailbox"),
        ("/nowhere/", "This page is not here"),
    ],
)
def test_an_open_page_is_good(visit: Visit, path: str, heading: str) -> None:
    me = visit()
    page = me.go(path)
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    me.assert_page_is_good()


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/book/{held}/guests/", "Who is coming"),
        ("/book/{held}/review/", "Review your booking"),
        ("/book/{held}/pay/", "Pay $300.00"),
        ("/trips/", "Trips"),
        ("/trips/{confirmed}/", "Listing"),
        ("/trips/{confirmed}/confirmed/", "You are confirmed"),
        ("/trips/{confirmed}/cancel/", "Cancel this trip?"),
        ("/trips/{cancelled}/", "Listing"),
        ("/accounts/email/", "Email Addresses"),
    ],
)
def test_a_guests_page_is_good(visit: Visit, stays: Stays, path: str, heading: str) -> None:
    me = visit(storage_state=stays.session)
    page = me.go(stays.fill(path))
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    me.assert_page_is_good()


def test_the_results_are_good_with_their_map_and_filters_open(visit: Visit, dates: Dates) -> None:
    me = visit()
    page = me.go(f"/search/?place=Boston&{dates.query}")
    expect(page.locator("fh-map .pin").first).to_be_visible()
    page.locator("summary").filter(has_text="Amenities").click()
    me.assert_page_is_good()


def test_a_place_is_good_with_its_price_and_amenities_open(visit: Visit, dates: Dates) -> None:
    me = visit()
    page = me.go(f"/search/?place=Boston&{dates.query}")
    page.locator("article.place:has(img)").first.get_by_role("link").click()
    page.locator("#price-box details.line").first.locator("summary").click()
    page.locator("#where").scroll_into_view_if_needed()
    expect(page.locator("fh-map canvas")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("button", name=re.compile("^All .* amenities")).click()
    me.assert_page_is_good()


def test_the_gateways_page_is_good(visit: Visit, stays: Stays) -> None:
    me = visit()
    me.page.goto(stays.gateway_page)
    me.assert_page_is_good()


def test_a_cancelled_trip_shows_the_refund_that_was_promised(visit: Visit, stays: Stays) -> None:
    me = visit(storage_state=stays.session)
    page = me.go(stays.fill("/trips/{cancelled}/"))
    refunded = page.locator(".line-plain").filter(has_text="Refunded").locator(".money")
    expect(refunded).to_have_text(f"${minor(stays.refund) / 100:,.2f}")


def test_list_and_map_follow_each_other(visit: Visit, dates: Dates) -> None:
    me = visit()
    page = me.go(f"/search/?place=Boston&{dates.query}")
    expect(page.locator("fh-map .pin").first).to_be_visible()
    listed = page.locator("#results .place").first
    listed.hover()
    expect(listed).to_have_class(re.compile("is-lit"))
    page.mouse.move(1150, 500)
    page.mouse.down()
    page.mouse.move(1050, 450, steps=5)
    page.mouse.up()
    page.wait_for_url("**bbox=**")
    expect(page.get_by_role("heading", level=1)).to_contain_text("on this map")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("on this map")


def test_the_price_follows_the_dates_that_are_picked(visit: Visit, house: House, dates: Dates) -> None:
    me = visit()
    page = me.go(f"/places/{house.place()}/?{dates.query}")
    expect(page.locator("#price-box .line-total")).to_contain_text("$300.00")
    page.locator(f'.day[data-date="{dates.check_in}"]').click()
    expect(page.locator("[data-explains]")).to_contain_text("Now choose the day you leave.")
    page.locator(f'.day[data-date="{dates.check_in + timedelta(days=1)}"]').click()
    expect(page.locator("#price-box .line-total")).to_contain_text("$100.00")


def test_the_chosen_appearance_is_kept(visit: Visit) -> None:
    me = visit()
    page = me.go("/")
    page.get_by_label("Account and appearance").click()
    page.get_by_role("button", name="Dark").click()
    me.go("/search/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_mistake_in_a_form_is_told_beside_the_field_and_in_the_summary(visit: Visit, stays: Stays) -> None:
    me = visit(storage_state=stays.session)
    page = me.go(stays.fill("/book/{held}/guests/"))
    page.get_by_label("Your name").fill("")
    page.get_by_role("button", name="Go on to review").click()
    expect(page.locator(".error-summary")).to_be_focused()
    me.assert_page_is_good()


@pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/swagger-ui/", "/api/schema/redoc/"])
def test_the_reference_has_all_its_chapters_and_nothing_of_it_comes_from_elsewhere(
    house: House, browser: Browser, path: str
) -> None:
    house.wait_until_ready()
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(house.site + path)
    for chapter in CHAPTERS:
        expect(page.get_by_text(chapter["name"], exact=True).first).to_be_attached(timeout=60_000)
    elsewhere = [url for url in asked if not url.startswith((house.site, "data:", "blob:"))]
    # Redoc would like to show its makers' picture; the content policy refuses.
    assert [url for url in elsewhere if "cdn.redoc.ly" not in url] == []
    assert problems == []
    context.close()
