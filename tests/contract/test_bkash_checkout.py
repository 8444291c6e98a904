"""Paying with bKash over real HTTP: nothing is taken before we execute, and we execute once and in time only."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from freehold.adapters.payments.bkash import BkashProvider
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import (
    CreatePayment,
    Declined,
    Misconfigured,
    PaymentSnapshot,
    ProviderRef,
    Retryable,
    Unknown,
)
from tests.contract.bkash_rig import BkashRig
from tests.contract.provider_rig import new_order

NOWHERE = "http://127.0.0.1:9/hook"


@pytest.fixture
def rig(bkash_rig: BkashRig) -> BkashRig:
    return bkash_rig


def order(**changes: Any) -> CreatePayment:
    return new_order(NOWHERE, **{"amount": Money(750_000, "BDT"), **changes})


@pytest.fixture
def created(rig: BkashRig) -> PaymentSnapshot:
    return rig.provider.create_payment(order())


def approved(rig: BkashRig, payment: PaymentSnapshot, how: str = "pay") -> dict[str, str]:
    """What the browser brings back after the payer's approval."""
    assert payment.next_action.url is not None
    return rig.simulator.press(payment.next_action.url, how)


def charged(rig: BkashRig, payment: PaymentSnapshot) -> bool:
    return rig.simulator.row("payment", id=payment.ref.object_id)["trx_id"] is not None


# --- creating -----------------------------------------------------------------------------------------------


def test_a_payment_carries_what_its_execution_needs_and_nothing_secret(rig: BkashRig) -> None:
    wanted = order(return_url="https://stays.example.com/back/unguessable-token")
    created = rig.provider.create_payment(wanted)
    row = rig.simulator.row("payment", id=created.ref.object_id)

    assert row["invoice"] == f"FH-7K2Q9M-1-{wanted.payment_id.replace('-', '')}"
    assert (row["amount"], row["intent"], row["payer_reference"]) == (750_000, "sale", "FH-7K2Q9M")
    assert datetime.fromisoformat(created.ref.extra["expires_at"]) == wanted.expires_at
    assert not any(secret in str(created.raw) for secret in ("unguessable-token", row["hash"], row["signature"]))


