"""A payout is made at the desk, from the owner's name to its submission: every page on the way is good."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from freehold.distribution.services.load_demo import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

OWNER = "Olive Owner of the Long-Named House by the Sea"
IBAN = "DE89370400440532013000"


def test_from_a_new_owner_to_a_payout_that_waits_for_approval(visit: Visit) -> None:
    me = visit()
    page = me.go("/console/money/payees/new/")
    me.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
    page.get_by_role("radio", name="Owner").check()
    me.assert_page_is_good()
    page.get_by_label("Name").fill(OWNER)
    page.get_by_role("button", name="Add", exact=True).click()

    page.get_by_role("link", name="Add a place", exact=True).click()
    me.assert_page_is_good()
    page.get_by_role("link", name="Add Bank account (IBAN)").click()
    page.get_by_label("Password", exact=True).fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Go on", exact=True).click()
    page.get_by_label("IBAN").fill("DE00 1234")
    page.get_by_label("Name").fill(OWNER)
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator(".error-summary")).to_contain_text("this cannot be right")
    me.assert_page_is_good()
    page.get_by_label("IBAN").fill(IBAN)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Somebody else confirms it", exact=True)).to_be_visible()
    expect(page.get_by_text(IBAN)).to_have_count(0)

    page.get_by_role("link", name="Credit or charge").click()
    me.assert_page_is_good()
    page.get_by_label("Amount").fill("1250.00")
    page.get_by_label("Currency").select_option("USD")
    page.get_by_label("Cause").fill("2026-05")
    page.get_by_label("What for").fill("Share of May")
    page.get_by_role("button", name="Write it down").click()
    me.assert_page_is_good()

    page.get_by_role("link", name="New payout").click()
    me.assert_page_is_good()
    page.get_by_label("Amount").fill("900.00")
    page.get_by_label("What for").fill("Share of May")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("You had a hand in this")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("link", name="Change it").click()
    expect(page.get_by_label("Amount")).to_have_value("900.00")
    me.assert_page_is_good()
    for path, heading in (("payouts/", "Payments out"), ("payees/", "Payees"), ("payouts/new/expense/", "New expense")):
        me.go(f"/console/money/{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(page.get_by_text(OWNER).first).to_be_visible()
        me.assert_page_is_good()
