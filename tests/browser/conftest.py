"""Chromium, visitors, and guests with stays in every state, on one real process tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.programs import chromium
from tests.support.guest import Guest
from tests.support.house import House

type Visit = Callable[..., Visitor]

ARRIVE_IN = 30
NIGHTS = 3


@dataclass(frozen=True, slots=True)
class Dates:
    check_in: date
    check_out: date

    @property
    def query(self) -> str:
        return f"check_in={self.check_in}&check_out={self.check_out}&guests=2"


# Not for the whole session: while Playwright's loop runs, Django refuses the database to tests of this process.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, house: House) -> Iterator[Visit]:
    """Opens a browser for somebody new. Whatever a page complained about fails the test that visited it."""
    house.wait_until_ready()
    visitors: list[Visitor] = []

    def arrive(**options: Any) -> Visitor:
        wanted = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", "locale": "en-US"}
        visitors.append(Visitor(browser.new_context(**{**wanted, **options}), house.site))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.context.close()
    assert [trouble for visitor in visitors for trouble in visitor.troubles] == []


@pytest.fixture
def guest(house: House) -> Guest:
    house.wait_until_ready()
    return house.guest()


@pytest.fixture(scope="session")
def dates() -> Dates:
    """The nights that `Guest.hold` asks for."""
    arrival = (datetime.now(UTC) + timedelta(days=ARRIVE_IN)).date()
    return Dates(arrival, arrival + timedelta(days=NIGHTS))
