"""Somebody asks, the host answers in the console, and the guest pays, hears no, or hears nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Dates, Visit
from tests.browser.steps import booking_id, find_mail, go_to_gateway, pay
from tests.browser.visitor import Visitor
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_ASK_FIRST = "UPDATE properties_listing SET acceptance = 'request' WHERE id = %s"
_HIRE = """
    INSERT INTO companies_membership (id, created_at, updated_at, role, company_id, user_id)
    SELECT gen_random_uuid(), now(), now(), 'host', l.company_id, u.id
      FROM properties_listing AS l, accounts_user AS u WHERE l.id = %s AND u.email = %s
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A guest on the page of the request, and a host with the console open."""

    guest: Guest
    me: Visitor
    host: Visitor
    host_email: str
    reference: str


@pytest.fixture
def asked(visit: Visit, house: House, guest: Guest, dates: Dates) -> Asked:
    place = house.place()
    house.sql(_ASK_FIRST, place)
    host = house.guest()
    house.sql(_HIRE, place, host.email)
    me, desk = visit(), visit()
    page = me.go(f"/accounts/login/?next=/places/{place}/%3F{dates.query.replace('&', '%26')}")
    me.sign_in(guest.email, PASSWORD)
    expect(page.get_by_text("The host answers within 24 hours")).to_be_visible()
    page.get_by_role("button", name="Ask the host").click()
    expect(page.get_by_text("The host has got your request and answers until")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_label("Your name").fill("Ada Wong")
    page.get_by_label("Anything the host should know?").fill("We are quiet.")
    page.get_by_role("button", name="Tell the host").click()
    expect(page.get_by_text("Waiting for the host")).to_be_visible()
    me.assert_page_is_good()
    desk.go("/accounts/login/?next=/console/")
    desk.sign_in(host.email, PASSWORD)
    expect(desk.page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    return Asked(guest, me, desk, host.email, page.locator(".reference").inner_text())


def open_request(asked: Asked) -> Page:
    page = asked.host.page
    row = page.get_by_role("article").filter(has_text=asked.reference)
    expect(row).to_contain_text("Ada Wong")
    row.get_by_role("link", name="Answer").click()
    expect(page.get_by_text("We are quiet.")).to_be_visible()
    return page


def answer(asked: Asked, yes_or_no: str, words: str) -> Any:
    page = open_request(asked)
    step = page.locator("details.console-step").filter(has_text=f"{yes_or_no} now")
    step.locator("summary").click()
    step.get_by_label("A word to the guest").fill(words)
    step.get_by_role("button", name=f"{yes_or_no} now").click()
    return page


def test_a_request_is_accepted_in_the_console_and_then_paid(house: House, asked: Asked) -> None:
    asked.host.assert_page_is_good()
    find_mail(house, asked.host, asked.host_email, "asks for", asked.reference)
    asked.host.go("/console/")
    page = answer(asked, "Accept", "Come in!")
    expect(page.get_by_text("Accepted. The guest is told.")).to_be_visible()
    asked.host.assert_page_is_good()

    me = asked.me
    find_mail(house, me, asked.guest.email, "said yes", asked.reference)
    me.go(f"/trips/{asked.reference}/")
    expect(me.page.get_by_text("Come in!")).to_be_visible()
    me.assert_page_is_good()
    me.page.get_by_role("link", name="Pay to confirm").click()
    go_to_gateway(me.page, house)
    assert pay(me.page) == asked.reference
    assert house.gateway_lines(booking_id(house, asked.reference)) == [30_000]

    page = asked.host.go("/console/bookings/?q=ada")
    row = page.get_by_role("row").filter(has_text=asked.reference)
    expect(row).to_contain_text("Confirmed")
    asked.host.assert_page_is_good()
    row.get_by_role("link").click()
    expect(page.get_by_text("$300.00 was paid.")).to_be_visible()
    page.get_by_role("link", name="Cancel the booking").click()
    expect(page.locator("dd.sum-main")).to_have_text("$300.00")
    asked.host.assert_page_is_good()


def test_a_declined_guest_reads_the_hosts_words(house: House, asked: Asked) -> None:
    page = answer(asked, "Decline", "We paint the walls.")
    expect(page.get_by_text("Declined. The guest is told")).to_be_visible()
    me = asked.me
    me.page.reload()
    expect(me.page.get_by_text("The host cannot take you this time")).to_be_visible()
    expect(me.page.get_by_text("We paint the walls.")).to_be_visible()
    me.assert_page_is_good()
    find_mail(house, me, asked.guest.email, "declined", asked.reference)


def test_a_request_that_nobody_answers_lapses_for_both(house: House, asked: Asked) -> None:
    page = open_request(asked)
    house.let_lapse(booking_id(house, asked.reference))
    me = asked.me
    me.page.reload()
    expect(me.page.get_by_text("The host did not answer in time").first).to_be_visible()
    me.assert_page_is_good()
    step = page.locator("details.console-step").filter(has_text="Accept now")
    step.locator("summary").click()
    step.get_by_role("button", name="Accept now").click()
    expect(page.get_by_role("alert")).to_contain_text("The time to answer this request is over.")
    find_mail(house, me, asked.guest.email, "nobody answered", asked.reference)
    find_mail(house, asked.host, asked.host_email, "ran out", asked.reference)
