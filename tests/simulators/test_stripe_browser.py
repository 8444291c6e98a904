"""Stripe's pages in a real browser: accessible, no wider than a phone, without JavaScript, from a shop's own page."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from tests.simulators.process import Listener
from tests.simulators.stripe_process import StripeProcess

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOP_PAGE = """<!doctype html><title>Shop</title><div id="fields"></div><button>Pay</button>
<script src="{home}/v3/"></script>
<script>
const stripe = Stripe("pk_test_shop"), elements = stripe.elements({{ clientSecret: "{secret}" }});
elements.create("payment").mount("#fields");
document.querySelector("button").addEventListener("click", () =>
  stripe.confirmPayment({{ elements, confirmParams: {{ return_url: "{home}/shop/back?booking=1" }} }}));
</script>"""

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


def session(simulator: StripeProcess, back: str = "http://127.0.0.1:9/back") -> Any:
    price = {"currency": "usd", "unit_amount": 54_000, "product_data": {"name": "Two nights in Back Bay"}}
    return simulator.sdk().checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"quantity": 1, "price_data": price}],
            "success_url": f"{back}?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": back,
            "client_reference_id": "FH-7K2Q9M",
            "metadata": {"merchant": "Beacon Hill Stays"},
        }
    )


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_every_page_is_accessible_and_fits(
    browser: Browser, stripe_simulator: StripeProcess, listener: Listener, width: int, scheme: Any
) -> None:
    stripe_simulator.endpoint(listener.new_address())
    opened, declined, paid = (session(stripe_simulator) for _ in range(3))
    stripe_simulator.press(declined.url, "decline")
    stripe_simulator.press(paid.url, "pay")
    addresses = [opened.url, f"{opened.url}?challenge=1", declined.url, paid.url]
    addresses += [stripe_simulator.url + path for path in ("/", "/deliveries", "/c/pay/cs_test_guessed")]
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for address in addresses:
        page.goto(address)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    stripe_simulator.close_endpoints()


def test_a_payer_without_javascript_pays_and_comes_back(browser: Browser, stripe_simulator: StripeProcess) -> None:
    wanted = session(stripe_simulator, back=f"{stripe_simulator.url}/healthz")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(wanted.url)
    page.get_by_role("button", name="Pay with bank confirmation").click()
    page.get_by_role("button", name="Confirm the payment").click()
    page.wait_for_url(f"**/healthz?session={wanted.id}")
    assert stripe_simulator.sdk().checkout.sessions.retrieve(wanted.id).payment_status == "paid"
    context.close()


def test_a_shops_own_page_pays_through_the_script(browser: Browser, stripe_simulator: StripeProcess) -> None:
    intent = stripe_simulator.sdk().payment_intents.create({"amount": 54_000, "currency": "usd"})
    shop = SHOP_PAGE.format(home=stripe_simulator.url, secret=intent.client_secret)
    page = browser.new_page()
    page.route(f"{stripe_simulator.url}/shop/**", lambda route: route.fulfill(body=shop, content_type="text/html"))
    page.goto(f"{stripe_simulator.url}/shop/pay")
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Pay 540.00 USD").click()
    page.wait_for_url(f"**/shop/back?booking=1&payment_intent={intent.id}&redirect_status=succeeded")
    assert stripe_simulator.sdk().payment_intents.retrieve(intent.id).status == "succeeded"
    page.close()
