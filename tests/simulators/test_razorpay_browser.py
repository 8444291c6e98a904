"""Razorpay's pages in a real browser: accessible, no wider than a phone, alone and in a merchant's page."""

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from tests.simulators.process import Listener
from tests.simulators.razorpay_process import KEY_ID, RazorpayProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NOTES = {"merchant": "Beacon Hill Stays", "description": "Two nights in Back Bay", "reference": "FH-7K2Q9M"}
SHOP = "http://127.0.0.1:9/shop"
SHOP_PAGE = """<!doctype html><title>Shop</title><p id="said">waiting</p><script src="{home}/v1/checkout.js"></script>
<script>
const said = document.getElementById("said");
const shop = new Razorpay({{key: "{key}", order_id: "{order}",
  handler: (result) => {{ said.textContent = Object.keys(result).sort().join(" "); }},
  modal: {{ondismiss: () => {{ said.textContent = "dismissed"; }}}}}});
shop.on("payment.failed", (told) => {{ said.textContent = told.error.description; }});
shop.open();
</script>"""

FORM_PAGE = """<!doctype html><title>Shop</title><form method="get" action="/done">
<script src="{home}/v1/checkout.js" data-key="{key}" data-order_id="{order}" data-buttontext="Pay 540"></script>
</form>"""

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


def address(simulator: RazorpayProcess, order: dict[str, Any], **query: str) -> str:
    return f"{simulator.url}/checkout?{urlencode({'key_id': KEY_ID, 'order_id': order['id'], **query})}"


@pytest.fixture
def addresses(razorpay_simulator: RazorpayProcess, listener: Listener) -> list[str]:
    """Every page in each of its appearances."""
    razorpay_simulator.listen(listener)
    orders = {name: razorpay_simulator.order(receipt=name, notes=NOTES) for name in ("open", "declined", "paid")}
    razorpay_simulator.act(orders["declined"]["id"], "decline")
    razorpay_simulator.act(orders["paid"]["id"], "pay")
    bare = razorpay_simulator.order()
    pages = [address(razorpay_simulator, order, callback_url=SHOP) for order in (*orders.values(), bare)]
    home = razorpay_simulator.url
    return [*pages, f"{home}/", f"{home}/deliveries", f"{home}/checkout?key_id={KEY_ID}&order_id=order_guessed"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_is_accessible_and_fits(browser: Browser, addresses: list[str], width: int, scheme: Any) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for each in addresses:
        page.goto(each)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_payer_without_javascript_pays_and_comes_back(browser: Browser, razorpay_simulator: RazorpayProcess) -> None:
    order = razorpay_simulator.order(notes=NOTES)
    back = f"{razorpay_simulator.url}/deliveries?booking=1"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(razorpay_simulator, order, callback_url=back, callback_method="get"))
    page.get_by_role("button", name="Pay with bank confirmation").click()
    page.get_by_role("button", name="Confirm the payment").click()
    assert page.url.startswith(back)
    assert "razorpay_signature=" in page.url
    context.close()


def shop_that_shows(html: bytes) -> str:
    """The address of a merchant's page, served as long as the tests run."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def test_a_merchants_page_opens_the_window_and_hears_how_it_ended(
    browser: Browser, razorpay_simulator: RazorpayProcess
) -> None:
    order = razorpay_simulator.order(notes=NOTES)
    html = SHOP_PAGE.format(home=razorpay_simulator.url, key=KEY_ID, order=order["id"]).encode()
    context = browser.new_context()
    page = context.new_page()
    shop = shop_that_shows(html)
    page.goto(shop)
    window, said = page.frame_locator("iframe"), page.locator("#said")
    window.get_by_role("button", name="Decline").click()
    said.get_by_text("declined by the bank").wait_for()
    window.get_by_role("button", name="Close and go back").click()
    said.get_by_text("dismissed").wait_for()
    page.goto(shop)
    window.get_by_role("button", name="Pay 540.00 INR").click()
    said.get_by_text("razorpay_order_id razorpay_payment_id razorpay_signature").wait_for()
    assert page.locator("iframe").count() == 0
    context.close()


def test_a_form_with_the_script_in_it_is_sent_with_the_signed_result(
    browser: Browser, razorpay_simulator: RazorpayProcess
) -> None:
    order = razorpay_simulator.order(notes=NOTES)
    shop = shop_that_shows(FORM_PAGE.format(home=razorpay_simulator.url, key=KEY_ID, order=order["id"]).encode())
    context = browser.new_context()
    page = context.new_page()
    page.goto(shop)
    page.get_by_role("button", name="Pay 540").click()
    page.frame_locator("iframe").get_by_role("button", name="Pay 540.00 INR").click()
    page.wait_for_url("**/done?**")
    assert f"razorpay_order_id={order['id']}" in page.url
    assert "razorpay_signature=" in page.url
    context.close()
