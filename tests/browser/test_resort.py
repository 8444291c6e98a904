"""Rooms of one place in a real browser: two and a child through the gateway, and a suite that takes its rooms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Dates, Visit
from tests.browser.steps import booking_id, find_mail
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

RESORT = "/resorts/palm-grove-resort/"


def stepper(page: Any, title: str, *, more: bool = True) -> Any:
    return page.get_by_role("button", name=f"One {'more' if more else 'less'}: {title}")


def test_two_rooms_and_a_child_from_the_choice_to_the_trip(
    visit: Visit, house: House, guest: Guest, dates: Dates
) -> None:
    me = visit()
    page = me.go(f"{RESORT}?check_in={dates.check_in}&check_out={dates.check_out}&adults=3&children=1&age=6")
    expect(page.get_by_role("heading", level=1)).to_have_text("Palm Grove Resort")
    me.assert_page_is_good()
    stepper(page, "Garden room at Palm Grove").click()
    expect(page.get_by_text("These rooms take 2 guests, and you are 4.")).to_be_visible()
    stepper(page, "Pool room at Palm Grove").click()
    button = page.get_by_role("button", name="Hold 2 rooms")
    expect(page.get_by_text("Who sleeps where")).to_be_visible()
    expect(page.locator(".room-guests li").nth(1)).to_contain_text("2 adults")
    me.assert_page_is_good()
    total = page.locator("#book .line-total .money").inner_text()
    button.click()
    expect(page.get_by_text("Sign in to hold these rooms. Your choice is kept.")).to_be_visible()
    me.sign_in(guest.email, PASSWORD)
    expect(page.locator("#book .line-total .money")).to_have_text(total)
    button.click()

    expect(page.get_by_role("heading", name="Who is coming")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_label("Your name").fill("Ada Wong")
    page.get_by_role("group", name="Room 2").get_by_label("Guest 1").fill("Ben Okafor")
    page.get_by_label("Child, age 6").fill("Cy Okafor")
    page.get_by_role("button", name="Go on to review").click()
    expect(page.get_by_text("Cy Okafor")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("link", name="Go on to pay").click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(f"{house.gateway}/**")
    page.get_by_role("button", name=re.compile(r"^Pay [\d.,]+ INR$")).click()
    page.wait_for_url("**/confirmed/")
    reference = page.locator(".reference").inner_text()

    me.go(f"/trips/{reference}/")
    expect(page.locator(".stay-parts li")).to_have_count(2)
    me.assert_page_is_good()
    units = house.sql(
        "SELECT DISTINCT a.unit_id FROM inventory_allocation a JOIN bookings_bookingitem i ON i.claim_id = a.claim_id"
        " WHERE i.booking_id = %s",
        booking_id(house, reference)["id"],
    )
    assert len(units) == 2
    find_mail(house, me, guest.email, "confirmed", reference)
    house.assert_all_is_well()


def test_a_held_suite_takes_its_rooms_off_the_page(visit: Visit, guest: Guest, house: House, dates: Dates) -> None:
    ((suite,),) = house.sql("SELECT id FROM properties_listing WHERE slug = 'palm-grove-family-suite'")
    guest.hold(str(suite), arrive_in=60, nights=2)
    first = (datetime.now(UTC) + timedelta(days=60)).date()
    page = visit().go(f"{RESORT}?check_in={first}&check_out={first + timedelta(days=2)}&adults=2")
    for title in ("Family room at Palm Grove", "Palm Grove, the whole resort for yourselves"):
        row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title, exact=True))
        expect(row.get_by_text("None is left on these nights.")).to_be_visible()
        expect(row.get_by_role("spinbutton")).to_have_count(0)
    expect(stepper(page, "Garden room at Palm Grove")).to_be_enabled()
