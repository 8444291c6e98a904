"""A trip becomes another one in a real browser: shorter with money back, longer with money first."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Dates, Visit
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_trip_gets_longer_and_then_shorter(visit: Visit, house: House, guest: Guest, dates: Dates) -> None:
    booking = guest.confirmed(house.place())
    me = visit()
    page = me.go("/trips/")
    me.sign_in(guest.email, PASSWORD)
    page = me.go(f"/trips/{booking['reference']}/")
    page.get_by_role("link", name="Change this trip").click()
    expect(page.get_by_label("Check-in")).to_have_value(str(dates.check_in))

    page.get_by_label("Check-out").fill(str(dates.check_out + timedelta(days=2)))
    page.get_by_label("Check-out").blur()
    expect(page.get_by_text("You pay now")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("button", name="Change and pay $200.00").click()
    expect(page.get_by_role("heading", name="Pay $200.00")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(f"{house.gateway}/**")
    page.get_by_role("button", name=re.compile(r"^Pay [\d.,]+ USD$")).click()
    page.wait_for_url(f"**/trips/{booking['reference']}/")
    expect(page.get_by_text("The trip was changed. Was:")).to_be_visible()
    me.assert_page_is_good()

    page.get_by_role("link", name="Change this trip").click()
    page.get_by_label("Check-out").fill(str(dates.check_out - timedelta(days=1)))
    page.get_by_label("Check-out").blur()
    page.get_by_role("button", name="Change and get $300.00 back").click()
    expect(page.get_by_text("Your trip is changed. You get $300.00 back.")).to_be_visible()
    house.assert_all_is_well()
