"""What a guest does on the pages, one step each, with the mouse."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as NotYet

from tests.browser.conftest import Dates
from tests.browser.visitor import Visitor
from tests.cli.running import wait_for
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House


def search_from_home(me: Visitor, place: str, dates: Dates) -> None:
    page = me.go("/")
    page.get_by_role("combobox", name="Where").fill(place)
    page.get_by_role("button", name="When").click()
    for day in (dates.check_in, dates.check_out):
        pick_in_range(page, day)
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.wait_for_url("**/search/?**")


def pick_in_range(page: Page, day: date) -> None:
    """In the two-month picker of the search bar."""
    button = page.get_by_role("button", name=f"{day:%B} {day.day}", exact=True)
    for _month in range(14):
        try:
            button.first.wait_for(state="visible", timeout=1500)
            break
        except NotYet:  # a month that is not shown, rather than one that is still being drawn
            page.get_by_role("button", name="Next month").click()
    button.first.click()


def hold(me: Visitor, guest: Guest) -> None:
    """On the page of a place with a price, as somebody who has not signed in yet."""
    page = me.page
    total = page.locator("#price-box .line-total .money").inner_text()
    hold_button(page).click()
    expect(page.get_by_text("Sign in to hold this place. Your dates are kept.")).to_be_visible()
    me.sign_in(guest.email, PASSWORD)
    expect(page.locator("#price-box .line-total .money")).to_have_text(total)
    hold_button(page).click()
    expect(page.get_by_role("heading", name="Who is coming")).to_be_visible()
    expect(page.get_by_text("Held for you until")).to_be_visible()


def hold_button(page: Page) -> Any:
    return page.get_by_role("button", name=re.compile("^Hold it for"))


def name_guests(page: Page) -> None:
    page.get_by_label("Your name").fill("Ada Wong")
    page.get_by_label("Guest 2").fill("Ben Okafor")
    page.get_by_label("Anything the host should know?").fill("We come by the late train.")
    page.get_by_role("button", name="Go on to review").click()
    expect(page.get_by_role("heading", name="Review your booking")).to_be_visible()
    expect(page.get_by_text("Ada Wong")).to_be_visible()


def go_to_gateway(page: Page, house: House) -> None:
    """From the review to the gateway's own page."""
    page.get_by_role("link", name="Go on to pay").click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(f"{house.gateway}/**")


def pay(page: Page) -> str:
    """At the gateway's page; the reference of the booking that it confirmed."""
    page.get_by_role("button", name=re.compile(r"^Pay [\d.,]+ USD$")).click()
    page.wait_for_url("**/confirmed/")
    expect(page.get_by_role("heading", name="You are confirmed")).to_be_visible()
    return page.locator(".reference").inner_text()


def find_mail(house: House, me: Visitor, to: str, *words: str) -> Any:
    """Waits for a mail, then finds it on the mailbox page."""

    def has_come() -> bool:
        texts = [mail["subject"] + mail["text"] for mail in house.mails_to(to)]
        return any(all(word.lower() in text.lower() for word in words) for text in texts)

    wait_for(has_come, 60, lambda: str([mail["subject"] for mail in house.mails_to(to)]))
    page = me.go("/dev/mailbox/")
    found = page.locator("details.card").filter(has=page.get_by_text(f"to {to}", exact=True))
    for word in words:
        found = found.filter(has_text=re.compile(re.escape(word), re.IGNORECASE))
    mail = found.first
    if mail.get_attribute("open") is None:
        mail.locator("summary").click()
    return mail


def booking_id(house: House, reference: str) -> dict[str, str]:
    (row,) = house.sql("SELECT id FROM bookings_booking WHERE reference = %s", reference)
    return {"id": str(row[0])}
