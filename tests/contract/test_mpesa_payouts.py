"""Money that leaves by M-Pesa: reversals, parts sent back, payouts and expenses, with answers that come later."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest

from freehold.domain.money import Money
from freehold.domain.payment_states import PayoutState, RefundState
from freehold.ports.payment_gateway import (
    Declined,
    Misconfigured,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderError,
    RefundSnapshot,
    Retryable,
    Unknown,
)
from tests.contract.mpesa_rig import MpesaRig, new_payout, new_refund
from tests.simulators.process import eventually

EXPENSE = {"shortcode": "654321", "account": "INV-77"}


@pytest.fixture
def rig(mpesa_wire: MpesaRig) -> MpesaRig:
    return mpesa_wire


@pytest.fixture
def notify_url(rig: MpesaRig) -> str:
    return rig.new_notify_url()


@pytest.fixture
def paid(rig: MpesaRig, notify_url: str) -> PaymentSnapshot:
    return rig.paid(notify_url)


def sent(rig: MpesaRig, payment: PaymentSnapshot) -> list[tuple[str, int]]:
    """What went back to this payer, by the simulator's books."""
    phone = payment.ref.extra["phone"]
    return [(row["kind"], row["amount"]) for row in rig.simulator.rows("movement", party=phone) if row["amount"] < 0]


# --- refunds --------------------------------------------------------------------------------------------------


def test_all_that_was_paid_is_reversed(rig: MpesaRig, notify_url: str, paid: PaymentSnapshot) -> None:
    request = new_refund(paid, 750_000)
    asked = rig.provider.refund(request)
    assert asked.state is RefundState.PENDING
    event = rig.event(notify_url, 2)
    assert (event.subject, event.trusted, event.our_id) == ("refund", True, request.refund_id)
    assert isinstance(event.hint, RefundSnapshot)
    assert (event.hint.state, event.hint.amount) == (RefundState.SUCCEEDED, request.amount)
    assert event.hint.provider_id == asked.provider_id
    assert event.hint.payment is not None
    assert event.hint.payment.object_id == paid.ref.object_id
    assert sent(rig, paid) == [("reversal", -7_500)]


def test_a_part_is_sent_to_the_telephone_that_paid(rig: MpesaRig, notify_url: str, paid: PaymentSnapshot) -> None:
    request = new_refund(paid, 250_000)
    asked = rig.provider.refund(request)
    event = rig.event(notify_url, 2)
    assert isinstance(event.hint, RefundSnapshot)
    assert (event.hint.state, event.hint.amount) == (RefundState.SUCCEEDED, request.amount)
    assert event.hint.provider_id == asked.provider_id == event.object_id
    assert sent(rig, paid) == [("b2c", -2_500)]


@pytest.mark.parametrize(
    ("minor", "error"), [(750_100, Declined), (250_050, Misconfigured), (900, Declined)], ids=["more", "cents", "few"]
)
def test_what_m_pesa_cannot_send_back_is_refused_before(
    rig: MpesaRig, paid: PaymentSnapshot, minor: int, error: type[ProviderError]
) -> None:
    with pytest.raises(error):
        rig.provider.refund(new_refund(paid, minor))
    assert sent(rig, paid) == []


def test_a_payment_without_a_receipt_cannot_be_refunded(rig: MpesaRig, notify_url: str) -> None:
    with pytest.raises(Misconfigured):
        rig.provider.refund(new_refund(rig.pushed(notify_url), 750_000))


