"""The place field suggests while somebody types, for the mouse, the keyboard and a screen reader."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.support.house import House

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_place_field_is_worked_by_keyboard(visit: Visit, house: House) -> None:
    house.wait_until_ready()
    me = visit()
    page = me.go("/")
    field = page.get_by_role("combobox", name="Where")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("bost")
    options = page.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_contain_text("Boston")
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    marked = field.get_attribute("aria-activedescendant")
    assert marked == options.first.get_attribute("id")
    me.assert_page_is_good()
    field.press("Enter")
    expect(field).to_have_value("Boston")
    expect(options.first).to_be_hidden()
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("in Boston")


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(visit: Visit, house: House) -> None:
    house.wait_until_ready()
    page = visit().go("/")
    field = page.get_by_role("combobox", name="Where")
    field.press_sequentially("bos")
    expect(page.get_by_role("listbox")).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("bos")


def test_a_typing_error_leads_to_the_place(visit: Visit, house: House) -> None:
    house.wait_until_ready()
    page = visit().go("/search/?place=Bosotn")
    page.get_by_role("link", name="Boston", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("places in Boston")
