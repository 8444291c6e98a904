"""Each button of the hosted page: what becomes of the payment, and what the merchant hears."""

import json
import time
from typing import Any

import pytest

from tests.simulators.sandbox_process import Heard, Listener, SandboxProcess, eventually


def types(heard: list[Heard]) -> list[str]:
    return [json.loads(one.body)["type"] for one in heard]


def objects(heard: list[Heard]) -> list[dict[str, Any]]:
    return [json.loads(one.body)["data"]["object"] for one in heard]


@pytest.fixture
def address(listener: Listener) -> str:
    return listener.new_address()


@pytest.fixture
def order(sandbox: SandboxProcess, listener: Listener, address: str) -> dict[str, Any]:
    return sandbox.order(listener, notify_url=address)


def test_pay_takes_the_amount_and_tells_once(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    sandbox.press(order, "pay")
    (told,) = objects(listener.wait(address, within_s=3))
    assert (told["status"], told["amount_received"], told["last_error"]) == ("paid", 54_000, None)
    assert [charge["amount"] for charge in told["charges"]] == [54_000]
    assert sandbox.payment(order) == told


def test_a_declined_payment_stays_open_for_another_try(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    sandbox.press(order, "decline")
    heard = listener.wait(address)
    assert types(heard) == ["payment.attempt_failed"]
    assert objects(heard)[0]["last_error"]["code"] == "card_declined"
    assert sandbox.payment(order)["status"] == "open"
    sandbox.press(order, "pay")
    assert types(listener.wait(address, 2)) == ["payment.attempt_failed", "payment.paid"]


def test_cancel_takes_nothing(sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]) -> None:
    sandbox.press(order, "cancel")
    assert types(listener.wait(address)) == ["payment.canceled"]
    assert sandbox.payment(order)["amount_received"] == 0


def test_pay_late_is_silent_until_the_money_comes(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    sandbox.press(order, "pay_late", delay_s="0.4")
    assert sandbox.payment(order)["status"] == "processing"
    assert listener.about(address) == []
    assert types(listener.wait(address)) == ["payment.paid"]


def test_pay_late_comes_after_the_deadline_by_itself(sandbox: SandboxProcess, listener: Listener, address: str) -> None:
    deadline = time.time() + 2
    order = sandbox.order(listener, notify_url=address, expires_at=deadline)
    sandbox.press(order, "pay_late")
    heard = listener.wait(address)
    assert types(heard) == ["payment.paid"]
    assert objects(heard)[0]["charges"][0]["created"] > deadline


def test_pay_twice_brings_two_charges(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    sandbox.press(order, "pay_twice")
    heard = listener.wait(address, 2)
    assert types(heard) == ["payment.paid", "charge.captured"]
    assert [told["amount_received"] for told in objects(heard)] == [54_000, 108_000]
    assert len({charge["id"] for charge in sandbox.payment(order)["charges"]}) == 2


@pytest.mark.parametrize(("fields", "received"), [({}, 48_600), ({"received": "60000"}, 60_000)])
def test_wrong_amount(
    sandbox: SandboxProcess,
    listener: Listener,
    address: str,
    order: dict[str, Any],
    fields: dict[str, str],
    received: int,
) -> None:
    sandbox.press(order, "wrong_amount", **fields)
    (told,) = objects(listener.wait(address))
    assert (told["amount"], told["amount_received"]) == (54_000, received)


def test_lost_webhook_is_paid_and_never_told_until_resent(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    sandbox.press(order, "lost_webhook")
    assert sandbox.payment(order)["status"] == "paid"
    time.sleep(0.5)
    assert listener.about(address) == []
    events, cursor = [], 0
    while page := sandbox.api.get("/v1/events", params={"starting_after": cursor}).json()["data"]:
        events += page
        cursor = page[-1]["sequence"]
    (lost,) = [event for event in events if event["data"]["object"]["id"] == order["id"]]
    assert sandbox.api.post(f"/v1/events/{lost['id']}/resend").is_success
    assert json.loads(listener.wait(address)[0].body)["id"] == lost["id"]


def test_duplicate_webhook_sends_the_same_event_three_times(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    sandbox.press(order, "duplicate_webhook")
    assert len({heard.body for heard in listener.wait(address, 3)}) == 1


def test_out_of_order_delivers_processing_after_paid(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    sandbox.press(order, "out_of_order")
    first, second = (json.loads(heard.body) for heard in listener.wait(address, 2))
    assert [first["type"], second["type"]] == ["payment.paid", "payment.processing"]
    assert second["created"] <= first["created"]


def test_delay_pays_now_and_tells_later(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    pressed_at = time.time()
    sandbox.press(order, "delay", delay_s="0.6")
    assert sandbox.payment(order)["status"] == "paid"
    assert listener.wait(address)[0].at.timestamp() - pressed_at >= 0.6


def test_pay_3ds_asks_the_bank_first(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    answer = sandbox.press(order, "pay_3ds")
    assert answer.headers["location"].endswith("?challenge=1")
    assert sandbox.payment(order)["status"] == "open"
    sandbox.press(order, "decline_3ds")
    sandbox.press(order, "pay")
    heard = listener.wait(address, 2)
    assert objects(heard)[0]["last_error"]["code"] == "authentication_failed"
    assert objects(heard)[1]["status"] == "paid"


def test_a_refund_that_fails_later_gives_the_money_back_to_the_merchant(
    sandbox: SandboxProcess, listener: Listener, address: str, order: dict[str, Any]
) -> None:
    sandbox.press(order, "refund_fails_later", delay_s="0.3")
    refund = sandbox.api.post("/v1/refunds", json={"payment": order["id"], "amount": 10_000}).json()
    assert refund["status"] == "succeeded"
    assert types(listener.wait(address, 3)) == ["payment.paid", "refund.succeeded", "refund.failed"]
    assert sandbox.payment(order)["amount_refunded"] == 0


def test_an_open_payment_expires_and_can_still_be_paid_late(
    sandbox: SandboxProcess, listener: Listener, address: str
) -> None:
    order = sandbox.order(listener, notify_url=address, expires_at=time.time() + 0.2)
    assert types(listener.wait(address)) == ["payment.expired"]
    sandbox.press(order, "pay")
    assert types(listener.wait(address, 2)) == ["payment.expired", "payment.paid"]


def test_a_manual_capture_holds_the_money_first(sandbox: SandboxProcess, listener: Listener, address: str) -> None:
    order = sandbox.order(listener, notify_url=address, capture="manual")
    sandbox.press(order, "pay")
    assert objects(listener.wait(address))[0]["amount_capturable"] == 54_000
    captured = sandbox.api.post(f"/v1/payments/{order['id']}/capture", json={"amount": 20_000}).json()
    assert (captured["status"], captured["amount_received"]) == ("paid", 20_000)
    assert types(listener.wait(address, 2)) == ["payment.authorized", "payment.paid"]


def test_the_clock_moves_what_is_due(sandbox: SandboxProcess, listener: Listener, address: str) -> None:
    order = sandbox.order(listener, notify_url=address, expires_at=time.time() + 3000)
    try:
        sandbox.api.post("/control/clock", json={"advance_s": 3600})
        assert eventually(lambda: sandbox.payment(order)["status"] == "expired")
    finally:
        assert sandbox.api.post("/control/clock", json={"offset_s": 0}).json()["offset_s"] == 0
