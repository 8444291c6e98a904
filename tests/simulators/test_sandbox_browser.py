"""The gateway's pages in a real browser: accessible, no wider than a phone, and complete without JavaScript."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from tests.simulators.sandbox_process import Listener, SandboxProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def orders(sandbox: SandboxProcess, listener: Listener) -> dict[str, dict[str, Any]]:
    """One payment per appearance of the page."""
    orders = {name: sandbox.order(listener) for name in ("open", "declined", "paid", "cancelled")}
    sandbox.press(orders["declined"], "decline")
    sandbox.press(orders["paid"], "pay")
    sandbox.press(orders["cancelled"], "cancel")
    return orders


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_is_accessible_and_fits(
    browser: Browser, sandbox: SandboxProcess, orders: dict[str, dict[str, Any]], width: int, scheme: Any
) -> None:
    addresses = [order["checkout_url"] for order in orders.values()]
    addresses += [f"{orders['open']['checkout_url']}?challenge=1", f"{sandbox.url}/", f"{sandbox.url}/deliveries"]
    addresses += [f"{sandbox.url}/checkout/guessed"]
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for address in addresses:
        page.goto(address)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_payer_without_javascript_pays_and_comes_back(
    browser: Browser, sandbox: SandboxProcess, listener: Listener
) -> None:
    order = sandbox.order(listener, return_url=f"{sandbox.url}/deliveries?booking=1")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(order["checkout_url"])
    page.get_by_role("button", name="Pay with bank confirmation").click()
    page.get_by_role("button", name="Confirm the payment").click()
    page.wait_for_url("**/deliveries?booking=1&gateway_payment=*&gateway_status=paid")
    assert sandbox.payment(order)["status"] == "paid"
    context.close()


def test_the_policy_of_the_page_lets_the_browser_return_to_another_origin(
    browser: Browser, sandbox: SandboxProcess, listener: Listener
) -> None:
    """Chromium applies form-action to the redirect that answers the form."""
    merchant = sandbox.url.replace("127.0.0.1", "localhost")
    order = sandbox.order(listener, return_url=f"{merchant}/healthz")
    page = browser.new_page()
    page.goto(order["checkout_url"])
    page.get_by_role("button", name="Pay 540.00 USD").click()
    page.wait_for_url(f"{merchant}/healthz?*")
    page.close()
