"""An account from the first form to a new password, with the links of the mails."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.steps import find_mail
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_sign_up_and_confirm_the_address_by_mail(visit: Visit, house: House) -> None:
    me = visit()
    email = f"new-{secrets.token_hex(5)}@example.com"
    page = me.go("/accounts/signup/?next=/trips/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/login/?next=**")
    expect(page.get_by_role("status").filter(has_text="Sign in")).to_be_visible()
    me.sign_in(email, PASSWORD)
    page.wait_for_url("**/trips/")
    expect(page.get_by_text("No trips yet")).to_be_visible()

    find_mail(house, me, email, "confirm").get_by_role("link").first.click()
    me.assert_page_is_good()
    page.get_by_role("button", name="Confirm this address").click()
    page.wait_for_url(lambda url: "confirm-email" not in url)
    (row,) = house.sql("SELECT verified FROM account_emailaddress WHERE email = %s", email)
    assert row[0] is True


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(visit: Visit, house: House, guest: Guest) -> None:
    me = visit()
    page = me.go("/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill(guest.email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()

    find_mail(house, me, guest.email, "new password").get_by_role("link").first.click()
    fresh = f"{PASSWORD}-{secrets.token_hex(3)}"
    me.assert_page_is_good()
    for field in page.locator("input[type=password]").all():
        field.fill(fresh)
    page.get_by_role("button", name="Use this password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    me.assert_page_is_good()
    me.context.clear_cookies()
    me.go("/accounts/login/?next=/trips/")
    me.sign_in(guest.email, PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    me.sign_in(guest.email, fresh)
    page.wait_for_url("**/trips/")
