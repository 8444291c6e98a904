"""What is Razorpay's own: orders and receipts, late banks, refunds of several charges, its books and RazorpayX."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from freehold.adapters.payments.razorpay import RazorpayProvider
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, PayoutState, RefundState, next_state
from freehold.ports.payment_gateway import (
    BadSignature,
    CreatePayment,
    Declined,
    LedgerLine,
    Misconfigured,
    PaymentProvider,
    PaymentSnapshot,
    PayoutRequest,
    Unknown,
)
from tests.contract.provider_rig import new_order, new_refund, usual_order
from tests.contract.razorpay_rig import RazorpayRig
from tests.simulators.process import eventually

BACK = "http://127.0.0.1:9/back?booking=1"


@pytest.fixture
def rig(razorpay_rig: RazorpayRig) -> RazorpayRig:
    return razorpay_rig


@pytest.fixture
def provider(rig: RazorpayRig) -> PaymentProvider:
    return rig.provider


def order(rig: RazorpayRig, **changes: Any) -> CreatePayment:
    return usual_order(rig, rig.new_notify_url(), return_url=BACK, **changes)


def paid(rig: RazorpayRig, **changes: Any) -> PaymentSnapshot:
    created = rig.provider.create_payment(order(rig, **changes))
    rig.act(created, "pay")
    return rig.provider.fetch_payment(created.ref)


def ledger_of(provider: PaymentProvider, payment: PaymentSnapshot) -> list[LedgerLine]:
    now = datetime.now(UTC)
    lines = provider.list_ledger(now - timedelta(hours=1), now + timedelta(hours=1))
    return [line for line in lines if line.related_id == payment.ref.object_id]


# --- orders -------------------------------------------------------------------------------------------------


def test_without_a_hosted_page_the_browser_gets_what_razorpays_script_needs(rig: RazorpayRig) -> None:
    provider = RazorpayProvider(replace(rig.settings, checkout_url=""))
    created = provider.create_payment(order(rig))
    assert created.next_action.kind == "client_sdk"
    assert created.next_action.client == {
        "key_id": rig.settings.key_id,
        "order_id": created.ref.object_id,
        "amount": "54000",
        "currency": "INR",
        "name": "Beacon Hill Stays",
        "description": "Two nights in Back Bay",
        "script": "https://checkout.razorpay.com/v1/checkout.js",
    }
    assert rig.settings.key_secret not in repr(created)


def test_the_receipt_is_ours_and_short_enough(rig: RazorpayRig) -> None:
    wanted = order(rig, attempt=99)
    created = rig.provider.create_payment(wanted)
    shown = rig.simulator.api.get(f"/v1/orders/{created.ref.object_id}").json()
    assert shown["receipt"] == f"{wanted.payment_id.replace('-', '')}-99"
    assert len(shown["receipt"]) <= 40
    assert shown["notes"]["payment_id"] == wanted.payment_id


def test_a_repeated_creation_of_a_paid_order_tells_that_it_is_paid(rig: RazorpayRig) -> None:
    wanted = order(rig)
    rig.act(rig.provider.create_payment(wanted), "pay")
    again = rig.provider.create_payment(wanted)
    assert (again.state, again.received) == (PaymentState.PAID, Money(54_000, "INR"))


@pytest.mark.parametrize("executed", [False, True], ids=["case_16", "case_15"])
def test_an_account_without_unique_receipts_looks_for_the_order_before_it_creates_one(
    rig: RazorpayRig, executed: bool
) -> None:
    rig.simulator.control("receipts", unique=False)
    try:
        wanted = order(rig)
        # The word is refused first; the trouble strikes the creation after it.
        rig.simulator.fault("create_order", "slow")
        rig.simulator.fault("create_order", "html", executed=executed)
        with pytest.raises(Unknown):
            rig.provider.create_payment(wanted)
        created = rig.provider.create_payment(wanted)
        assert rig.provider.create_payment(wanted) == created
        receipt = f"{wanted.payment_id.replace('-', '')}-1"
        assert len(rig.simulator.api.get("/v1/orders", params={"receipt": receipt}).json()["items"]) == 1
    finally:
        rig.simulator.control("receipts", unique=True)


@pytest.mark.parametrize(("minor", "currency"), [(99, "INR"), (12_345, "KWD"), (1_000, "IRR")])
def test_case_41_what_razorpay_cannot_carry_is_never_asked(rig: RazorpayRig, minor: int, currency: str) -> None:
    with pytest.raises(Misconfigured):
        rig.provider.create_payment(new_order("", amount=Money(minor, currency)))


# --- the browser comes back ---------------------------------------------------------------------------------


def test_the_hosted_page_leads_back_with_a_signature_that_counts_for_this_order_only(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    other = rig.provider.create_payment(order(rig))
    assert created.next_action.url is not None
    query = {name: values[0] for name, values in parse_qs(urlsplit(created.next_action.url).query).items()}
    answer = rig.simulator.press(query.pop("order_id"), "pay", **{k: v for k, v in query.items() if k != "key_id"})
    brought = {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert brought["booking"] == "1"
    assert rig.provider.complete_return(created.ref, brought).state is PaymentState.PAID
    with pytest.raises(BadSignature):
        rig.provider.complete_return(other.ref, brought)


@pytest.mark.parametrize(
    "forged",
    [
        {"razorpay_payment_id": "pay_x", "razorpay_signature": "0" * 64},
        {"razorpay_payment_id": "pay_x"},
        {"razorpay_signature": "ü"},
    ],
)
def test_case_28_a_forged_return_is_refused(rig: RazorpayRig, forged: dict[str, str]) -> None:
    created = rig.provider.create_payment(order(rig))
    with pytest.raises(BadSignature):
        rig.provider.complete_return(created.ref, forged)


def test_a_return_without_a_result_is_only_a_reason_to_ask(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    assert rig.provider.complete_return(created.ref, {}) == created


# --- banks that answer late, and money that is held ---------------------------------------------------------


def test_case_8_failed_and_then_captured_after_all(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "pay_late", delay_s="2")
    failed = rig.provider.fetch_payment(created.ref)
    assert (failed.state, failed.error_code) == (PaymentState.PENDING, "payment_timed_out")
    late = eventually(lambda: _settled(rig.provider.fetch_payment(created.ref)))
    assert late is not None
    assert late.error_code is None
    assert next_state(PaymentState.FAILED, late.state) is PaymentState.PAID
    assert next_state(PaymentState.EXPIRED, late.state) is PaymentState.PAID


def _settled(payment: PaymentSnapshot) -> PaymentSnapshot | None:
    return payment if payment.state is PaymentState.PAID else None


def test_held_money_that_was_let_go_is_neither_received_nor_refunded(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig, capture="manual"))
    rig.act(created, "pay")
    assert rig.provider.fetch_payment(created.ref).state is PaymentState.AUTHORIZED
    rig.simulator.control("clock", advance_s=6 * 86_400)
    try:
        assert eventually(lambda: rig.provider.fetch_payment(created.ref).state is PaymentState.CANCELLED)
    finally:
        rig.simulator.control("clock", offset_s=0)
    let_go = rig.provider.fetch_payment(created.ref)
    nothing = Money(0, "INR")
    assert (let_go.received, let_go.refunded, let_go.charges) == (nothing, nothing, ())
    now = datetime.now(UTC)
    lines = rig.provider.list_ledger(now - timedelta(hours=1), now + timedelta(days=7))
    assert [line for line in lines if line.related_id == created.ref.object_id] == []
    with pytest.raises(Declined):
        rig.provider.refund(new_refund(created, 100))


def test_a_bank_that_was_too_late_for_capture_is_no_final_answer_until_the_money_is_let_go(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "pay_late", delay_s="7200")
    rig.simulator.control("clock", advance_s=7_201)
    try:
        processing = lambda: rig.provider.fetch_payment(created.ref).state is PaymentState.PROCESSING  # noqa: E731
        assert eventually(processing)
        rig.simulator.control("clock", advance_s=86_400)
        assert eventually(lambda: rig.provider.fetch_payment(created.ref).state is PaymentState.CANCELLED)
    finally:
        rig.simulator.control("clock", offset_s=0)


def test_what_was_held_and_let_go_leaves_the_order_over_until_it_is_paid_anew(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "held", delay_s="0")
    assert eventually(lambda: rig.provider.fetch_payment(created.ref).state is PaymentState.CANCELLED)
    rig.act(created, "pay")
    assert rig.provider.fetch_payment(created.ref).state is PaymentState.PAID


def test_held_money_is_taken_whole_and_once(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig, capture="manual"))
    rig.act(created, "pay")
    with pytest.raises(Declined):
        rig.provider.capture_payment(created.ref, Money(40_000, "INR"), "capture:1")
    for key in ("capture:2", "capture:3"):
        taken = rig.provider.capture_payment(created.ref, Money(54_000, "INR"), key)
        assert (taken.state, taken.received) == (PaymentState.PAID, Money(54_000, "INR"))
    with pytest.raises(Declined):
        rig.provider.capture_payment(created.ref, Money(40_000, "INR"), "capture:4")


def test_a_capture_without_an_answer_is_unknown_and_may_be_repeated(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig, capture="manual"))
    rig.act(created, "pay")
    rig.trouble("capture_payment", "html", executed=True)
    with pytest.raises(Unknown):
        rig.provider.capture_payment(created.ref, Money(54_000, "INR"), "capture:1")
    assert rig.provider.capture_payment(created.ref, Money(54_000, "INR"), "capture:1").state is PaymentState.PAID


def test_an_order_cannot_be_closed(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    assert rig.provider.caps.cancel is False
    with pytest.raises(Declined):
        rig.provider.cancel_payment(created.ref, "cancel:1")


# --- refunds ------------------------------------------------------------------------------------------------


def test_a_refund_of_an_order_that_was_paid_twice_takes_one_charge_and_stays_there(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "pay_twice")
    twice = rig.provider.fetch_payment(created.ref)
    request = new_refund(twice, 54_000)
    first = rig.provider.refund(request)
    assert rig.provider.refund(request) == first
    second = rig.provider.refund(new_refund(twice, 54_000))
    charges = {refund.payment.charge_id for refund in (first, second) if refund.payment}
    assert charges == {charge.charge_id for charge in twice.charges}
    assert rig.provider.fetch_payment(created.ref).refunded == Money(108_000, "INR")


def test_a_refund_never_spans_two_charges(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "pay_twice")
    with pytest.raises(Declined) as refused:
        rig.provider.refund(new_refund(rig.provider.fetch_payment(created.ref), 54_001))
    assert refused.value.code == "refund_exceeds_charge"


def test_a_slow_refund_is_pending_until_it_is_processed(rig: RazorpayRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "refund_takes_time", delay_s="2")
    made = rig.provider.refund(new_refund(created, 54_000))
    assert made.state is RefundState.PENDING
    name = str(made.provider_id)
    assert eventually(lambda: rig.provider.fetch_refund(name, created.ref).state is RefundState.SUCCEEDED)


# --- its books ----------------------------------------------------------------------------------------------


def test_fees_and_the_tax_on_them_stand_beside_what_came_in(rig: RazorpayRig) -> None:
    payment = paid(rig)
    charge_id = payment.ref.charge_id
    assert [(line.kind, line.provider_id, line.amount.minor) for line in ledger_of(rig.provider, payment)] == [
        ("payment", charge_id, 54_000),
        ("fee", f"{charge_id}:fee", -1_080),
        ("fee", f"{charge_id}:tax", -194),
    ]


def test_a_refund_of_an_older_payment_still_names_its_order(rig: RazorpayRig) -> None:
    """The payment is not in the window: it is asked for."""
    payment = paid(rig)
    rig.simulator.control("clock", advance_s=86_400)
    try:
        made = rig.provider.refund(new_refund(payment, 1_000))
    finally:
        rig.simulator.control("clock", offset_s=0)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    lines = list(rig.provider.list_ledger(tomorrow - timedelta(hours=1), tomorrow + timedelta(hours=1)))
    assert [(line.provider_id, line.related_id) for line in lines if line.provider_id == made.provider_id] == [
        (made.provider_id, payment.ref.object_id)
    ]


# --- RazorpayX ----------------------------------------------------------------------------------------------


def payout(**changes: Any) -> PayoutRequest:
    request = PayoutRequest(
        payout_id="0190a5c0-0000-7000-8000-000000000001",
        purpose="owner_payout",
        amount=Money(30_000, "INR"),
        destination={"vpa": "owner@upi", "name": "Asha Rao"},
        description="November: Villa №3, all of it",
        notify_url="",
    )
    return replace(request, **changes)


@pytest.mark.parametrize(
    ("destination", "minor", "mode"),
    [
        ({"vpa": "owner@upi", "name": "Asha Rao"}, 30_000, "UPI"),
        ({"account": "1121431121541121", "ifsc": "HDFC0000001", "name": "Asha Rao"}, 30_000, "IMPS"),
        ({"acct": "fa_owner2"}, 5_00_000_01, "NEFT"),
    ],
)
def test_payouts_go_to_fund_accounts_upi_addresses_and_banks(
    rig: RazorpayRig, destination: dict[str, str], minor: int, mode: str
) -> None:
    request = payout(payout_id=new_order("").payment_id, destination=destination, amount=Money(minor, "INR"))
    made = rig.provider.payout(request)
    shown = rig.simulator.api.get(f"/v1/payouts/{made.provider_id}").json()
    assert (shown["mode"], shown["reference_id"], shown["amount"]) == (mode, request.payout_id, minor)
    assert shown["narration"] == "November Villa 3 all of it"
    assert made.state in (PayoutState.PENDING, PayoutState.PAID)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(30_000, "USD")},
        {"destination": {"msisdn": "254712345678"}},
        {"destination": {"vpa": "owner@upi"}},
    ],
)
def test_a_payout_that_razorpayx_cannot_make_is_never_asked(rig: RazorpayRig, changes: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        rig.provider.payout(payout(**changes))


def test_an_account_without_razorpayx_pays_nothing_out(rig: RazorpayRig) -> None:
    provider = RazorpayProvider(replace(rig.settings, payout_account=""))
    assert provider.caps.payout is False
    with pytest.raises(Misconfigured):
        provider.payout(payout())


# --- discretion ---------------------------------------------------------------------------------------------


def test_case_48_nothing_secret_or_personal_leaves_the_adapter(
    rig: RazorpayRig, capsys: pytest.CaptureFixture[str]
) -> None:
    payment = paid(rig)
    refund = rig.provider.refund(new_refund(payment, 1_000))
    shown = repr((payment, refund, rig.settings))
    rig.trouble("get_payment", "html")
    for broken in (rig.wrong_key(), rig.unreachable(), rig.impatient()):
        try:
            broken.fetch_payment(payment.ref)
        except Exception as error:  # whatever it is: what matters is what it says
            shown += repr(error) + repr(error.__cause__)
    printed = "".join(capsys.readouterr())
    for secret in (rig.settings.key_secret, *rig.settings.webhook_secrets, "9000090000", "guest@example.com", "@upi"):
        assert secret not in shown + printed
    assert printed == ""
