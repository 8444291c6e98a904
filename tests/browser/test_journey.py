"""A stay from the first page to the refund, in a real browser, on a real house, at a real gateway."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Dates, Visit
from tests.browser.steps import (
    booking_id,
    find_mail,
    go_to_gateway,
    hold,
    hold_button,
    name_guests,
    pay,
    search_from_home,
)
from tests.support.guest import PASSWORD, Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CARD = "article.place:has(img)"


def cents(text: str) -> int:
    return int(re.sub(r"[^\d]", "", text))


def test_from_the_search_to_exactly_the_refund_that_was_shown(
    visit: Visit, house: House, guest: Guest, dates: Dates
) -> None:
    me = visit()
    search_from_home(me, "Boston", dates)
    page = me.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("places in Boston")
    expect(page.locator("fh-map .pin").first).to_be_visible()
    card = page.locator(CARD).first
    whole_price = card.locator(".place-price b").inner_text()
    title = card.get_by_role("heading").inner_text()
    card.get_by_role("link").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(f'.day.is-start[data-date="{dates.check_in}"]')).to_be_visible()
    total = page.locator("#price-box .line-total .money").inner_text()
    assert total == whole_price, "the card and the page name the same price"
    line = page.locator("#price-box details.line").first
    line.locator("summary").click()
    expect(line.locator(".line-rule")).to_be_visible()
    expect(page.locator("#price-box .refund-step").first).to_contain_text("back")

    hold(me, guest)
    name_guests(page)
    go_to_gateway(page, house)
    reference = pay(page)
    expect(page.get_by_text(f"You paid {total}.")).to_be_visible()
    booking = booking_id(house, reference)

    mail = find_mail(house, me, guest.email, "confirmed", reference)
    expect(mail.get_by_text(f"{reference}.ics")).to_be_visible()

    page.get_by_role("link", name="Trips", exact=True).click()
    page.get_by_role("article").filter(has_text=reference).get_by_role("link", name="See the details").click()
    page.get_by_role("link", name="Cancel this trip").click()
    shown = page.locator("dd.sum-main").inner_text()
    page.get_by_role("button", name=f"Cancel and get {shown} back").click()
    expect(page.get_by_text(f"Your trip is cancelled. You get {shown} back.")).to_be_visible()
    expect(page.locator(".line-plain").filter(has_text="Refunded").locator(".money")).to_have_text(shown)

    find_mail(house, me, guest.email, "refund", reference)
    assert house.gateway_lines(booking) == [cents(total), -cents(shown)]
    me.go(f"/trips/{reference}/")
    expect(page.get_by_text(f"A refund of {shown} was sent. Banks take a few days.")).to_be_visible()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    house.assert_all_is_well()


def test_a_declined_card_can_be_followed_by_a_good_one(visit: Visit, house: House, guest: Guest, dates: Dates) -> None:
    me = visit()
    page = me.go(f"/places/{house.place()}/?{dates.query}")
    hold(me, guest)
    name_guests(page)
    go_to_gateway(page, house)
    page.get_by_role("button", name="Decline").click()
    page.wait_for_url("**/pay/**")
    expect(page.get_by_role("alert")).to_contain_text("The payment did not go through")
    me.assert_page_is_good()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(f"{house.gateway}/**")
    reference = pay(page)
    assert house.gateway_lines(booking_id(house, reference)) == [30_000]


def test_nights_that_somebody_else_holds_say_so_and_offer_others(
    visit: Visit, house: House, guest: Guest, dates: Dates
) -> None:
    place = house.place()
    me = visit()
    page = me.go(f"/places/{place}/?{dates.query}")
    expect(hold_button(page)).to_be_enabled()
    hold_button(page).click()
    me.sign_in(guest.email, PASSWORD)
    expect(page.locator("#price-box .line-total")).to_be_visible()

    house.guest().hold(place)  # somebody is quicker
    hold_button(page).click()
    expect(page.locator("#price-box .alert")).to_contain_text("These nights are not all free")
    expect(page.locator("#price-box .alert")).to_contain_text("Held for somebody else until")
    day = page.locator(f'.day[data-date="{dates.check_in}"]')
    day.hover()
    expect(page.locator("[data-explains]")).to_contain_text("Held for somebody else until")
    me.assert_page_is_good()
    page.locator(".cal-offers a").first.click()
    expect(page.locator("#price-box .line-total")).to_be_visible()
    hold_button(page).click()
    expect(page.get_by_role("heading", name="Who is coming")).to_be_visible()


def test_a_hold_that_ends_says_what_to_do(visit: Visit, house: House, guest: Guest, dates: Dates) -> None:
    me = visit()
    page = me.go(f"/places/{house.place()}/?{dates.query}")
    hold(me, guest)
    (row,) = house.sql(
        "SELECT id FROM bookings_booking WHERE booker_id = (SELECT id FROM accounts_user WHERE email = %s)", guest.email
    )
    house.let_lapse({"id": str(row[0])})
    page.reload()
    expect(page.get_by_role("heading", name="Your hold has ended")).to_be_visible()
    expect(page.get_by_text("You were not charged.")).to_be_visible()
    me.assert_page_is_good()
    page.get_by_role("link", name="Hold it again").click()
    hold_button(page).click()
    expect(page.get_by_role("heading", name="Who is coming")).to_be_visible()


def test_back_and_reload_lose_nothing(visit: Visit, house: House, guest: Guest, dates: Dates) -> None:
    me = visit()
    page = me.go(f"/places/{house.place()}/?{dates.query}")
    hold(me, guest)
    page.get_by_role("button", name=re.compile("^Extend once")).click()
    expect(page.get_by_text("Already extended")).to_be_visible()
    name_guests(page)
    page.go_back()
    expect(page.get_by_label("Your name")).to_have_value("Ada Wong")
    page.reload()
    expect(page.get_by_label("Guest 2")).to_have_value("Ben Okafor")
    expect(page.get_by_label("Anything the host should know?")).to_have_value("We come by the late train.")
    page.get_by_role("button", name="Go on to review").click()
    go_to_gateway(page, house)
    page.go_back()
    expect(page.get_by_role("heading", name=re.compile("^Pay "))).to_be_visible()
    page.reload()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.wait_for_url(f"{house.gateway}/**")
    pay(page)
    page.reload()
    expect(page.get_by_role("heading", name="You are confirmed")).to_be_visible()


def test_without_javascript(visit: Visit, house: House, guest: Guest, dates: Dates) -> None:
    me = visit(java_script_enabled=False)
    page = me.go("/")
    page.get_by_role("combobox", name="Where").fill("Boston")
    page.get_by_label("Check-in").fill(f"{dates.check_in}")
    page.get_by_label("Check-out").fill(f"{dates.check_out}")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.locator(CARD).first.get_by_role("link").click()
    hold(me, guest)
    name_guests(page)
    go_to_gateway(page, house)
    reference = pay(page)
    page.get_by_role("link", name="See my trip").click()
    expect(page.get_by_text(reference)).to_be_visible()


def test_with_the_keyboard_alone(visit: Visit, house: House, guest: Guest, dates: Dates) -> None:
    me = visit()
    page = me.go("/accounts/login/?next=/")
    me.sign_in(guest.email, PASSWORD)
    page.wait_for_url(f"{house.site}/")

    def tab_to(locator: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", locator):
                return
        raise AssertionError(f"Tab never reaches {locator}")

    tab_to('input[name="place"]')
    page.keyboard.type("Boston")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?**")
    tab_to("article.place a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/places/**")
    me.go(f"/places/{house.place()}/")
    tab_to(".day")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".day.is-start")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#price-box .line-total")).to_contain_text("$300.00")
    tab_to("#price-box .btn-primary")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Who is coming")).to_be_visible()


def test_on_a_phone(visit: Visit, house: House, guest: Guest, dates: Dates) -> None:
    me = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2)
    search_from_home(me, "Boston", dates)
    page = me.page
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.locator("fh-map .pin").first).to_be_visible()
    page.get_by_role("button", name="List", exact=True).click()
    page.locator(CARD).first.get_by_role("link").click()
    page.locator(".book-bar").get_by_role("link", name="Hold it").click()
    hold(me, guest)
    name_guests(page)
    go_to_gateway(page, house)
    pay(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