@pytest.mark.parametrize("minor", [750_000, 250_000], ids=["reversal", "b2c"])
def test_a_repeated_refund_pays_once(rig: MpesaRig, notify_url: str, paid: PaymentSnapshot, minor: int) -> None:
    request = new_refund(paid, minor)
    rig.provider.refund(request)
    rig.arrived(notify_url, 2)
    again = rig.provider.refund(replace(request, repeated=True))
    assert again.state is RefundState.PENDING
    assert len(sent(rig, paid)) == 1
    if minor == 750_000:
        event = rig.event(notify_url, 3)
        assert isinstance(event.hint, RefundSnapshot)
        assert event.hint.state is RefundState.SUCCEEDED, "reversed already is what was wanted"
        assert len(sent(rig, paid)) == 1


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("minor", "operation"), [(750_000, "reversal"), (250_000, "b2c")])
def test_case_22_a_refund_without_an_answer_is_unknown_and_repeating_it_is_safe(
    rig: MpesaRig, notify_url: str, paid: PaymentSnapshot, kind: str, executed: bool, minor: int, operation: str
) -> None:
    request = new_refund(paid, minor)
    rig.simulator.fault(operation, kind, executed=executed)
    with pytest.raises(Unknown):
        rig.impatient().refund(request)
    rig.provider.refund(replace(request, repeated=True))
    assert eventually(lambda: len(sent(rig, paid)) == 1)
    events = [rig.provider.parse_inbound(one).events[0] for one in rig.arrived(notify_url, 2)[1:]]
    assert {event.our_id for event in events} == {request.refund_id}


def test_a_failed_refund_says_why(rig: MpesaRig, notify_url: str, paid: PaymentSnapshot) -> None:
    rig.simulator.plan("reversal", "fail", code="1")
    asked = rig.provider.refund(new_refund(paid, 750_000))
    event = rig.event(notify_url, 2)
    assert isinstance(event.hint, RefundSnapshot)
    assert (event.hint.state, event.hint.error_code, event.trusted) == (RefundState.FAILED, "1", True)
    assert event.hint.provider_id == asked.provider_id
    assert sent(rig, paid) == []


@pytest.mark.parametrize("minor", [750_000, 250_000], ids=["reversal", "b2c"])
def test_case_22_a_refund_whose_result_was_lost_is_asked_for(
    rig: MpesaRig, notify_url: str, paid: PaymentSnapshot, minor: int
) -> None:
    rig.simulator.plan("reversal" if minor == 750_000 else "b2c", "lost")
    request = new_refund(paid, minor)
    asked = rig.provider.refund(request)
    assert asked.provider_id is not None
    assert eventually(lambda: len(sent(rig, paid)) == 1)
    assert rig.provider.fetch_refund(asked.provider_id, paid.ref).state is RefundState.PENDING
    event = rig.event(notify_url, 2)
    assert (event.trusted, event.our_id, event.object_id) == (True, request.refund_id, asked.provider_id)
    assert isinstance(event.hint, RefundSnapshot)
    assert (event.hint.state, event.hint.amount) == (RefundState.SUCCEEDED, request.amount)
    assert len(sent(rig, paid)) == 1


def test_a_refund_that_m_pesa_does_not_know_stays_open(rig: MpesaRig, notify_url: str, paid: PaymentSnapshot) -> None:
    rig.simulator.plan("b2c", "queue_timeout_dropped")
    asked = rig.provider.refund(new_refund(paid, 250_000))
    assert asked.provider_id is not None
    rig.arrived(notify_url, 2)
    rig.provider.fetch_refund(asked.provider_id, paid.ref)
    event = rig.event(notify_url, 3)
    assert (event.subject, event.hint) == ("other", None), "an answer that says nothing asks nothing again"


def test_an_unknown_refund_needs_a_person(rig: MpesaRig, paid: PaymentSnapshot) -> None:
    for name in ("", "re_1", "xx-" + "0" * 32, "rf-123"):
        with pytest.raises(Misconfigured):
            rig.provider.fetch_refund(name, paid.ref)


# --- payouts --------------------------------------------------------------------------------------------------


def payouts_of(rig: MpesaRig, originator: str | None) -> int:
    return len(rig.simulator.rows("movement", conversation=originator))


def test_a_payout_goes_to_a_telephone(rig: MpesaRig, notify_url: str) -> None:
    request = new_payout(notify_url)
    asked = rig.provider.payout(request)
    assert asked.state is PayoutState.PENDING
    event = rig.event(notify_url)
    assert (event.subject, event.trusted, event.our_id) == ("payout", True, request.payout_id)
    assert isinstance(event.hint, PayoutSnapshot)
    assert (event.hint.state, event.hint.amount) == (PayoutState.PAID, request.amount)
    assert event.hint.provider_id == asked.provider_id == event.object_id
    assert "254712345678" not in json.dumps(event.hint.raw, default=str)


