"""A second step to sign in: an app, a recovery code, and a passkey of Chromium's virtual authenticator."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.support.factors import App
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_an_app_is_added_and_asked_for_and_a_recovery_code_replaces_it(
    visit: Visit, house: House, guest: Guest
) -> None:
    me = visit()
    _confirm(house, guest)
    page = _sign_in(me, guest, "/accounts/2fa/")
    expect(page.get_by_role("heading", name="A second step to sign in")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("link", name="Set up the app").click()
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    me.assert_page_is_good()
    _prove(page)
    picture = page.get_by_role("img", name="QR code with the secret for your app")
    expect(picture).to_be_visible()
    # In the dark too: cameras read dark on light.
    page.emulate_media(color_scheme="dark")
    assert picture.evaluate("(image) => getComputedStyle(image).backgroundColor") == "rgb(255, 255, 255)"
    me.assert_page_is_good()
    app = App(page.locator("#secret").inner_text())
    page.get_by_label("Code").fill(app.code())
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    me.assert_page_is_good()
    codes = page.locator("#recovery-codes code").all_inner_texts()
    assert len(codes) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert codes[0] in download.value.path().read_text()

    _sign_out(page)
    _sign_in(me, guest, "/trips/")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_label("Code").fill(app.wrong_code())
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.get_by_label("Code").fill(app.code(1))
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Remember this device?")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("button", name="Not this one").click()
    page.wait_for_url("**/trips/")

    _sign_out(page)
    _sign_in(me, guest, "/trips/")
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Remember it").click()
    page.wait_for_url("**/trips/")
    _sign_out(page)
    _sign_in(me, guest, "/accounts/2fa/")
    expect(page.get_by_text("9 of 10 are left")).to_be_visible()
    me.assert_page_is_good()


def test_a_passkey_is_added_and_signs_in_without_a_password(visit: Visit, house: House, guest: Guest) -> None:
    me = visit()
    # Passkeys belong to a name; an address of four numbers is none.
    me.site = house.site.replace("127.0.0.1", "localhost")
    _plug_in(me)
    _confirm(house, guest)
    page = _sign_in(me, guest, "/accounts/2fa/webauthn/")
    expect(page.get_by_role("heading", name="No passkeys yet")).to_be_visible()
    page.get_by_role("link", name="Add a passkey").click()
    _prove(page)
    expect(page.get_by_role("heading", name="Add a passkey")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    page.goto(me.site + "/accounts/2fa/webauthn/")
    expect(page.get_by_text("My laptop").first).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("link", name="Rename My laptop").click()
    me.assert_page_is_good()
    page.get_by_label("Name").fill("The old laptop")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The old laptop").first).to_be_visible()

    _sign_out(page)
    me.go("/accounts/login/?next=/trips/")
    me.assert_page_is_good()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/trips/")

    # As the second step after a password, and as a fresh proof.
    _sign_out(page)
    _sign_in(me, guest, "/accounts/2fa/webauthn/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("button", name="Not this one").click()
    page.get_by_role("link", name="Remove The old laptop").click()
    page.get_by_role("link", name="Use a passkey instead").click()
    me.assert_page_is_good()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name=re.compile("Remove"))).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="No passkeys yet")).to_be_visible()


def test_a_passkey_that_does_not_work_is_said_beside_its_button(visit: Visit, house: House, guest: Guest) -> None:
    me = visit()
    page = me.go("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Passkeys need a site with a name")).to_be_visible()
    me.assert_page_is_good()


def _confirm(house: House, guest: Guest) -> None:
    house.sql("UPDATE account_emailaddress SET verified = true WHERE email = %s", guest.email)


def _sign_in(me: Visitor, guest: Guest, following: str) -> Page:
    page = me.go(f"/accounts/login/?next={following}")
    me.sign_in(guest.email, PASSWORD)
    return page


def _sign_out(page: Page) -> None:
    page.get_by_label("Account and appearance").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def _prove(page: Page) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def _plug_in(me: Visitor) -> Any:
    """An authenticator that says yes to everything."""
    session = me.context.new_cdp_session(me.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session
