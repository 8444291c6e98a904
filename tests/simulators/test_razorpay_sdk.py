"""The official SDK as the client of our simulator: what it accepts there, it accepts from Razorpay."""

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import razorpay
from razorpay.errors import BadRequestError, ServerError, SignatureVerificationError

from tests.simulators.process import Listener, eventually
from tests.simulators.razorpay_process import (
    ACCOUNT,
    KEY_ID,
    KEY_SECRET,
    PAYOUT_ACCOUNT,
    WEBHOOK_SECRET,
    RazorpayProcess,
    names,
)

BACK = "http://127.0.0.1:9/back?booking=1"


@pytest.fixture
def sdk(razorpay_simulator: RazorpayProcess) -> Any:
    return razorpay.Client(auth=(KEY_ID, KEY_SECRET), base_url=razorpay_simulator.url)


@pytest.fixture
def order(sdk: Any) -> dict[str, Any]:
    return dict(sdk.order.create({"amount": 750_000, "currency": "INR", "receipt": "FH7K2Q-1", "notes": {"a": "b"}}))


def paid(razorpay_simulator: RazorpayProcess, order: dict[str, Any], scenario: str = "pay", **fields: float) -> str:
    return str(razorpay_simulator.act(order["id"], scenario, **fields))


# --- orders and payments ------------------------------------------------------------------------------------


def test_an_order_has_every_field_that_the_reference_names(sdk: Any, order: dict[str, Any]) -> None:
    assert sdk.order.fetch(order["id"]) == order
    assert order["id"].startswith("order_")
    assert {name: order[name] for name in order if name not in ("id", "created_at")} == {
        "entity": "order",
        "amount": 750_000,
        "amount_paid": 0,
        "amount_due": 750_000,
        "currency": "INR",
        "receipt": "FH7K2Q-1",
        "status": "created",
        "attempts": 0,
        "notes": {"a": "b"},
        "offer_id": None,
    }


def test_a_unique_receipt_brings_the_same_order_back(sdk: Any) -> None:
    body = {"amount": 100, "currency": "INR", "receipt": "unique-1", "unique_receipt": True}
    first = sdk.order.create(body)
    assert sdk.order.create(body)["id"] == first["id"]
    assert [each["id"] for each in sdk.order.all({"receipt": "unique-1"})["items"]] == [first["id"]]
    assert sdk.order.create({**body, "unique_receipt": False})["id"] != first["id"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"amount": 99, "currency": "INR"}, "minimum amount"),
        ({"amount": "100", "currency": "INR"}, "must be an integer"),
        ({"amount": 100}, "currency field is required"),
        ({"amount": 100, "currency": "INR", "receipt": "x" * 41}, "40 characters"),
        ({"amount": 100, "currency": "INR", "colour": "red"}, "colour is/are not required and should not be sent"),
    ],
)
def test_a_wrong_order_is_refused_in_razorpays_words(sdk: Any, body: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequestError, match=words):
        sdk.order.create(body)


def test_a_payment_is_captured_by_itself_and_pays_its_order(
    razorpay_simulator: RazorpayProcess, sdk: Any, order: dict[str, Any]
) -> None:
    payment_id = paid(razorpay_simulator, order)
    payment = sdk.payment.fetch(payment_id)
    assert (payment["status"], payment["captured"], payment["order_id"]) == ("captured", True, order["id"])
    assert (payment["fee"], payment["tax"]) == (17_700, 2_700)
    fetched = sdk.order.fetch(order["id"])
    assert (fetched["status"], fetched["amount_paid"], fetched["amount_due"]) == ("paid", 750_000, 0)
    assert [each["id"] for each in sdk.order.payments(order["id"])["items"]] == [payment_id]


def test_held_money_is_captured_whole_and_once(razorpay_simulator: RazorpayProcess, sdk: Any) -> None:
    order = sdk.order.create({"amount": 5_000, "currency": "INR", "payment": {"capture": "manual"}})
    payment_id = paid(razorpay_simulator, order)
    assert sdk.payment.fetch(payment_id)["status"] == "authorized"
    with pytest.raises(BadRequestError, match="must be equal to the amount authorized"):
        sdk.payment.capture(payment_id, 4_000, {"currency": "INR"})
    assert sdk.payment.capture(payment_id, 5_000, {"currency": "INR"})["status"] == "captured"
    with pytest.raises(BadRequestError, match="already been captured"):
        sdk.payment.capture(payment_id, 5_000, {"currency": "INR"})