def test_an_order_that_outlives_bkashs_day_ends_with_that_day(rig: BkashRig) -> None:
    created = rig.provider.create_payment(order(expires_at=datetime.now(UTC) + timedelta(days=3)))

    left = datetime.fromisoformat(created.ref.extra["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)


def test_what_bkash_does_not_take_is_our_mistake(rig: BkashRig) -> None:
    with pytest.raises(Misconfigured):
        rig.provider.create_payment(order(amount=Money(54_000, "USD")))
    with pytest.raises(Misconfigured):
        rig.provider.create_payment(order(capture="manual"))


@pytest.mark.parametrize("executed", [False, True], ids=["case_16_it_did_not", "case_15_it_did"])
@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_a_creation_without_an_answer_is_repeated_and_only_what_the_payer_saw_can_be_paid(
    rig: BkashRig, kind: str, executed: bool
) -> None:
    wanted = order()
    rig.simulator.fault("create", kind, executed=executed)
    with pytest.raises(Unknown):
        rig.impatient().create_payment(wanted)

    created = rig.provider.create_payment(wanted)
    rig.act(created, "pay")

    ours = [row for row in rig.simulator.rows("payment") if wanted.payment_id.replace("-", "") in row["invoice"]]
    assert len(ours) == 1 + executed
    assert [row["id"] for row in ours if row["trx_id"]] == [created.ref.object_id]


# --- executing ----------------------------------------------------------------------------------------------


def test_an_approved_payment_is_executed_when_the_payer_comes_back(rig: BkashRig, created: PaymentSnapshot) -> None:
    paid = rig.come_back(created, "pay")

    row = rig.simulator.row("payment", id=created.ref.object_id)
    assert paid.state is PaymentState.PAID
    assert paid.received == paid.amount == Money(750_000, "BDT")
    assert [charge.charge_id for charge in paid.charges] == [row["trx_id"]] == [paid.ref.charge_id]
    assert paid.occurred_at == datetime.fromtimestamp(row["executed_at"], UTC)
    assert paid.ref.extra == created.ref.extra


def test_case_26_who_approved_and_never_came_back_is_not_charged(rig: BkashRig, created: PaymentSnapshot) -> None:
    approved(rig, created)

    assert rig.provider.fetch_payment(created.ref).state is PaymentState.PENDING
    assert at(rig, timedelta(minutes=16)).fetch_payment(created.ref).state is PaymentState.EXPIRED
    assert not charged(rig, created)


def test_case_28_a_forged_return_is_refused_by_bkash_and_leaves_the_payment_open(
    rig: BkashRig, created: PaymentSnapshot
) -> None:
    assert rig.come_back(created, "forge").state is PaymentState.PENDING
    assert rig.come_back(created, "pay").state is PaymentState.PAID


def test_the_return_of_another_payment_executes_nothing(rig: BkashRig, created: PaymentSnapshot) -> None:
    other = rig.provider.create_payment(order())
    told = approved(rig, other)

    assert rig.provider.complete_return(created.ref, told).state is PaymentState.PENDING
    cancelled = {**told, "status": "cancel"}
    assert rig.provider.complete_return(created.ref, cancelled).state is PaymentState.PENDING
    assert not charged(rig, other)


def test_case_30_execution_happens_once_however_often_the_payer_comes_back(
    rig: BkashRig, created: PaymentSnapshot
) -> None:
    told = approved(rig, created)
    with ThreadPoolExecutor(6) as pool:
        snapshots = list(pool.map(lambda _: rig.provider.complete_return(created.ref, told), range(6)))
    snapshots.append(rig.provider.complete_return(created.ref, told))

    assert {snapshot.state for snapshot in snapshots} == {PaymentState.PAID}
    assert len({snapshot.ref.charge_id for snapshot in snapshots}) == 1


def test_case_31_a_payer_who_comes_back_too_late_is_not_charged(rig: BkashRig, created: PaymentSnapshot) -> None:
    told = approved(rig, created)

    late = at(rig, timedelta(minutes=15, seconds=1)).complete_return(created.ref, told)

    assert late.state is PaymentState.EXPIRED
    assert late.next_action.kind == "none"
    assert not charged(rig, created)


def test_without_a_known_deadline_nothing_is_executed(rig: BkashRig, created: PaymentSnapshot) -> None:
    told = approved(rig, created)

    snapshot = rig.provider.complete_return(ProviderRef(created.ref.object_id), told)

    assert snapshot.state is PaymentState.PENDING
    assert not charged(rig, created)


def at(rig: BkashRig, later: timedelta) -> BkashProvider:
    return BkashProvider(rig.settings, rig.tokens, now=lambda: datetime.now(UTC) + later)


@pytest.mark.parametrize(
    ("deed", "state", "code"),
    [
        ("decline", PaymentState.FAILED, "payer_failure"),
        ("cancel", PaymentState.CANCELLED, "payer_cancel"),
        ("balance_gone", PaymentState.FAILED, "2023"),
    ],
)
def test_a_payer_who_fails_or_gives_up_ends_the_payment(
    rig: BkashRig, created: PaymentSnapshot, deed: str, state: PaymentState, code: str
) -> None:
    ended = rig.come_back(created, deed)

    assert (ended.state, ended.error_code, ended.error_kind) == (state, code, "payer")
    assert ended.next_action.kind == "none"
    assert ended.received == Money(0, "BDT")
    assert not charged(rig, created)


def test_a_claim_to_have_cancelled_does_not_undo_a_payment(rig: BkashRig, created: PaymentSnapshot) -> None:
    rig.come_back(created, "pay")
    claim = {"paymentID": created.ref.object_id, "status": "cancel"}

    assert rig.provider.complete_return(created.ref, claim).state is PaymentState.PAID


def test_case_18_another_amount_than_asked_is_reported_beside_it(rig: BkashRig, created: PaymentSnapshot) -> None:
    paid = rig.come_back(created, "wrong_amount")

    assert (paid.amount, paid.received) == (Money(750_000, "BDT"), Money(675_000, "BDT"))


# --- executions without an answer ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_case_17_an_execution_whose_answer_got_lost_is_asked_for(
    rig: BkashRig, created: PaymentSnapshot, kind: str
) -> None:
    told = approved(rig, created)
    rig.simulator.fault("execute", kind, executed=True)

    assert rig.impatient().complete_return(created.ref, told).state is PaymentState.PAID


def test_an_execution_that_broke_before_it_took_effect_is_tried_once_more(
    rig: BkashRig, created: PaymentSnapshot
) -> None:
    assert rig.come_back(created, "broken_before").state is PaymentState.PAID


def test_an_execution_that_hangs_without_effect_is_unknown_and_the_next_return_completes_it(
    rig: BkashRig, created: PaymentSnapshot
) -> None:
    told = approved(rig, created)
    rig.simulator.fault("execute", "timeout")
    with pytest.raises(Unknown):
        rig.impatient().complete_return(created.ref, told)

    assert rig.provider.fetch_payment(created.ref).state is PaymentState.PENDING
    assert rig.provider.complete_return(created.ref, told).state is PaymentState.PAID


def test_an_execution_and_a_question_without_answers_are_unknown(rig: BkashRig, created: PaymentSnapshot) -> None:
    told = approved(rig, created)
    rig.simulator.fault("execute", "error_500", executed=True)
    rig.simulator.fault("query", "error_500")
    rig.simulator.fault("execute", "error_500")
    rig.simulator.fault("query", "error_500")
    with pytest.raises(Unknown):
        rig.provider.complete_return(created.ref, told)

    assert rig.provider.fetch_payment(created.ref).state is PaymentState.PAID


def test_a_rate_limit_of_the_execution_executed_nothing(rig: BkashRig, created: PaymentSnapshot) -> None:
    told = approved(rig, created)
    rig.simulator.fault("execute", "rate_limited")
    with pytest.raises(Retryable):
        rig.provider.complete_return(created.ref, told)

    assert rig.provider.complete_return(created.ref, told).state is PaymentState.PAID


# --- held money, for accounts that may ----------------------------------------------------------------------


def test_held_money_is_taken_whole_or_let_go(rig: BkashRig) -> None:
    merchant = BkashRig(rig.simulator, rig.listener)
    merchant.settings = replace(merchant.settings, authorization=True)
    merchant.provider = merchant.bkash = BkashProvider(merchant.settings, merchant.tokens)
    with rig.simulator.switched("authorization"):
        first, second = (merchant.provider.create_payment(order(capture="manual")) for _ in range(2))
        held, other = (merchant.come_back(each, "pay") for each in (first, second))
        assert (held.state, held.received) == (PaymentState.AUTHORIZED, Money(0, "BDT"))
        with pytest.raises(Declined):
            merchant.provider.capture_payment(held.ref, Money(1, "BDT"), "capture:0")
        taken = [merchant.provider.capture_payment(held.ref, Money(750_000, "BDT"), f"capture:{n}") for n in (1, 2)]
        released = [merchant.provider.cancel_payment(other.ref, f"cancel:{n}") for n in (1, 2)]

    assert merchant.provider.caps.manual_capture
    assert [(each.state, each.received) for each in taken] == [(PaymentState.PAID, Money(750_000, "BDT"))] * 2
    assert {each.state for each in released} == {PaymentState.CANCELLED}


def test_an_open_payment_cannot_be_cancelled_and_is_told_as_it_is(rig: BkashRig, created: PaymentSnapshot) -> None:
    assert not rig.provider.caps.cancel
    assert rig.provider.cancel_payment(created.ref, "cancel:1").state is PaymentState.PENDING