@pytest.mark.parametrize(
    ("destination", "command"),
    [(EXPENSE, "BusinessPayBill"), ({"shortcode": "654321"}, "BusinessBuyGoods")],
    ids=["paybill", "till"],
)
def test_an_expense_goes_to_a_business(
    rig: MpesaRig, notify_url: str, destination: dict[str, str], command: str
) -> None:
    request = new_payout(notify_url, purpose="expense", destination=destination)
    asked = rig.provider.payout(request)
    event = rig.event(notify_url)
    assert isinstance(event.hint, PayoutSnapshot)
    assert (event.hint.state, event.hint.amount) == (PayoutState.PAID, request.amount)
    assert event.hint.provider_id == asked.provider_id
    assert event.our_id == request.payout_id
    kept = [json.loads(row["body"]) for row in rig.simulator.rows("request", kind="b2b")]
    assert kept[-1]["CommandID"] == command
    assert "expense" in rig.provider.caps.keyless_payouts


@pytest.mark.parametrize("destination", [{}, {"msisdn": "+1 617 555 0123"}, {"shortcode": "12"}, {"iban": "DE00"}])
def test_an_impossible_destination_is_refused_before(
    rig: MpesaRig, notify_url: str, destination: dict[str, str]
) -> None:
    with pytest.raises(Declined):
        rig.provider.payout(new_payout(notify_url, destination=destination))


@pytest.mark.parametrize(
    ("change", "code"), [({"destination": {"msisdn": "254712000000"}}, "2040"), ({"amount": Money(10**12, "KES")}, "1")]
)
def test_a_failed_payout_says_why(rig: MpesaRig, notify_url: str, change: dict[str, object], code: str) -> None:
    rig.provider.payout(new_payout(notify_url, **change))
    event = rig.event(notify_url)
    assert isinstance(event.hint, PayoutSnapshot)
    assert (event.hint.state, event.hint.error_code) == (PayoutState.FAILED, code)


def test_a_wrong_initiator_is_told_by_the_result(rig: MpesaRig, notify_url: str) -> None:
    rig.with_settings(initiator_password="wrong").payout(new_payout(notify_url))
    event = rig.event(notify_url)
    assert isinstance(event.hint, PayoutSnapshot)
    assert (event.hint.state, event.hint.error_code) == (PayoutState.FAILED, "2001")


def test_case_38_a_queue_timeout_and_then_success_pays_once(rig: MpesaRig, notify_url: str) -> None:
    rig.simulator.plan("b2c", "queue_timeout", delay_s=0.3)
    request = new_payout(notify_url)
    asked = rig.provider.payout(request)
    late = rig.event(notify_url)
    assert (late.subject, late.our_id, late.hint, late.trusted) == ("payout", request.payout_id, None, False)
    event = rig.event(notify_url, 2)
    assert isinstance(event.hint, PayoutSnapshot)
    assert event.hint.state is PayoutState.PAID
    assert event.hint.provider_id == asked.provider_id
    assert event.dedupe_key != late.dedupe_key
    assert payouts_of(rig, asked.provider_id) == 1


def test_case_38_after_a_queue_timeout_it_is_asked_for_and_never_sent_again(rig: MpesaRig, notify_url: str) -> None:
    rig.simulator.plan("b2c", "queue_timeout_lost")
    request = new_payout(notify_url)
    asked = rig.provider.payout(request)
    assert asked.provider_id is not None
    rig.arrived(notify_url)
    assert rig.provider.fetch_payout(asked.provider_id).state is PayoutState.PENDING
    answer = rig.event(rig.account_url)
    assert (answer.trusted, answer.our_id, answer.object_id) == (True, request.payout_id, asked.provider_id)
    assert isinstance(answer.hint, PayoutSnapshot)
    assert (answer.hint.state, answer.hint.amount) == (PayoutState.PAID, request.amount)
    assert rig.provider.payout(request).provider_id == asked.provider_id, "even when it is sent again by mistake"
    assert payouts_of(rig, asked.provider_id) == 1


