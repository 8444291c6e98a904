"""A visitor with a browser, who notices what a person with a screen reader, a phone or a console would notice."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

from tests.support.guest import PASSWORD

NOISE = ("GPU stall", "GL Driver Message", "swiftshader")


class Visitor:
    """One browser window. `look()` fails on anything that is wrong with the page as it is now."""

    def __init__(self, browser: Browser, site: str, **options: Any) -> None:
        self.site = site
        options = {"viewport": {"width": 1440, "height": 900}, "timezone_id": "America/New_York", **options}
        self.has_scripts = options.get("java_script_enabled", True)
        self.context = browser.new_context(**options)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("response", self._note_failure)

    def _note(self, message: ConsoleMessage) -> None:
        # What was refused with a status is noted with its address, below.
        is_status = message.text.startswith("Failed to load resource")
        if message.type in {"error", "warning"} and not is_status and not any(noise in message.text for noise in NOISE):
            self.complaints.append(message.text)

    def _note_failure(self, response: Response) -> None:
        if response.url.startswith(self.site) and response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    def open(self, path: str) -> Visitor:
        self.page.goto(self.site + path)
        return self

    def look(self) -> None:
        """No complaints in the console, nothing wider than the window, and nothing that axe finds."""
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        assert self.complaints == [], self.page.url
        if not self.has_scripts:
            return
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, self.page.url
        found = Axe().run(self.page)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"

    def press(self, name: str) -> None:
        """A button or a link by its words, that leads to another page."""
        button = self.page.get_by_role("button", name=name)
        target = (button if button.count() else self.page.get_by_role("link", name=name)).first
        with self.page.expect_navigation():
            target.click()

    def sign_in(self, email: str) -> None:
        self.page.get_by_label("Email, username or phone").fill(email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("button", name="Sign in").click()

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def close(self) -> None:
        self.context.close()