def test_held_money_that_nobody_captures_goes_back_by_itself(razorpay_simulator: RazorpayProcess, sdk: Any) -> None:
    capture = {"capture": "manual", "capture_options": {"manual_expiry_period": 12}}
    order = sdk.order.create({"amount": 5_000, "currency": "INR", "payment": capture})
    payment_id = paid(razorpay_simulator, order)
    razorpay_simulator.control("clock", advance_s=13 * 60)
    try:
        assert eventually(lambda: sdk.payment.fetch(payment_id)["status"] == "refunded")
    finally:
        razorpay_simulator.control("clock", offset_s=0)
    payment = sdk.payment.fetch(payment_id)
    assert (payment["captured"], payment["amount_refunded"], payment["refund_status"]) == (False, 5_000, "full")
    assert sdk.order.fetch(order["id"])["amount_paid"] == 0


def test_a_late_answer_of_the_bank_turns_failed_into_captured(
    razorpay_simulator: RazorpayProcess, sdk: Any, order: dict[str, Any]
) -> None:
    assert razorpay_simulator.act(order["id"], "pay_late", delay_s=2) is None
    (payment,) = sdk.order.payments(order["id"])["items"]
    assert (payment["status"], payment["error_reason"]) == ("failed", "payment_timed_out")
    assert eventually(lambda: sdk.payment.fetch(payment["id"])["status"] == "captured")
    assert sdk.payment.fetch(payment["id"])["late_authorized"] is True


# --- refunds ------------------------------------------------------------------------------------------------


def test_a_refund_is_made_once_per_key(razorpay_simulator: RazorpayProcess, sdk: Any, order: dict[str, Any]) -> None:
    payment_id = paid(razorpay_simulator, order)
    key = {"X-Refund-Idempotency": "refund-0123456789"}
    first = sdk.payment.refund(payment_id, {"amount": 250_000}, headers=dict(key))
    assert sdk.payment.refund(payment_id, {"amount": 250_000}, headers=dict(key)) == first
    assert first["status"] == "processed"
    assert sdk.refund.fetch(first["id"]) == first
    assert sdk.payment.fetch_refund_id(payment_id, first["id"]) == first
    assert [each["id"] for each in sdk.payment.fetch_multiple_refund(payment_id)["items"]] == [first["id"]]
    assert sdk.payment.fetch(payment_id)["refund_status"] == "partial"
    with pytest.raises(BadRequestError, match="same idempotency key"):
        sdk.payment.refund(payment_id, {"amount": 1}, headers=dict(key))


@pytest.mark.parametrize(("key", "words"), [("short", "at least 10"), ("refund:0123456789", "alphanumeric")])
def test_a_refunds_key_has_razorpays_form(
    razorpay_simulator: RazorpayProcess, sdk: Any, order: dict[str, Any], key: str, words: str
) -> None:
    payment_id = paid(razorpay_simulator, order)
    with pytest.raises(BadRequestError, match=words):
        sdk.payment.refund(payment_id, {"amount": 1}, headers={"X-Refund-Idempotency": key})


def test_more_than_was_captured_is_never_refunded(
    razorpay_simulator: RazorpayProcess, sdk: Any, order: dict[str, Any]
) -> None:
    payment_id = paid(razorpay_simulator, order)
    with pytest.raises(BadRequestError, match="greater than amount captured"):
        sdk.payment.refund(payment_id, {"amount": 750_001})
    sdk.payment.refund(payment_id, {"amount": 500_000})
    with pytest.raises(BadRequestError, match="total refund amount is greater"):
        sdk.payment.refund(payment_id, {"amount": 250_001})
    sdk.payment.refund(payment_id, {})
    with pytest.raises(BadRequestError, match="fully refunded already"):
        sdk.payment.refund(payment_id, {"amount": 1})


