"""A guest with a browser: from the search to a cancelled trip with its refund, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from tests.cli.running import wait_for
from tests.support.guest import Guest
from tests.support.house import House
from tests.web.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

MONEY = re.compile(r"\$[\d,]+\.\d\d")


@pytest.fixture
def guest(house: House) -> Guest:
    house.wait_until_ready()
    return house.guest()


@pytest.fixture
def visitor(house: House, guest: Guest, browser: Browser) -> Iterator[Visitor]:
    visitor = Visitor(browser, house.site)
    yield visitor
    visitor.close()


def dates(*, ahead: int, nights: int = 3) -> dict[str, str]:
    arrival = (datetime.now(UTC) + timedelta(days=ahead)).date()
    return {"check_in": arrival.isoformat(), "check_out": (arrival + timedelta(days=nights)).isoformat()}


def open_free_place(visitor: Visitor, ahead: int) -> None:
    """By way of the results: these only show what is free."""
    visitor.open(f"/search/?{urlencode({'place': 'Boston', 'guests': 2, **dates(ahead=ahead)})}")
    visitor.look()
    with visitor.page.expect_navigation():
        visitor.page.locator(".results-list .place-title a").first.click()


def test_a_guest_finds_holds_pays_and_cancels(house: House, guest: Guest, visitor: Visitor) -> None:
    page = visitor.page
    visitor.open("/").look()
    page.get_by_role("combobox", name="Where").fill("Boston")
    visitor.press("Search")
    visitor.look()
    open_free_place(visitor, ahead=61)
    visitor.look()

    total = page.locator("#price-box .line-total").inner_text()
    visitor.press("Hold it for 15 minutes")
    visitor.look()
    assert "Your dates are kept" in visitor.text
    visitor.sign_in(guest.email)
    assert page.locator("#price-box .line-total").inner_text() == total
    visitor.press("Hold it for 15 minutes")

    expect(page.get_by_role("timer")).to_have_text(re.compile(r"1[45]:\d\d"))
    page.get_by_label("Your name").fill("")
    page.get_by_role("button", name="Go on to review").click()
    expect(page.locator(".error-summary")).to_be_focused()
    visitor.look()
    page.get_by_label("Your name").fill("Ada Wong")
    visitor.press("Go on to review")
    assert "Ada Wong" in visitor.text
    visitor.look()
    page.go_back()
    expect(page.get_by_label("Your name")).to_have_value("Ada Wong")
    visitor.press("Go on to review")
    visitor.press("Extend once by 15 minutes")
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"29:\d\d"))
    visitor.press("Go on to pay")
    visitor.look()

    visitor.press("Pay $")
    page.locator('button[value="decline"]').click()
    page.wait_for_url("**/pay/")
    assert "Your bank declined the payment" in visitor.text
    visitor.look()
    visitor.press("Pay $")
    page.locator('button[value="pay"]').click()
    page.wait_for_url("**/confirmed/", timeout=30_000)
    assert "You are confirmed" in visitor.text
    visitor.look()
    reference = page.locator(".reference").inner_text()
    assert_confirmation_has_arrived(house, guest, reference)

    visitor.press("See my trip")
    visitor.look()
    visitor.open("/trips/").look()
    visitor.press("See the details")
    visitor.press("Cancel this trip")
    visitor.look()
    promised = MONEY.findall(page.locator(".sum-main").last.inner_text())[0]
    visitor.press("Cancel and get")
    assert f"You get {promised} back" in visitor.text
    visitor.look()
    assert refunds(house, reference) == [promised]
    house.assert_all_is_well()


def assert_confirmation_has_arrived(house: House, guest: Guest, reference: str) -> None:
    def mails() -> list[dict[str, Any]]:
        return [mail for mail in house.mails_to(guest.email) if "confirmed" in mail["subject"]]

    wait_for(lambda: bool(mails()), 30, lambda: str(house.mails_to(guest.email)))
    assert reference in mails()[0]["text"]
    assert [file["filename"] for file in mails()[0]["attachments"]] == [f"{reference}.ics"]


def refunds(house: House, reference: str) -> list[str]:
    rows = house.sql(
        "SELECT r.amount_minor FROM payments_refund AS r JOIN bookings_booking AS b USING (folio_id)"
        " WHERE b.reference = %s",
        reference,
    )
    return [f"${minor / 100:,.2f}" for (minor,) in rows]


def test_everything_needed_to_book_works_without_javascript(house: House, guest: Guest, browser: Browser) -> None:
    visitor = Visitor(browser, house.site, java_script_enabled=False)
    page = visitor.page
    visitor.open("/")
    page.get_by_role("combobox", name="Where").fill("Boston")
    visitor.press("Search")
    open_free_place(visitor, ahead=75)
    visitor.press("Hold it for 15 minutes")
    visitor.sign_in(guest.email)
    visitor.press("Hold it for 15 minutes")
    page.get_by_label("Your name").fill("Ada Wong")
    visitor.press("Go on to review")
    visitor.press("Go on to pay")
    visitor.press("Pay $")
    page.locator('button[value="pay"]').click()
    page.wait_for_load_state()
    assert "You are confirmed" in visitor.text
    visitor.press("See my trip")
    visitor.press("Cancel this trip")
    visitor.press("Cancel and get")
    assert "Your trip is cancelled" in visitor.text
    visitor.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1024])
def test_every_open_page_is_accessible_and_fits(
    house: House, guest: Guest, browser: Browser, width: int, scheme: Any
) -> None:
    visitor = Visitor(browser, house.site, viewport={"width": width, "height": 844}, color_scheme=scheme)
    for path in (
        "/",
        "/search/?place=Boston",
        "/search/?place=Atlantis",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/dev/mailbox/",
        "/nowhere/",
    ):
        visitor.open(path).look()
    open_free_place(visitor, ahead=90)
    visitor.look()
    visitor.close()


def test_the_calendar_is_walked_with_the_keys_and_says_why_a_day_is_closed(house: House, visitor: Visitor) -> None:
    page = visitor.page
    open_free_place(visitor, ahead=61)
    page.get_by_role("button", name="Check-in").click()
    focused = page.locator(".day:focus")
    expect(focused).to_have_attribute("data-date", dates(ahead=61)["check_in"])
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_attribute("data-date", dates(ahead=62)["check_in"])
    visitor.open(page.url.partition("?")[0].removeprefix(house.site))
    page.locator('.day[aria-disabled="true"]').first.hover()
    expect(page.locator("[data-explains]")).to_contain_text("This date has passed.")


def test_the_price_follows_the_dates_that_are_picked(visitor: Visitor) -> None:
    page = visitor.page
    open_free_place(visitor, ahead=61)
    before = page.locator("#price-box .line-total").inner_text()
    page.locator(f'[data-date="{dates(ahead=61)["check_in"]}"]').click()
    page.locator(f'[data-date="{dates(ahead=62)["check_out"]}"]').click()
    expect(page.locator("#price-box .line-total")).not_to_have_text(before)
    visitor.look()


def test_list_and_map_follow_each_other(visitor: Visitor) -> None:
    page = visitor.page
    visitor.open(f"/search/?{urlencode({'place': 'Boston', 'guests': 2, **dates(ahead=61)})}")
    pins = page.locator("fh-map .pin")
    expect(pins.first).to_be_visible(timeout=30_000)
    listed = page.locator(".results-list .place").first
    listed.hover()
    expect(listed).to_have_class(re.compile("is-lit"))
    page.get_by_role("button", name="Zoom in", exact=True).click()
    page.mouse.move(1150, 500)
    page.mouse.down()
    page.mouse.move(1050, 450, steps=5)
    page.mouse.up()
    page.wait_for_url("**bbox=**", timeout=30_000)
    expect(page.locator("h1")).to_contain_text("on this map")
    page.reload()
    expect(page.locator("h1")).to_contain_text("on this map")
    visitor.look()


def test_the_chosen_appearance_is_kept(visitor: Visitor) -> None:
    page = visitor.open("/").page
    page.get_by_label("Account and appearance").click()
    page.get_by_role("button", name="Dark").click()
    visitor.open("/search/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
