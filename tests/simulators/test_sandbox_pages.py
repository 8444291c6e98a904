"""The hosted page and the gateway's own desk, as a browser without scripts gets them."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.simulators.sandbox_process import Listener, SandboxProcess, eventually

SCENARIOS = {
    "pay",
    "pay_3ds",
    "decline",
    "cancel",
    "pay_late",
    "pay_twice",
    "wrong_amount",
    "lost_webhook",
    "duplicate_webhook",
    "out_of_order",
    "delay",
    "refund_fails_later",
}


@pytest.fixture
def order(sandbox: SandboxProcess, listener: Listener) -> dict[str, Any]:
    return sandbox.order(listener)


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


def test_the_page_shows_who_asks_for_how_much_and_offers_every_scenario(order: dict[str, Any]) -> None:
    page = get(order["checkout_url"])
    for shown in ("Beacon Hill Stays", "540.00", "USD", "FH-7K2Q9M", "No real money"):
        assert shown in page.text
    assert set(re.findall(r'name="scenario" value="(\w+)"', page.text)) == SCENARIOS
    assert "<script" not in page.text
    assert "http" not in re.sub(r"http://www\.w3\.org\S+", "", page.text), "no address but our own"


def test_the_policy_names_the_merchant_because_browsers_check_redirects_too(order: dict[str, Any]) -> None:
    policy = get(order["checkout_url"]).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:9" in policy


def test_what_the_merchant_wrote_is_shown_as_text(sandbox: SandboxProcess, listener: Listener) -> None:
    order = sandbox.order(listener, description="<script>alert(1)</script>")
    page = get(order["checkout_url"]).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_button_leads_back_with_a_hint(sandbox: SandboxProcess, order: dict[str, Any]) -> None:
    answer = sandbox.press(order, "pay")
    assert answer.status_code == 303
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == "http://127.0.0.1:9/back"
    assert parse_qs(back.query) == {
        "booking": ["1"],
        "gateway_payment": [order["id"]],
        "gateway_status": ["paid"],
    }


def test_a_second_press_changes_nothing(sandbox: SandboxProcess, order: dict[str, Any]) -> None:
    sandbox.press(order, "pay")
    assert sandbox.press(order, "pay_twice").status_code == 303
    assert sandbox.press(order, "cancel").status_code == 303
    assert sandbox.payment(order)["amount_received"] == 54_000
    assert 'name="scenario"' not in get(order["checkout_url"]).text


def test_a_cancelled_payment_cannot_be_paid(sandbox: SandboxProcess, order: dict[str, Any]) -> None:
    sandbox.press(order, "cancel")
    assert sandbox.press(order, "pay").status_code == 409
    assert sandbox.payment(order)["amount_received"] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"scenario": "rob_bank"},
        {"scenario": "delay", "delay_s": "soon"},
        {"scenario": "delay", "delay_s": "nan"},
        {"scenario": "wrong_amount", "received": "-5"},
    ],
)
def test_a_form_that_makes_no_sense_is_refused(
    sandbox: SandboxProcess, order: dict[str, Any], fields: dict[str, str]
) -> None:
    assert httpx.post(order["checkout_url"], data=fields, trust_env=False).status_code == 400
    assert sandbox.payment(order)["status"] == "open"


def test_a_form_of_another_site_is_refused(sandbox: SandboxProcess, order: dict[str, Any]) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = httpx.post(order["checkout_url"], data={"scenario": "pay"}, headers=headers, trust_env=False)
    assert answer.status_code == 403
    assert sandbox.payment(order)["status"] == "open"


def test_an_unknown_checkout_is_not_found(sandbox: SandboxProcess) -> None:
    assert get(f"{sandbox.url}/checkout/guessed").status_code == 404


def test_the_page_says_when_the_deadline_has_passed(sandbox: SandboxProcess, listener: Listener) -> None:
    order = sandbox.order(listener, expires_at=time.time() + 0.1)
    assert eventually(lambda: "deadline has passed" in get(order["checkout_url"]).text)


def test_the_desk_lists_payments(sandbox: SandboxProcess, order: dict[str, Any]) -> None:
    assert order["id"] in get(f"{sandbox.url}/").text


def test_the_delivery_log_shows_attempts_and_resends(sandbox: SandboxProcess, listener: Listener) -> None:
    address = listener.new_address()
    sandbox.press(sandbox.order(listener, notify_url=address), "pay")
    listener.wait(address)

    def entry() -> str:
        events = get(f"{sandbox.url}/deliveries").text.split('<li class="event">')[1:]
        (own,) = [event for event in events if address in event]
        return own

    assert eventually(lambda: entry().count(">200<") == 1)
    form = re.search(r'action="(/deliveries/evt_\w+/resend)"', entry())
    assert form is not None
    assert httpx.post(sandbox.url + form[1], trust_env=False).status_code == 303
    assert len({heard.body for heard in listener.wait(address, 2)}) == 1
    assert eventually(lambda: entry().count(">200<") == 2)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 10**13}, "amount"),
        ({"currency": "usd"}, "currency"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"notify_url": "ftp://example.com/"}, "notify_url"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"capture": "never"}, "capture"),
        ({"metadata": {"n": 1}}, "metadata"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(
    sandbox: SandboxProcess, order: dict[str, Any], change: dict[str, Any], param: str
) -> None:
    body = {
        "reference": "FH-7K2Q9M",
        "amount": 100,
        "currency": "USD",
        "return_url": "http://127.0.0.1:9/",
        "notify_url": "http://127.0.0.1:9/",
        "expires_at": time.time() + 60,
        **change,
    }
    answer = sandbox.api.post("/v1/payments", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_the_api_needs_the_key(sandbox: SandboxProcess, order: dict[str, Any]) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = httpx.get(f"{sandbox.url}/v1/payments/{order['id']}", headers=headers, trust_env=False)
        assert answer.status_code == 401