# --- RazorpayX, lists, errors -------------------------------------------------------------------------------


def test_a_payout_needs_a_key_and_is_made_once(sdk: Any) -> None:
    body = {
        "account_number": PAYOUT_ACCOUNT,
        "fund_account_id": "fa_00000000000001",
        "amount": 1_000_000,
        "currency": "INR",
        "mode": "IMPS",
        "purpose": "payout",
        "queue_if_low_balance": True,
        "reference_id": "November",
    }
    with pytest.raises(BadRequestError, match="Idempotency key is missing"):
        sdk.post("/v1/payouts", body)
    key = {"X-Payout-Idempotency": "53cda91c-8f81-4e77-bbb9-7388f4ac6bf4"}
    first = sdk.post("/v1/payouts", body, headers=dict(key))
    assert sdk.post("/v1/payouts", body, headers=dict(key)) == first
    assert (first["status"], first["reference_id"]) == ("processing", "November")
    assert eventually(lambda: sdk.get(f"/v1/payouts/{first['id']}", {})["status"] == "processed")


def test_lists_page_newest_first(razorpay_simulator: RazorpayProcess, sdk: Any) -> None:
    made = [sdk.order.create({"amount": 100, "currency": "INR", "receipt": f"list-{n}"})["id"] for n in range(5)]
    pages = [sdk.order.all({"count": 2, "skip": skip})["items"] for skip in (0, 2, 4)]
    assert [order["id"] for page in pages for order in page][:5] == made[::-1]


def test_a_wrong_key_and_an_unknown_id_are_told_apart(razorpay_simulator: RazorpayProcess, sdk: Any) -> None:
    stranger = razorpay.Client(auth=(KEY_ID, "wrong"), base_url=razorpay_simulator.url)
    with pytest.raises(BadRequestError, match="Authentication failed"):
        stranger.order.all()
    with pytest.raises(BadRequestError, match="The id provided does not exist"):
        sdk.order.fetch("order_nobody")


def test_its_own_failure_looks_like_razorpays(razorpay_simulator: RazorpayProcess, sdk: Any) -> None:
    razorpay_simulator.fault("list_orders", "error_500")
    with pytest.raises(ServerError, match="trouble"):
        sdk.order.all()


# --- webhooks and the browser -------------------------------------------------------------------------------


def test_the_sdk_accepts_every_webhooks_signature(
    razorpay_simulator: RazorpayProcess, sdk: Any, order: dict[str, Any], listener: Listener
) -> None:
    address = razorpay_simulator.listen(listener)
    paid(razorpay_simulator, order)
    heard = listener.wait(address, 3)
    assert sorted(names(heard)) == ["order.paid", "payment.authorized", "payment.captured"]
    for one in heard:
        assert sdk.utility.verify_webhook_signature(
            one.body.decode(), one.headers["x-razorpay-signature"], WEBHOOK_SECRET
        )
        with pytest.raises(SignatureVerificationError):
            sdk.utility.verify_webhook_signature(one.body.decode(), one.headers["x-razorpay-signature"], "other")
        event = httpx.Response(200, content=one.body).json()
        assert (event["entity"], event["account_id"]) == ("event", ACCOUNT)
        assert list(event["payload"]) == event["contains"]
    assert len({one.headers["x-razorpay-event-id"] for one in heard}) == 3


def test_case_5_an_old_message_stays_signed_with_the_old_secret(
    razorpay_simulator: RazorpayProcess, sdk: Any, order: dict[str, Any], listener: Listener
) -> None:
    address = razorpay_simulator.listen(listener, secret="old_secret")
    listener.refusals.append(500)
    razorpay_simulator.act(order["id"], "decline")
    listener.wait(address, 1)
    razorpay_simulator.control("webhook", secret="new_secret")
    again = listener.wait(address, 2)[1]
    assert sdk.utility.verify_webhook_signature(
        again.body.decode(), again.headers["x-razorpay-signature"], "old_secret"
    )


