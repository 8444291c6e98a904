"""Stripe's webhooks: what is accepted, what every event becomes, and that everything else changes nothing.

Signatures are computed by Stripe's own client here: neither the simulator nor our adapter is asked.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from freehold.adapters.payments.stripe import StripeProvider, StripeSettings
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, PaymentState, PayoutState, RefundState
from freehold.ports.payment_gateway import (
    BadSignature,
    DisputeSnapshot,
    Inbound,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderEvent,
    RefundSnapshot,
    WrongAccount,
)
from tests.contract.provider_rig import event_about, new_order, new_refund
from tests.contract.stripe_rig import StripeRig

SECRET, OLD_SECRET = "whsec_new", "whsec_old"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
INTENT = {
    "object": "payment_intent",
    "id": "pi_1",
    "amount": 54_000,
    "amount_received": 54_000,
    "currency": "usd",
    "status": "succeeded",
    "latest_charge": "ch_1",
    "created": 1,
    "client_secret": "pi_1_secret_x",
    "metadata": {"payment_id": "ours"},
}


def provider(*secrets: str, **changes: Any) -> StripeProvider:
    settings = {"account": "house", "secret_key": "sk_test_x", "webhook_secrets": secrets or (SECRET,), **changes}
    return StripeProvider(StripeSettings(**settings))


def event(thing: dict[str, Any] | None = None, **changes: Any) -> bytes:
    whole = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(NOW.timestamp()),
        "livemode": False,
        "data": {"object": INTENT if thing is None else thing},
        **changes,
    }
    return json.dumps(whole).encode()


def signature(body: bytes, secret: str = SECRET, at: datetime = NOW) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp())))


def inbound(body: bytes, header: str | None = None, **changes: Any) -> Inbound:
    usual = Inbound(
        method="POST",
        path="/hooks/1",
        query={},
        headers={"stripe-signature": signature(body) if header is None else header},
        body=body,
        remote_ip="127.0.0.1",
        token_ok=True,
        received_at=NOW,
    )
    return replace(usual, **changes)


def read(thing: dict[str, Any] | None = None, **changes: Any) -> ProviderEvent:
    return provider().parse_inbound(inbound(event(thing, **changes))).events[0]


# --- signatures ---------------------------------------------------------------------------------------------


def test_what_stripe_signed_is_trusted() -> None:
    seen = read()
    assert (seen.trusted, seen.dedupe_key, seen.our_id) == (True, "evt_1", "ours")
    assert isinstance(seen.hint, PaymentSnapshot)
    assert (seen.hint.state, seen.hint.received) == (PaymentState.PAID, Money(54_000, "USD"))
    assert [charge.charge_id for charge in seen.hint.charges] == ["ch_1"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "v1=abc",
        f"t={int(NOW.timestamp())}",
        f"t={int(NOW.timestamp())},v0=abc",
        "t=-1,v1=abc",
        "t=1_0,v1=abc",
        "t=1,t=1,v1=abc",
        "t=1,v1=" + "a" * 2000,
    ],
)
def test_case_2_a_request_without_a_proper_signature_is_refused(header: str) -> None:
    body = event()
    with pytest.raises(BadSignature):
        provider().parse_inbound(inbound(body, header))


@pytest.mark.parametrize("tamper", [lambda body: body + b" ", lambda body: body.replace(b"54000", b"54001")])
def test_case_2_tampered_bytes_are_refused(tamper: Any) -> None:
    body = event()
    with pytest.raises(BadSignature):
        provider().parse_inbound(inbound(tamper(body), signature(body)))
    with pytest.raises(BadSignature):
        provider("whsec_other").parse_inbound(inbound(body))


@pytest.mark.parametrize(("age_s", "is_taken"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)])
def test_case_3_and_44_a_signature_is_taken_within_five_minutes_of_its_arrival(age_s: int, is_taken: bool) -> None:
    body = event()
    request = inbound(body, received_at=NOW + timedelta(seconds=age_s))
    if is_taken:
        assert provider().parse_inbound(request).events
    else:
        with pytest.raises(BadSignature):
            provider().parse_inbound(request)


def test_case_4_the_raw_bytes_count_not_what_they_mean() -> None:
    body = event()
    with pytest.raises(BadSignature):
        provider().parse_inbound(inbound(json.dumps(json.loads(body), indent=1).encode(), signature(body)))


def test_case_5_the_old_secret_is_taken_while_it_is_rolled() -> None:
    body = event()
    old = inbound(body, signature(body, OLD_SECRET))
    assert provider(SECRET, OLD_SECRET).parse_inbound(old).events
    with pytest.raises(BadSignature):
        provider(SECRET).parse_inbound(old)
    both = f"{signature(body, 'whsec_unknown')},{signature(body, OLD_SECRET).split(',')[1]}"
    assert provider(SECRET, OLD_SECRET).parse_inbound(inbound(body, both)).events


def test_case_45_events_of_another_mode_or_account_are_refused() -> None:
    for changes in ({"livemode": True}, {"account": "acct_other"}):
        with pytest.raises(WrongAccount):
            read(**changes)
    body = event(account="acct_theirs")
    assert provider(connected_account="acct_theirs").parse_inbound(inbound(body)).events
    live = event(livemode=True)
    assert provider(livemode=True, secret_key="sk_live_x").parse_inbound(inbound(live)).events
    without = json.dumps({key: value for key, value in json.loads(event()).items() if key != "livemode"}).encode()
    assert provider().parse_inbound(inbound(without)).events, "an absent field is no mismatch"


# --- what events become -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("requires_payment_method", PaymentState.PENDING),
        ("requires_action", PaymentState.PENDING),
        ("processing", PaymentState.PROCESSING),
        ("requires_capture", PaymentState.AUTHORIZED),
        ("canceled", PaymentState.CANCELLED),
    ],
)
def test_an_intent_says_how_far_it_is(status: str, state: PaymentState) -> None:
    seen = read({**INTENT, "status": status, "amount_received": 0})
    assert isinstance(seen.hint, PaymentSnapshot)
    assert (seen.hint.state, seen.hint.charges) == (state, ())
    assert seen.hint.next_action.kind == "none", "an event lacks what the browser needs"


def test_a_declined_attempt_says_why_and_stays_open() -> None:
    error = {"type": "card_error", "code": "card_declined", "decline_code": "stolen_card"}
    thing = {**INTENT, "status": "requires_payment_method", "amount_received": 0, "last_payment_error": error}
    seen = read(thing, type="payment_intent.payment_failed")
    assert isinstance(seen.hint, PaymentSnapshot)
    assert (seen.hint.state, seen.hint.error_code, seen.hint.error_kind) == (
        PaymentState.PENDING,
        "stolen_card",
        "fraud",
    )


def test_a_sessions_intent_only_gives_a_reason_to_ask() -> None:
    """Our payment is the session: the intent's own id would look like a second object."""
    seen = read({**INTENT, "metadata": {"payment_id": "ours", "opened_as": "checkout.session"}})
    assert (seen.subject, seen.our_id, seen.hint) == ("payment", "ours", None)


