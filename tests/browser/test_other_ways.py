"""A slot, and a hall until it is cancelled, in a real browser, from the choice to the trip."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.steps import booking_id, find_mail, name_guests
from tests.browser.visitor import Visitor
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

TENNIS, HALL = "/places/harbour-house-tennis/", "/places/harbour-house-sail-hall/"


def checkout(me: Visitor, guest: Guest, house: House) -> str:
    """From the price to the confirmation; the reference."""
    page: Any = me.page
    button = page.get_by_role("button", name=re.compile("^Hold it"))
    expect(button).not_to_have_attribute("aria-disabled", "true")
    button.click()
    me.sign_in(guest.email, PASSWORD)
    page.get_by_role("button", name=re.compile("^Hold it")).click()
    name_guests(page)
    me.assert_page_is_good()
    page.get_by_role("link", name="Go on to pay").click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(f"{house.gateway}/**")
    page.get_by_role("button", name=re.compile(r"^Pay [\d.,]+ USD$")).click()
    page.wait_for_url("**/confirmed/")
    reference: str = page.locator(".reference").inner_text()
    return reference


def allocations(house: House, reference: str) -> int:
    return house.number(
        "SELECT count(*) FROM inventory_allocation a JOIN bookings_bookingitem i ON i.claim_id = a.claim_id"
        " WHERE i.booking_id = %s",
        booking_id(house, reference)["id"],
    )


def test_a_slot_from_the_choice_of_a_time_to_the_trip(visit: Visit, house: House, guest: Guest) -> None:
    me = visit()
    day = datetime.now(UTC).date() + timedelta(days=9)
    page = me.go(f"{TENNIS}?day={day}&adults=2")
    slot = page.locator(".slot:has(input:enabled)").first
    time = slot.locator("> span").first.inner_text()
    slot.click()
    expect(page.locator("#price-box .line-total .money")).to_be_visible()
    me.assert_page_is_good()
    reference = checkout(me, guest, house)
    me.go(f"/trips/{reference}/")
    expect(page.get_by_text(time.split()[0]).first).to_be_visible()
    me.assert_page_is_good()
    assert allocations(house, reference) == 1
    find_mail(house, me, guest.email, "confirmed", reference)
    house.assert_all_is_well()


def test_a_hall_from_now_on_until_it_is_cancelled(visit: Visit, house: House, guest: Guest) -> None:
    me = visit()
    page = me.go(HALL)
    page.get_by_text("From now until I cancel").click()
    expect(page.locator("#price-box .line-total .money")).to_be_visible()
    expect(page.locator("#price-box [name=check_in]")).to_have_count(0)
    me.assert_page_is_good()
    reference = checkout(me, guest, house)
    assert allocations(house, reference) == 1
    me.go(f"/trips/{reference}/")
    me.assert_page_is_good()
    page.get_by_role("link", name=re.compile("Cancel")).first.click()
    page.get_by_role("button", name=re.compile("Cancel")).click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    assert allocations(house, reference) == 0
    house.assert_all_is_well()
