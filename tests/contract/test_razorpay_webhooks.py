"""Razorpay's webhooks as they arrive: signatures, rotation, order, and what each event becomes."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from freehold.adapters.payments.razorpay import CONNECTOR, RazorpayProvider
from freehold.adapters.payments.razorpay.connector import FIELDS
from freehold.adapters.payments.razorpay.settings import CHECKOUT_SCRIPT
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, PaymentState, PayoutState, next_state
from freehold.ports.payment_gateway import (
    AccountConfig,
    BadSignature,
    DisputeSnapshot,
    Inbound,
    PaymentProvider,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderEvent,
    RefundSnapshot,
    WrongAccount,
)
from tests.contract.no_tokens import NO_TOKENS
from tests.contract.provider_rig import event_about, usual_order
from tests.contract.razorpay_rig import RazorpayRig, event_name

VALUES = {
    "key_id": "rzp_test_ForTests001",
    "key_secret": "secret",
    "webhook_secret": "new, old",
    "merchant_id": "acc_House",
    "payout_webhook_secret": "of RazorpayX",
}


def connected(*, livemode: bool = False, base_url: str = "", **changes: str) -> PaymentProvider:
    values = {**VALUES, **changes}
    return CONNECTOR.connect(AccountConfig("house", livemode, values, NO_TOKENS, base_url))


def request(event: object, *, secret: str = "new", **headers: str) -> Inbound:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    signed = {"x-razorpay-signature": signature, "x-razorpay-event-id": "EVT1", **headers}
    return Inbound("POST", "/", {}, signed, body, "127.0.0.1", token_ok=True, received_at=datetime.now(UTC))


def payment(**changes: Any) -> dict[str, Any]:
    return {
        "id": "pay_FH01",
        "entity": "payment",
        "amount": 750_000,
        "currency": "INR",
        "status": "captured",
        "order_id": "order_FH01",
        "captured": True,
        "amount_refunded": 0,
        "refund_status": None,
        "method": "upi",
        "vpa": "guest@upi",
        "contact": "+919000090000",
        "notes": [],
        "created_at": 1_795_217_400,
        **changes,
    }


def event(name: str, account_id: str | None = "acc_House", **entities: dict[str, Any]) -> dict[str, Any]:
    payload = {kind: {"entity": entity} for kind, entity in entities.items()}
    body = {
        "entity": "event",
        "event": name,
        "contains": list(entities),
        "payload": payload,
        "created_at": 1_795_217_401,
    }
    return body if account_id is None else {**body, "account_id": account_id}


def read(body: object, **headers: str) -> ProviderEvent:
    (found,) = connected().parse_inbound(request(body, **headers)).events
    return found


# --- signatures ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["new", "old", "of RazorpayX"])
def test_case_5_every_active_secret_is_accepted(secret: str) -> None:
    assert connected().parse_inbound(request(event("payment.captured", payment=payment()), secret=secret)).events


def test_case_2_a_tampered_body_a_wrong_secret_and_a_missing_signature_are_refused() -> None:
    good = request(event("payment.captured", payment=payment()))
    without = {name: value for name, value in good.headers.items() if name != "x-razorpay-signature"}
    for bad in (
        replace(good, body=good.body.replace(b"750000", b"750001")),
        request(event("payment.captured", payment=payment()), secret="guess"),
        replace(good, headers=without),
        replace(good, headers={**good.headers, "x-razorpay-signature": "ü"}),
    ):
        with pytest.raises(BadSignature):
            connected().parse_inbound(bad)


def test_case_4_the_signature_is_over_the_raw_bytes() -> None:
    good = request(event("payment.captured", payment=payment()))
    again = json.dumps(json.loads(good.body), separators=(",", ":")).encode()
    with pytest.raises(BadSignature):
        connected().parse_inbound(replace(good, body=again))


def test_case_45_an_event_of_another_account_is_refused_and_an_absent_account_is_not() -> None:
    with pytest.raises(WrongAccount):
        connected().parse_inbound(request(event("payment.captured", "acc_Other", payment=payment())))
    assert read(event("payment.captured", None, payment=payment())).trusted
    assert connected(merchant_id="").parse_inbound(request(event("payment.captured", "acc_Other", payment=payment())))


def test_the_dedupe_key_is_the_events_id_and_without_one_the_body() -> None:
    body = event("payment.captured", payment=payment())
    assert read(body).dedupe_key == "EVT1"
    for header in ("", "x" * 500):
        assert read(body, **{"x-razorpay-event-id": header}).dedupe_key.startswith("sha256:")


# --- what events become -------------------------------------------------------------------------------------


def test_a_captured_payment_is_a_charge_of_its_order() -> None:
    found = read(event("payment.captured", payment=payment(notes={"payment_id": "6a0c"})))
    assert (found.subject, found.object_id, found.our_id) == ("payment", "order_FH01", "6a0c")
    assert isinstance(found.hint, PaymentSnapshot)
    assert (found.hint.state, found.hint.received) == (PaymentState.PAID, Money(750_000, "INR"))
    assert found.hint.charges[0].charge_id == "pay_FH01"
    assert found.hint.amount is None  # only the order knows what was asked
    assert "9000090000" not in repr(found)
    assert found.occurred_at == datetime.fromtimestamp(1_795_217_401, UTC)


def test_a_failed_try_leaves_the_order_open() -> None:
    failed = payment(status="failed", captured=False, error_reason="incorrect_otp", error_source="customer")
    hint = read(event("payment.failed", payment=failed)).hint
    assert isinstance(hint, PaymentSnapshot)
    assert (hint.state, hint.error_code, hint.error_kind) == (PaymentState.PENDING, "incorrect_otp", "payer")
    assert hint.received == Money(0, "INR")


def test_case_6_every_order_of_the_events_of_one_payment_ends_paid() -> None:
    failed = payment(id="pay_FH00", status="failed", captured=False)
    authorized = payment(status="authorized", captured=False, notes={"capture": "manual"})
    events = [
        event("payment.failed", payment=failed),
        event("payment.authorized", payment=authorized),
        event("payment.captured", payment=payment()),
    ]
    hints = [read(each).hint for each in events]
    for sequence in permutations(hints):
        state = PaymentState.PENDING
        for hint in sequence:
            assert isinstance(hint, PaymentSnapshot)
            state = next_state(state, hint.state)
        assert state is PaymentState.PAID


def test_what_the_bank_agrees_to_is_only_a_reason_to_ask_unless_we_capture_by_hand() -> None:
    found = read(event("payment.authorized", payment=payment(status="authorized", captured=False)))
    assert (found.subject, found.object_id, found.hint) == ("payment", "order_FH01", None)


def test_case_7_a_failure_after_the_capture_takes_nothing_back() -> None:
    hint = read(event("payment.failed", payment=payment(status="failed", captured=False))).hint
    assert isinstance(hint, PaymentSnapshot)
    assert next_state(PaymentState.PAID, hint.state) is PaymentState.PAID


def test_case_24_a_refund_from_the_dashboard_names_the_order_and_none_of_our_refunds(razorpay_rig: RazorpayRig) -> None:
    url = razorpay_rig.new_notify_url()
    created = razorpay_rig.provider.create_payment(usual_order(razorpay_rig, url))
    razorpay_rig.act(created, "pay")
    charge_id = razorpay_rig.provider.fetch_payment(created.ref).ref.charge_id
    razorpay_rig.simulator.control("refund", payment_id=charge_id, amount=4_000)
    found = event_about(razorpay_rig, url, "refund")
    assert found.our_id is None
    assert isinstance(found.hint, RefundSnapshot)
    assert found.hint.payment is not None
    assert (found.hint.payment.object_id, found.hint.amount) == (created.ref.object_id, Money(4_000, "INR"))
    assert razorpay_rig.provider.fetch_payment(created.ref).refunded == Money(4_000, "INR")


@pytest.mark.parametrize(
    ("verdict", "state", "withdrawn"),
    [
        ("under_review", DisputeState.OPEN, 0),
        ("won", DisputeState.WON, 0),
        ("lost", DisputeState.LOST, 54_000),
        ("closed", DisputeState.WON, 0),
    ],
)
def test_case_25_disputes_tell_what_they_took(
    razorpay_rig: RazorpayRig, verdict: str, state: DisputeState, withdrawn: int
) -> None:
    url = razorpay_rig.new_notify_url()
    order = usual_order(razorpay_rig, url)
    created = razorpay_rig.provider.create_payment(order)
    razorpay_rig.act(created, "pay")
    charge_id = razorpay_rig.provider.fetch_payment(created.ref).ref.charge_id
    dispute_id = razorpay_rig.simulator.control("dispute", payment_id=charge_id)["dispute_id"]
    razorpay_rig.simulator.control("dispute", dispute_id=dispute_id, verdict=verdict)
    found = event_about(razorpay_rig, url, "dispute", lambda each: each.type.endswith(verdict))
    assert (found.object_id, found.our_id) == (dispute_id, order.payment_id)
    assert isinstance(found.hint, DisputeSnapshot)
    assert found.hint.payment is not None
    assert found.hint.payment.object_id == created.ref.object_id
    assert (found.hint.state, found.hint.withdrawn) == (state, Money(withdrawn, "INR"))
    assert found.hint.respond_by is not None


def test_payouts_are_read_in_both_of_their_shapes() -> None:
    payout = {
        "id": "pout_1",
        "entity": "payout",
        "amount": 10_000,
        "currency": "INR",
        "status": "reversed",
        "notes": {"payout_id": "0190"},
        "status_details": {"reason": "beneficiary_account_closed"},
    }
    wrapped = event("payout.reversed", payout=payout)
    bare = {**wrapped, "payload": {"payout": payout}}
    for body in (wrapped, bare):
        found = read(body)
        assert (found.subject, found.object_id, found.our_id) == ("payout", "pout_1", "0190")
        assert isinstance(found.hint, PayoutSnapshot)
        assert (found.hint.state, found.hint.error_code) == (PayoutState.REVERSED, "beneficiary_account_closed")


@pytest.mark.parametrize(
    ("body", "subject", "object_id"),
    [
        (b"not json", "other", None),
        (b"[1]", "other", None),
        ({}, "other", None),
        ({"event": "settlement.processed", "payload": {"settlement": {"entity": {"id": "setl_1"}}}}, "other", None),
        ({"event": "payment.captured", "payload": {"payment": {"entity": {"id": "pay_1"}}}}, "payment", "pay_1"),
        ({"event": "payment.captured", "payload": {"payment": {"entity": None}}}, "payment", None),
        ({"event": "payment.captured", "payload": []}, "payment", None),
        ({"event": "refund.processed", "payload": {"refund": {"entity": {"id": "rfnd_1"}}}}, "refund", "rfnd_1"),
        (event("payment.captured", payment=payment(currency="XXX")), "payment", "order_FH01"),
        (event("payment.captured", payment=payment(amount=7.5)), "payment", "order_FH01"),
        (event("payment.captured", payment=payment(status="of tomorrow")), "payment", "order_FH01"),
    ],
)
def test_a_signed_event_that_we_cannot_read_is_kept_without_a_hint(
    body: object, subject: str, object_id: str | None
) -> None:
    found = read(body)
    assert (found.subject, found.object_id) == (subject, object_id)
    assert found.hint is None or (isinstance(found.hint, PaymentSnapshot) and found.hint.charges == ())
    assert found.trusted


def test_case_9_the_first_event_carries_our_id_before_we_know_razorpays(razorpay_rig: RazorpayRig) -> None:
    url = razorpay_rig.new_notify_url()
    order = usual_order(razorpay_rig, url)
    created = razorpay_rig.provider.create_payment(order)
    razorpay_rig.act(created, "pay")
    for one in razorpay_rig.everything(url, 3):
        (found,) = razorpay_rig.provider.parse_inbound(one).events
        assert (found.our_id, found.object_id) == (order.payment_id, created.ref.object_id), event_name(one.body)


# --- connecting an account ----------------------------------------------------------------------------------


def test_an_account_is_connected_by_its_fields() -> None:
    provider = connected(currencies="inr usd", payout_account="787")
    assert (provider.slug, provider.account) == ("razorpay", "house")
    assert provider.caps.currencies == {"INR", "USD"}
    assert provider.caps.payout
    assert set(VALUES) <= {field.name for field in FIELDS}
    assert {field.name for field in FIELDS if field.secret} == {
        "key_secret",
        "webhook_secret",
        "payout_webhook_secret",
    }


def test_a_simulators_address_brings_its_script_along() -> None:
    provider = connected(base_url="http://127.0.0.1:8430/v1/")
    assert isinstance(provider, RazorpayProvider)
    assert provider._settings.base_url == "http://127.0.0.1:8430"
    assert provider._settings.checkout_script == "http://127.0.0.1:8430/v1/checkout.js"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key_id", "rzp_live_ForTests001"),
        ("key_id", "sk_test_1"),
        ("key_secret", " "),
        ("webhook_secret", ""),
        ("webhook_secret", "a,b,c"),
        ("webhook_secret", "a,"),
        ("merchant_id", "House"),
        ("currencies", "INR, XXX"),
        ("checkout_url", "javascript:alert(1)"),
        ("checkout_url", "https://x.test/pay?a=b"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=rf"^{name}:"):
        connected(**{name: value})


@pytest.mark.parametrize(
    "page",
    [
        "http://checkout.razorpay.com/pay",
        "https://evil.test/pay",
        "https://evil-razorpay.com/pay",
        "https://razorpay.com.evil.test/pay",
        "https://razorpay.com@evil.test/pay",
        "https://evil.test\\@razorpay.com/pay",
    ],
)
def test_with_real_money_guests_are_sent_to_razorpay_alone(page: str) -> None:
    with pytest.raises(ValueError, match=r"^checkout_url:"):
        connected(livemode=True, key_id="rzp_live_x1", checkout_url=page)
    for own in ("https://api.razorpay.com/v1/checkout/embedded", "https://rzp.io/l/house"):
        assert connected(livemode=True, key_id="rzp_live_x1", checkout_url=own)


def test_with_real_money_the_script_is_razorpays() -> None:
    provider = connected(livemode=True, key_id="rzp_live_x1", base_url="http://127.0.0.1:8430")
    assert isinstance(provider, RazorpayProvider)
    assert provider._settings.checkout_script == CHECKOUT_SCRIPT


def test_a_test_key_is_no_key_of_a_live_account() -> None:
    with pytest.raises(ValueError, match=r"^key_id:"):
        connected(livemode=True)
    assert connected(livemode=True, key_id="rzp_live_x1")