def test_a_session_that_expired_is_told_and_one_that_was_completed_is_asked_about() -> None:
    session = {
        "object": "checkout.session",
        "id": "cs_1",
        "status": "expired",
        "amount_total": 100,
        "currency": "usd",
        "payment_intent": None,
        "metadata": {"payment_id": "ours"},
    }
    expired = read(session, type="checkout.session.expired")
    assert isinstance(expired.hint, PaymentSnapshot)
    assert (expired.object_id, expired.hint.state) == ("cs_1", PaymentState.EXPIRED)
    complete = read({**session, "status": "complete", "payment_intent": "pi_1"}, type="checkout.session.completed")
    assert (complete.object_id, complete.our_id, complete.hint) == ("cs_1", "ours", None)


def test_a_refund_names_the_payment_that_we_know() -> None:
    refund = {
        "object": "refund",
        "id": "re_1",
        "status": "failed",
        "amount": 100,
        "currency": "usd",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "failure_reason": "lost_or_stolen_card",
        "metadata": {"refund_id": "ours", "payment_object": "cs_1"},
    }
    seen = read(refund, type="refund.failed")
    assert isinstance(seen.hint, RefundSnapshot)
    assert (seen.subject, seen.our_id, seen.hint.state) == ("refund", "ours", RefundState.FAILED)
    assert seen.hint.payment is not None
    assert (seen.hint.payment.object_id, seen.hint.payment.charge_id) == ("cs_1", "ch_1")
    by_hand = read({**refund, "status": "succeeded", "metadata": {}}, type="refund.created")
    assert isinstance(by_hand.hint, RefundSnapshot)
    assert by_hand.our_id is None
    assert by_hand.hint.payment is not None
    assert (by_hand.hint.payment.object_id, by_hand.hint.payment.charge_id) == ("ch_1", "ch_1")


def test_case_24_a_refund_in_the_dashboard_is_a_reason_to_ask_about_the_payment() -> None:
    charge = {"object": "charge", "id": "ch_1", "payment_intent": "pi_1", "metadata": {"payment_id": "ours"}}
    seen = read(charge, type="charge.refunded")
    assert (seen.subject, seen.our_id, seen.object_id, seen.hint) == ("payment", "ours", "pi_1", None)


