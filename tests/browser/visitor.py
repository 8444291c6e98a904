"""Somebody with a browser, and somebody who looks over the shoulder: troubles of any page are written down."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

PATIENCE_MS = 30_000
# How Chromium reports an answer that is not 2xx: a page that refuses on purpose is no trouble.
REFUSAL = "Failed to load resource: the server responded with a status of"
WIDE, NARROW = (1440, 900), (390, 844)
LOOKS: dict[Any, tuple[int, int]] = {"light": WIDE, "dark": NARROW}


class Visitor:
    """One browser profile with one page. `troubles` collects console errors, broken policies and failed requests."""

    def __init__(self, context: BrowserContext, site: str) -> None:
        self.site = site
        self.context = context
        self.troubles: list[str] = []
        self._refused: set[str] = set()
        context.set_default_timeout(PATIENCE_MS)
        self.page: Page = context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.troubles.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._see)

    def go(self, path: str) -> Page:
        self.page.goto(self.site + path)
        return self.page

    def sign_in(self, email: str, password: str) -> None:
        """On the sign-in page."""
        self.page.get_by_label("Email, username or phone").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()

    # --- looking at a page ------------------------------------------------------------------------------

    def assert_page_is_good(self) -> None:
        """Accessible and no wider than the window: wide and light, narrow and dark."""
        wrong = []
        for scheme, (width, height) in LOOKS.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            self.page.evaluate(_STAND_STILL)
            wrong += [f"{scheme}, {width}: {problem}" for problem in self._problems(width)]
        assert not wrong, f"{self.page.url}\n" + "\n".join(wrong)
        self.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})

    def _problems(self, width: int) -> list[str]:
        found = [
            f"{violation['id']} at {[(node['target'], node['failureSummary'][-180:]) for node in violation['nodes']]}"
            for violation in Axe().run(self.page).response["violations"]
        ]
        if (needed := self.page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"scrolls sideways: {needed} pixels of content; {self.page.evaluate(_WHAT_STICKS_OUT)}")
        return found

    # --- over the shoulder ------------------------------------------------------------------------------

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        is_page = message.location.get("url") in self._refused
        if not (message.text.startswith(REFUSAL) and is_page):
            self.troubles.append(f"{self.page.url}: {message.text} {json.dumps(message.location)}")

    def _see(self, response: Any) -> None:
        if response.status < 400:
            return
        if response.request.is_navigation_request() and response.status < 500:
            self._refused.add(response.url)
        else:
            self.troubles.append(f"{self.page.url}: {response.status} {response.request.method} {response.url}")


# Colours that are still on their way from one scheme to the other are nobody's choice.
_STAND_STILL = """
() => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important; }");
    document.adoptedStyleSheets = [still];
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}
"""

_WHAT_STICKS_OUT = """
() => [...document.querySelectorAll("body *")]
    .filter((item) => item.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5)
    .map((item) => `${item.tagName}.${item.className}`)
"""
