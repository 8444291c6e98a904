"""Another device is signed out from afar, and is thrown out."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.support.guest import PASSWORD, Guest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)


def test_a_lost_phone_is_signed_out_from_another_device_and_thrown_out(visit: Visit, guest: Guest) -> None:
    phone, me = visit(user_agent=IPHONE, viewport={"width": 390, "height": 844}), visit()
    for visitor in (phone, me):
        visitor.go("/accounts/login/?next=/trips/")
        visitor.sign_in(guest.email, PASSWORD)
        visitor.page.wait_for_url("**/trips/")

    page = me.go("/accounts/devices/")
    rows = page.get_by_role("main").get_by_role("listitem")
    expect(rows).to_have_count(3)  # with the guest's own program
    expect(rows.first.get_by_text("This device")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("link", name="Sign out Safari on iPhone").click()
    expect(page.get_by_role("heading", name="Sign out Safari on iPhone?")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("button", name="Sign it out").click()
    expect(page.get_by_role("status").filter(has_text="Safari on iPhone is signed out.")).to_be_visible()
    expect(rows).to_have_count(2)

    phone.go("/trips/")
    phone.page.wait_for_url("**/accounts/login/?next=/trips/")

    page.get_by_role("link", name="Sign out all others").click()
    page.get_by_role("button", name="Sign them out").click()
    expect(page.get_by_text("You are signed in nowhere else.")).to_be_visible()
    assert guest.http.get("/me/").status_code == 401