def test_case_39_an_id_that_was_used_is_treated_as_sent_and_asked_for(rig: MpesaRig, notify_url: str) -> None:
    request = new_payout(notify_url)
    first = rig.provider.payout(request)
    rig.arrived(notify_url)
    again = rig.provider.payout(request)
    assert (again.state, again.provider_id) == (PayoutState.PENDING, first.provider_id)
    rig.simulator.plan("b2c", "fail", code="15")
    other = rig.provider.payout(new_payout(notify_url))
    event = rig.event(notify_url, 2)
    assert (event.subject, event.hint, event.trusted) == ("payout", None, False), "code 15 is a reason to ask"
    assert event.object_id == other.provider_id
    assert payouts_of(rig, first.provider_id) == 1


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_a_payout_without_an_answer_is_unknown_and_repeating_it_is_safe(
    rig: MpesaRig, notify_url: str, kind: str, executed: bool
) -> None:
    request = new_payout(notify_url)
    rig.simulator.fault("b2c", kind, executed=executed)
    with pytest.raises(Unknown):
        rig.impatient().payout(request)
    asked = rig.provider.payout(request)
    assert eventually(lambda: payouts_of(rig, asked.provider_id) == 1)
    rig.arrived(notify_url)
    assert payouts_of(rig, asked.provider_id) == 1


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty", "rate_limited"])
def test_a_question_about_a_payout_may_be_asked_again(rig: MpesaRig, kind: str) -> None:
    rig.simulator.fault("status", kind)
    with pytest.raises(Retryable):
        rig.impatient().fetch_payout(f"po-{uuid4().hex}")


def test_an_expense_without_an_answer_is_named_by_its_result(rig: MpesaRig, notify_url: str) -> None:
    request = new_payout(notify_url, purpose="expense", destination=EXPENSE)
    rig.simulator.fault("b2b", "timeout", executed=True)
    with pytest.raises(Unknown):
        rig.impatient().payout(request)
    event = rig.event(notify_url)
    assert isinstance(event.hint, PayoutSnapshot)
    assert (event.our_id, event.hint.state) == (request.payout_id, PayoutState.PAID)


def test_a_result_at_a_foreign_address_is_only_a_reason_to_ask(rig: MpesaRig, notify_url: str) -> None:
    request = new_payout(notify_url)
    asked = rig.provider.payout(request)
    (inbound,) = rig.arrived(notify_url)
    (event,) = rig.provider.parse_inbound(replace(inbound, query={})).events
    assert (event.trusted, event.hint) == (False, None)
    assert (event.subject, event.object_id, event.our_id) == ("payout", asked.provider_id, request.payout_id)


# --- addresses of payers who act by themselves ------------------------------------------------------------------


def test_what_payers_send_by_themselves_is_announced(rig: MpesaRig, notify_url: str) -> None:
    confirmation = rig.new_notify_url()
    provider = rig.with_settings()
    provider.register_c2b_addresses(confirmation_url=confirmation, validation_url=f"{notify_url}?step=validation")
    try:
        paid = rig.paid(rig.new_notify_url())
        event = rig.event(confirmation)
        assert (event.subject, event.object_id, event.trusted) == ("credit", paid.ref.charge_id, False)
    finally:
        rig.simulator.control("forget_addresses")


@pytest.mark.parametrize("word", ["mpesa", "Safaricom", "sql", "query", "exec", "cmd"])
def test_addresses_that_m_pesa_refuses_are_refused_before(rig: MpesaRig, word: str) -> None:
    with pytest.raises(ValueError, match="refuses"):
        rig.with_settings().register_c2b_addresses(
            confirmation_url=f"https://stays.example/{word}/1", validation_url="https://stays.example/1"
        )
