"""Each provider once, in a real browser: a stay is paid on the provider's page, in its window or on a telephone, staff
give half of it back, and the money desk and the guest's trip show it all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from freehold.cli.practice import address
from freehold.distribution.services.load_demo import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.browser.conftest import Dates, Visit
from tests.browser.steps import hold, name_guests
from tests.browser.visitor import Visitor
from tests.cli.running import wait_for
from tests.support.guest import Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

REASON = "The pool was closed"


@dataclass(frozen=True, slots=True)
class Way:
    """How guests pay at `place`, of `company`; `pay` is what they do after our own button."""

    provider: str
    name: str
    place: str
    company: str
    currency: str
    pay: Callable[[Visitor, House], None]
    phone: str = ""


def on_its_page(slug: str, *steps: str) -> Callable[[Visitor, House], None]:
    """The browser goes to the provider, whose page may ask several things in turn, and comes back by itself."""

    def pay(me: Visitor, house: House) -> None:
        page, simulator = me.page, address(house.running.state, slug)
        page.wait_for_url(f"{simulator}/**")
        for step in steps:
            assert_simulator_is_good(page)
            page.get_by_role("button", name=re.compile(f"^{step}")).click()
        assert_simulator_is_good(page)
        page.locator("button.primary[value=pay]").click()

    return pay


def in_its_window(me: Visitor, house: House) -> None:
    """The provider's script opens a window in our page."""
    me.assert_page_is_good()
    me.page.get_by_role("button", name=re.compile("^Pay ")).click()
    window = me.page.frame_locator("iframe[title^=Razorpay]")
    window.locator("button.primary[value=pay]").click()


def on_the_telephone(me: Visitor, house: House) -> None:
    """Our page waits; the telephone, which is a page here, lies beside it."""
    page = me.page
    expect(page.get_by_role("heading", name="Look at your telephone")).to_be_visible()
    me.assert_page_is_good()
    with me.context.expect_page() as opened:
        page.get_by_role("link", name="The practice telephone").click()
    phone = opened.value
    assert_simulator_is_good(phone)
    phone.locator("button.primary[value=pay]").click()
    phone.close()


WAYS = [
    Way("stripe", "Card or wallet", "lantern-cottage", "Harbour House", "USD", on_its_page("stripe")),
    Way(
        "razorpay",
        "Card, UPI or net banking",
        "palm-grove-garden-room",
        "Palm Grove Hospitality",
        "INR",
        in_its_window,
    ),
    Way(
        "bkash",
        "bKash",
        "lakeside-flat-gulshan",
        "Dhaka Dwellings",
        "BDT",
        on_its_page("bkash", "Continue with", "Confirm the code"),
    ),
    Way("mpesa", "M-Pesa", "karen-garden-cottage", "Nairobi Nests", "KES", on_the_telephone, phone="+254712000321"),
]


def assert_simulator_is_good(page: Page) -> None:
    """No wider than its window, on a phone as well; other tests look at these pages closely."""
    usual = page.viewport_size
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    if usual:
        page.set_viewport_size(usual)


def book(me: Visitor, guest: Guest, way: Way, dates: Dates) -> None:
    me.go(f"/places/{way.place}/?{dates.query}")
    hold(me, guest)
    name_guests(me.page)


def pay(me: Visitor, house: House, way: Way) -> str:
    """The reference of the booking that it confirmed."""
    page = me.page
    page.get_by_role("link", name="Go on to pay").click()
    page.get_by_role("radio", name=way.name).check()
    if way.phone:
        page.get_by_label("Telephone for M-Pesa").fill(way.phone)
    me.assert_page_is_good()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    way.pay(me, house)
    page.wait_for_url("**/confirmed/")
    expect(page.get_by_role("heading", name="You are confirmed")).to_be_visible()
    me.assert_page_is_good()
    return page.locator(".reference").inner_text()


def at_the_desk(staff: Visitor, way: Way) -> Page:
    """Signed in, at the payments of the company that was paid."""
    page = staff.go("/console/money/")
    staff.sign_in(ADMIN_EMAIL, ADMIN_PASSWORD)
    page.wait_for_url("**/console/money/")
    page.get_by_label("Company").select_option(label=way.company)
    go = page.get_by_role("button", name="Go", exact=True)
    if go.is_visible():
        go.click()
    expect(page.get_by_label("Company").locator("option:checked")).to_have_text(way.company)
    return staff.go("/console/money/")


def half_of(page: Page) -> str:
    """Half of what can go back, as somebody would type it: a whole amount, M-Pesa moves no other."""
    said = page.get_by_role("definition").last.inner_text()
    left = Decimal(re.sub(r"[^\d.]", "", said))
    return f"{(left / 2).to_integral_value():.2f}"


def give_half_back(staff: Visitor) -> str:
    """From the payment's page; the amount."""
    page = staff.page
    page.get_by_role("link", name="Give money back").click()
    staff.assert_page_is_good()
    half = half_of(page)
    page.get_by_label("Amount").fill(half)
    page.get_by_label("Why").fill(REASON)
    page.get_by_role("button", name="Give back").click()
    expect(page.get_by_text("goes back to the payer")).to_be_visible()
    return half


def reload_until(page: Page, shows: Callable[[Page], bool], what: str) -> None:
    def look() -> bool:
        page.reload()
        return shows(page)

    wait_for(look, 60, lambda: f"no {what} at {page.url}:\n{page.inner_text('main')}")


def has_text(text: str) -> Callable[[Page], bool]:
    return lambda page: page.get_by_text(text).count() > 0


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.provider)
def test_a_stay_is_paid_half_of_it_goes_back_and_the_desk_shows_it_all(
    visit: Visit, house: House, guest: Guest, dates: Dates, way: Way
) -> None:
    me, staff = visit(), visit()
    book(me, guest, way, dates)
    reference = pay(me, house, way)

    desk = at_the_desk(staff, way)
    staff.assert_page_is_good()
    desk.get_by_role("link", name=reference).click()
    expect(desk.get_by_text("Paid", exact=True)).to_be_visible()
    reload_until(desk, has_text("Message of the provider"), "message")
    half = give_half_back(staff)
    reload_until(desk, has_text("Sent back"), "refund")
    staff.assert_page_is_good()
    assert_all_is_told(desk, half)

    me.go(f"/trips/{reference}/")
    expect(me.page.get_by_text(amount_words(half)).first).to_be_visible()
    me.assert_page_is_good()
    assert urlsplit(me.page.url).path == f"/trips/{reference}/"
    house.assert_all_is_well()


def assert_all_is_told(page: Page, half: str) -> None:
    """The attempt, what the provider said, what the books say, and the refund."""
    story = page.get_by_role("region", name="What happened").inner_text()
    for part in ("Attempt opened for", "arrived", "Message of the provider", "asked for", REASON, "sent back"):
        assert part in story, story
    books = page.get_by_role("region", name="In the books").inner_text()
    for entry in ("booking charged", "payment received", "refund issued", "refund paid"):
        assert entry in books, books
    refunds: Any = page.get_by_role("region", name="Refunds")
    expect(refunds.get_by_text(amount_words(half))).to_be_visible()


def amount_words(amount: str) -> re.Pattern[str]:
    """As pages write it: with commas, and cents where there are some or not."""
    return re.compile(re.escape(f"{Decimal(amount):,.2f}").replace(r"\.00", r"(\.00)?"))
