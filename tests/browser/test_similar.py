"""Whose nights are taken is led to a place that is free, and back to other nights of the same one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Dates, Visit
from tests.support.guest import Guest
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_taken_nights_lead_to_a_similar_place(visit: Visit, house: House, guest: Guest, dates: Dates) -> None:
    taken = house.place()
    guest.hold(taken)
    me = visit()
    page = me.go(f"/places/{taken}/?{dates.query}")
    box = page.locator("#price-box")
    expect(box).to_contain_text("Free on your dates nearby")
    expect(box).to_contain_text("in the same house")
    page.locator("#rules").scroll_into_view_if_needed()
    page.get_by_role("contentinfo").scroll_into_view_if_needed()
    expect(page.get_by_role("heading", name="Similar places, free on your dates")).to_be_visible()
    me.assert_page_is_good()

    # Other nights that are taken too are another question; nights that are free are none.
    page.goto(f"{me.site}/places/{taken}/?check_in={dates.check_in}&check_out={dates.check_in + timedelta(days=1)}")
    expect(box).to_contain_text("Free on your dates nearby")
    page.locator(f'.day[data-date="{dates.check_out}"]').click()
    page.locator(f'.day[data-date="{dates.check_out + timedelta(days=2)}"]').click()
    expect(box.locator(".line-total")).to_contain_text("$200.00")
    expect(box).not_to_contain_text("Free on your dates nearby")

    me.go(f"/places/{taken}/?{dates.query}")
    box.get_by_role("listitem").first.get_by_role("link").click()
    expect(box.locator(".line-total")).to_contain_text("$300.00")
    expect(box).not_to_contain_text("These nights are not all free")
