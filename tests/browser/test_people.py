"""An administrator asks somebody by mail to work in the company; the person says yes and finds the console."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.simulators.sandbox_process import eventually
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_somebody_is_asked_by_mail_says_yes_and_works_here(visit: Visit, house: House, guest: Guest) -> None:
    house.sql("UPDATE account_emailaddress SET verified = true WHERE email = %s", guest.email)
    boss, me = visit(), visit(viewport={"width": 390, "height": 844})

    page = boss.go("/accounts/login/?next=/console/people/")
    boss.sign_in("admin@example.com", "Admin123!")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    page.get_by_label("Email").fill(guest.email)
    page.get_by_label("Role", exact=True).select_option("host")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_label("Password").fill("Admin123!")
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("status").filter(has_text=f"A mail is on its way to {guest.email}.")).to_be_visible()
    expect(page.get_by_role("button", name=f"Take back {guest.email}")).to_be_visible()
    boss.assert_page_is_good()

    def invitation() -> str:
        texts = [mail["text"] for mail in house.mails_to(guest.email)]
        links = [link for text in texts if (link := re.search(r"/invitations/\S+", text))]
        return links[0][0] if links else ""

    link = eventually(invitation, within_s=20)
    page = me.go(link)
    expect(page.get_by_role("heading", name=re.compile("^Work for .*?"))).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("link", name="Sign in to accept").click()
    me.sign_in(guest.email, PASSWORD)
    expect(page.get_by_text("You are asked to join as Host.")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url("**/console/")
    expect(page.get_by_role("status").filter(has_text="Welcome to")).to_be_visible()

    page = me.go("/accounts/ways/")
    expect(page.get_by_role("heading", name="Ways to sign in")).to_be_visible()
    me.assert_page_is_good()