@pytest.mark.parametrize(
    ("status", "moved", "state", "withdrawn"),
    [
        ("needs_response", [-100], DisputeState.OPEN, 100),
        ("under_review", [-100], DisputeState.OPEN, 100),
        ("won", [-100, 100], DisputeState.WON, 0),
        ("lost", [-100], DisputeState.LOST, 100),
        ("warning_needs_response", [], DisputeState.OPEN, 0),
    ],
)
def test_case_25_a_chargeback_says_what_it_took(
    status: str, moved: list[int], state: DisputeState, withdrawn: int
) -> None:
    dispute = {
        "object": "dispute",
        "id": "du_1",
        "status": status,
        "amount": 100,
        "currency": "usd",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "reason": "fraudulent",
        "evidence_details": {"due_by": 1_795_000_000},
        "balance_transactions": [{"amount": amount, "currency": "usd"} for amount in moved],
        "metadata": {},
    }
    seen = read(dispute, type="charge.dispute.updated")
    assert isinstance(seen.hint, DisputeSnapshot)
    assert (seen.subject, seen.hint.state, seen.hint.withdrawn) == ("dispute", state, Money(withdrawn, "USD"))
    assert seen.hint.payment is not None
    assert (seen.hint.payment.charge_id, seen.hint.reason) == ("ch_1", "fraudulent")
    assert seen.hint.respond_by is not None


def test_what_a_chargeback_took_out_of_another_balance_is_not_known() -> None:
    dispute = {
        "object": "dispute",
        "id": "du_1",
        "status": "needs_response",
        "amount": 100,
        "currency": "usd",
        "charge": "ch_1",
        "balance_transactions": [{"amount": -95, "currency": "eur"}],
    }
    seen = read(dispute, type="charge.dispute.funds_withdrawn")
    assert isinstance(seen.hint, DisputeSnapshot)
    assert (seen.hint.amount, seen.hint.withdrawn) == (Money(100, "USD"), None)


def test_payouts_and_transfers_tell_what_became_of_them() -> None:
    payout = {"object": "payout", "id": "po_1", "amount": 100, "currency": "usd", "metadata": {"payout_id": "ours"}}
    for status, state in (
        ("in_transit", PayoutState.PENDING),
        ("paid", PayoutState.PAID),
        ("failed", PayoutState.FAILED),
    ):
        seen = read({**payout, "status": status}, type=f"payout.{status}")
        assert isinstance(seen.hint, PayoutSnapshot)
        assert (seen.subject, seen.our_id, seen.hint.state) == ("payout", "ours", state)
    for is_reversed, state in ((False, PayoutState.PAID), (True, PayoutState.REVERSED)):
        seen = read({**payout, "object": "transfer", "id": "tr_1", "reversed": is_reversed}, type="transfer.reversed")
        assert isinstance(seen.hint, PayoutSnapshot)
        assert seen.hint.state is state


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"not json",
        b"{}",
        event({}),
        event({"object": "payment_intent", "id": "pi_1"}),
        event({**INTENT, "currency": "xxx"}),
        event({**INTENT, "status": "dancing"}),
        event({"object": "customer", "id": "cus_1"}, type="customer.created"),
        event(type=None, id=None, data=None),
    ],
)
def test_a_signed_event_that_makes_no_sense_is_kept_without_a_hint(body: bytes) -> None:
    seen = provider().parse_inbound(inbound(body)).events[0]
    assert (seen.trusted, seen.hint) == (True, None)
    assert seen.dedupe_key


def test_case_48_secrets_and_people_do_not_get_into_what_is_kept() -> None:
    thing = {**INTENT, "receipt_email": "guest@example.com", "charges": [{"billing_details": {"phone": "+15550001"}}]}
    seen = read(thing)
    for hidden in ("pi_1_secret_x", "guest@example.com", "+15550001"):
        assert hidden not in repr(seen)


# --- by the simulator ---------------------------------------------------------------------------------------


def test_a_chargeback_is_heard_of_with_its_payment(stripe_rig: StripeRig) -> None:
    created = stripe_rig.provider.create_payment(new_order(stripe_rig.address))
    stripe_rig.act(created, "pay")
    paid = stripe_rig.provider.fetch_payment(created.ref)
    opened = stripe_rig.simulator.control("dispute", payment=created.ref.object_id)
    seen = event_about(stripe_rig, stripe_rig.address, "dispute")
    assert isinstance(seen.hint, DisputeSnapshot)
    assert (seen.object_id, seen.hint.withdrawn) == (opened["id"], paid.received)
    assert seen.hint.payment is not None
    assert seen.hint.payment.charge_id == paid.ref.charge_id


def test_a_refund_of_a_session_is_heard_of_under_our_names(stripe_rig: StripeRig) -> None:
    created = stripe_rig.provider.create_payment(new_order(stripe_rig.address))
    stripe_rig.act(created, "pay")
    request = new_refund(created, 14_000)
    made = stripe_rig.provider.refund(request)
    seen = event_about(stripe_rig, stripe_rig.address, "refund")
    assert (seen.our_id, seen.object_id) == (request.refund_id, made.provider_id)
    assert isinstance(seen.hint, RefundSnapshot)
    assert seen.hint.payment is not None
    assert seen.hint.payment.object_id == created.ref.object_id