def test_who_does_not_listen_for_a_day_hears_no_more_until_the_dashboard_says_so(
    razorpay_simulator: RazorpayProcess, order: dict[str, Any], listener: Listener
) -> None:
    address = razorpay_simulator.listen(listener)
    listener.refusals.extend([500, 500])
    razorpay_simulator.act(order["id"], "decline")
    listener.wait(address, 1)
    razorpay_simulator.control("clock", advance_s=25 * 3600)
    listener.wait(address, 2)
    setting = lambda: razorpay_simulator.desk.get("/control/books").json()["setting"]  # noqa: E731
    assert eventually(lambda: {"name": "webhook_disabled", "value": "1"} in setting())
    razorpay_simulator.control("clock", offset_s=0)
    razorpay_simulator.act(order["id"], "decline")
    razorpay_simulator.control("webhook", address=address)
    paid(razorpay_simulator, order)
    heard = names(listener.wait(address, 5))
    assert heard[:2] == ["payment.failed", "payment.failed"]
    assert "payment.failed" not in heard[2:]


def test_the_browser_brings_a_signature_that_the_sdk_accepts(
    razorpay_simulator: RazorpayProcess, sdk: Any, order: dict[str, Any]
) -> None:
    answer = razorpay_simulator.press(order["id"], "pay", callback_url=BACK, callback_method="get")
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert query.pop("booking") == "1"
    assert sdk.utility.verify_payment_signature(query)


def test_the_browser_posts_the_result_where_the_merchant_wants_a_post(
    razorpay_simulator: RazorpayProcess, order: dict[str, Any]
) -> None:
    page = razorpay_simulator.press(order["id"], "pay", callback_url=BACK)
    assert page.status_code == 200
    assert f'action="{BACK}"' in page.text
    assert 'name="razorpay_signature"' in page.text
    again = razorpay_simulator.press(order["id"], "pay", callback_url=BACK)
    assert 'name="razorpay_signature"' in again.text
    assert len(razorpay_simulator.api.get(f"/v1/orders/{order['id']}/payments").json()["items"]) == 1


def test_a_declined_try_stays_on_the_page_and_a_closed_page_brings_nothing(
    razorpay_simulator: RazorpayProcess, order: dict[str, Any]
) -> None:
    page = razorpay_simulator.press(order["id"], "decline", callback_url=BACK, callback_method="get")
    assert page.status_code == 200
    assert "declined by the bank" in page.text
    closed = razorpay_simulator.press(order["id"], "cancel", callback_url=BACK, callback_method="get")
    assert (closed.status_code, closed.headers["location"]) == (303, BACK)


def test_the_page_belongs_to_one_merchant_and_takes_no_forms_of_other_sites(
    razorpay_simulator: RazorpayProcess, order: dict[str, Any]
) -> None:
    stranger = httpx.get(
        f"{razorpay_simulator.url}/checkout", params={"key_id": "rzp_test_x", "order_id": order["id"]}, trust_env=False
    )
    assert stranger.status_code == 401
    foreign = httpx.post(
        f"{razorpay_simulator.url}/checkout",
        params={"key_id": KEY_ID, "order_id": order["id"]},
        data={"scenario": "pay"},
        headers={"Sec-Fetch-Site": "cross-site"},
        trust_env=False,
    )
    assert foreign.status_code == 403


def test_the_lists_of_orders_and_deliveries_are_shown(
    razorpay_simulator: RazorpayProcess, order: dict[str, Any], listener: Listener
) -> None:
    razorpay_simulator.listen(listener)
    paid(razorpay_simulator, order)
    assert order["id"] in httpx.get(razorpay_simulator.url, trust_env=False).text
    assert "order.paid" in httpx.get(f"{razorpay_simulator.url}/deliveries", trust_env=False).text


def test_keys_are_asked_for_in_razorpays_way(razorpay_simulator: RazorpayProcess) -> None:
    for header in ("", "Bearer x", "Basic !!!", "Basic " + base64.b64encode(b"no colon").decode()):
        answer = httpx.get(f"{razorpay_simulator.url}/v1/orders", headers={"Authorization": header}, trust_env=False)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "BAD_REQUEST_ERROR"
