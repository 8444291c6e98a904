"""An account with nothing but a phone: the code is read from the mailbox of the demonstration."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.cli.running import wait_for
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_sign_up_by_a_code_alone(visit: Visit, house: House) -> None:
    phone = f"+1617555{secrets.randbelow(10_000):04d}"
    me = visit()
    page = me.go("/accounts/signup/?next=/trips/")
    page.get_by_role("link", name="Use your phone number instead").click()
    me.assert_page_is_good()
    page.get_by_label("Phone number").fill(f"{phone[:2]} ({phone[2:5]}) {phone[5:8]} {phone[8:]}")
    page.get_by_role("button", name="Send me a code").click()
    page.wait_for_url("**/accounts/phone/code/")
    expect(page.get_by_text(f"{phone[:2]} {phone[2:5]}-{phone[5:8]}-{phone[8:]}")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"Send another code in \d+ s"))).to_be_disabled()
    me.assert_page_is_good()

    code = latest_code(house, phone)
    page.get_by_label("Code").fill(f"{(int(code) + 1) % 10**6:06d}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code is wrong, used, or too old.").first).to_be_visible()
    page.get_by_label("Code").fill(f"{code[:3]} {code[3:]}")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/trips/")
    expect(page.get_by_text("No trips yet")).to_be_visible()
    me.assert_page_is_good()
    (row,) = house.sql("SELECT email, phone_verified_at IS NOT NULL FROM accounts_user WHERE phone = %s", phone)
    assert row == (None, True)

    me.go("/accounts/phone/change/")
    expect(page.get_by_text(phone, exact=True)).to_be_visible()
    me.assert_page_is_good()


def latest_code(house: House, phone: str) -> str:
    """The newest message to the number says it first."""
    wait_for(lambda: bool(house.mails_to(phone)), 60, lambda: f"no message to {phone}")
    found = re.match(r"\d{6}", house.mails_to(phone)[0]["text"])
    assert found
    return found[0]
