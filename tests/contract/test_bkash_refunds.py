"""bKash keeps no key of a refund: what got lost is found, and never made twice. Payouts are refused a second time."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from freehold.adapters.payments.bkash import BkashProvider
from freehold.domain.money import Money
from freehold.domain.payment_states import PayoutState, RefundState
from freehold.ports.payment_gateway import (
    Declined,
    Misconfigured,
    PaymentSnapshot,
    PayoutRequest,
    ProviderRef,
    RefundRequest,
    Retryable,
    Unknown,
)
from tests.contract.bkash_rig import BkashRig
from tests.contract.provider_rig import new_order, new_refund

DAY_S = 24 * 3600


@pytest.fixture
def rig(bkash_rig: BkashRig) -> BkashRig:
    return bkash_rig


@pytest.fixture
def paid(rig: BkashRig) -> PaymentSnapshot:
    created = rig.provider.create_payment(new_order("http://127.0.0.1:9/hook", amount=Money(54_000, "BDT")))
    return rig.come_back(created, "pay")


def again(request: RefundRequest, *known: str | None) -> RefundRequest:
    return replace(request, repeated=True, known=frozenset(name for name in known if name))


def made(rig: BkashRig, paid: PaymentSnapshot) -> list[int]:
    return [row["amount"] for row in rig.simulator.rows("refund", payment_id=paid.ref.object_id)]


def test_a_refund_names_itself_and_its_payment(rig: BkashRig, paid: PaymentSnapshot) -> None:
    request = new_refund(paid, 14_000)
    refund = rig.provider.refund(request)

    row = rig.simulator.row("refund", trx_id=refund.provider_id)
    assert (refund.state, refund.amount) == (RefundState.SUCCEEDED, Money(14_000, "BDT"))
    assert refund.payment == ProviderRef(paid.ref.object_id)
    assert (row["sku"], row["reason"]) == (request.refund_id, "cancelled by guest")
    fetched = rig.provider.fetch_refund(str(refund.provider_id), paid.ref)
    assert replace(fetched, raw={}) == replace(refund, raw={})
    assert rig.provider.fetch_payment(paid.ref).refunded == Money(14_000, "BDT")


def test_two_refunds_of_the_same_amount_are_two(rig: BkashRig, paid: PaymentSnapshot) -> None:
    first, second = (rig.provider.refund(new_refund(paid, 10_000)) for _ in range(2))

    assert first.provider_id != second.provider_id
    assert made(rig, paid) == [10_000, 10_000]


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_case_22_a_refund_whose_answer_got_lost_is_found_at_once(
    rig: BkashRig, paid: PaymentSnapshot, kind: str
) -> None:
    rig.simulator.fault("refund", kind, executed=True)

    refund = rig.impatient().refund(new_refund(paid, 20_000))

    assert refund.state is RefundState.SUCCEEDED
    assert made(rig, paid) == [20_000]


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_case_22_a_refund_that_was_not_made_is_unknown_and_made_when_it_is_repeated(
    rig: BkashRig, paid: PaymentSnapshot, kind: str
) -> None:
    request = new_refund(paid, 20_000)
    rig.simulator.fault("refund", kind)
    with pytest.raises(Unknown):
        rig.impatient().refund(request)

    assert rig.provider.refund(again(request)).state is RefundState.SUCCEEDED
    assert made(rig, paid) == [20_000]


def test_a_refund_that_was_made_by_a_busy_provider_is_found_at_once(rig: BkashRig, paid: PaymentSnapshot) -> None:
    rig.simulator.fault("refund", "rate_limited", executed=True)
    refund = rig.provider.refund(new_refund(paid, 20_000))
    assert (refund.state, made(rig, paid)) == (RefundState.SUCCEEDED, [20_000])


def test_a_busy_provider_that_does_not_tell_either_leaves_it_unknown(rig: BkashRig, paid: PaymentSnapshot) -> None:
    rig.simulator.fault("refund", "rate_limited", executed=True)
    rig.simulator.fault("refund_status", "rate_limited")
    request = new_refund(paid, 20_000)
    with pytest.raises(Unknown):
        rig.provider.refund(request)
    assert rig.provider.refund(again(request)).state is RefundState.SUCCEEDED
    assert made(rig, paid) == [20_000]


def test_a_busy_provider_that_made_nothing_is_asked_later(rig: BkashRig, paid: PaymentSnapshot) -> None:
    rig.simulator.fault("refund", "rate_limited")
    request = new_refund(paid, 20_000)
    with pytest.raises(Retryable):
        rig.provider.refund(request)
    assert rig.provider.refund(request).state is RefundState.SUCCEEDED
    assert made(rig, paid) == [20_000]


def test_a_lost_refund_is_told_from_another_of_the_same_amount(rig: BkashRig, paid: PaymentSnapshot) -> None:
    known = rig.provider.refund(new_refund(paid, 20_000)).provider_id
    request = new_refund(paid, 20_000)
    rig.simulator.fault("refund", "error_500", executed=True)
    rig.simulator.fault("refund_status", "error_500")
    with pytest.raises(Unknown):
        rig.provider.refund(request)

    found = rig.provider.refund(again(request, known))

    assert found.provider_id not in (known, None)
    assert made(rig, paid) == [20_000, 20_000]


def test_a_repeated_refund_does_not_take_another_for_itself(rig: BkashRig, paid: PaymentSnapshot) -> None:
    known = rig.provider.refund(new_refund(paid, 20_000)).provider_id
    request = new_refund(paid, 20_000)
    rig.simulator.fault("refund", "error_500")
    with pytest.raises(Unknown):
        rig.provider.refund(replace(request, known=frozenset({str(known)})))

    assert rig.provider.refund(again(request, known)).provider_id != known
    assert made(rig, paid) == [20_000, 20_000]


def test_more_than_is_left_is_refused_for_good(rig: BkashRig, paid: PaymentSnapshot) -> None:
    rig.provider.refund(new_refund(paid, 50_000))
    with pytest.raises(Declined) as refused:
        rig.provider.refund(new_refund(paid, 4_001))

    assert refused.value.code == "2072"
    assert made(rig, paid) == [50_000]


def test_the_eleventh_refund_of_a_payment_is_refused(rig: BkashRig, paid: PaymentSnapshot) -> None:
    for _ in range(10):
        rig.provider.refund(new_refund(paid, 100))
    with pytest.raises(Declined):
        rig.provider.refund(new_refund(paid, 100))


def test_after_bkashs_window_a_refund_is_refused(rig: BkashRig, paid: PaymentSnapshot) -> None:
    with rig.simulator.later(61 * DAY_S), pytest.raises(Declined) as refused:
        rig.provider.refund(new_refund(paid, 100))

    assert refused.value.code == "2071"
    assert rig.provider.caps.refund_window_days == 15


def test_a_refund_that_is_on_its_way_says_so(rig: BkashRig, paid: PaymentSnapshot) -> None:
    rig.simulator.control("refund_status", status="Pending")
    try:
        refund = rig.provider.refund(new_refund(paid, 100))
    finally:
        rig.simulator.control("refund_status", status="Completed")

    assert refund.state is RefundState.PENDING
    assert rig.provider.fetch_refund(str(refund.provider_id), paid.ref).state is RefundState.PENDING


def test_case_24_a_refund_of_the_dashboard_shows_in_the_payment(rig: BkashRig, paid: PaymentSnapshot) -> None:
    rig.simulator.control("refund_by_hand", payment=paid.ref.object_id, amount=4_000)

    assert rig.provider.fetch_payment(paid.ref).refunded == Money(4_000, "BDT")


def test_what_was_not_paid_is_not_refunded(rig: BkashRig) -> None:
    created = rig.provider.create_payment(new_order("http://127.0.0.1:9/hook", amount=Money(54_000, "BDT")))
    with pytest.raises(Declined):
        rig.provider.refund(new_refund(created, 100))


def test_a_refund_that_bkash_does_not_list_is_asked_for_again(rig: BkashRig, paid: PaymentSnapshot) -> None:
    with pytest.raises(Retryable):
        rig.provider.fetch_refund("NOBODY", paid.ref)


# --- payouts ------------------------------------------------------------------------------------------------


def payout(**changes: Any) -> PayoutRequest:
    request = PayoutRequest(
        payout_id=str(uuid4()),
        purpose="owner_payout",
        amount=Money(30_000, "BDT"),
        destination={"msisdn": "+880 1711-223344"},
        description="November",
        notify_url="http://127.0.0.1:9/hook",
    )
    return replace(request, **changes)


@pytest.fixture
def payer(rig: BkashRig) -> BkashProvider:
    return rig.like(payouts=True)


def test_a_payout_reaches_the_wallet_and_can_be_looked_up(rig: BkashRig, payer: BkashProvider) -> None:
    paid_out = payer.payout(payout())

    row = rig.simulator.row("payout", trx_id=paid_out.provider_id)
    assert (row["msisdn"], row["amount"]) == ("01711223344", 30_000)
    assert (paid_out.state, paid_out.amount) == (PayoutState.PAID, Money(30_000, "BDT"))
    fetched = payer.fetch_payout(str(paid_out.provider_id))
    assert (fetched.provider_id, fetched.state, fetched.amount) == (
        paid_out.provider_id,
        paid_out.state,
        paid_out.amount,
    )
    assert "01711223344" not in str(paid_out.raw)


def test_the_same_payout_is_never_paid_twice(rig: BkashRig, payer: BkashProvider) -> None:
    request = payout()
    payer.payout(request)
    with pytest.raises(Unknown):
        payer.payout(request)

    assert len(rig.simulator.rows("payout", invoice=request.payout_id.replace("-", ""))) == 1


def test_a_payout_without_an_answer_is_unknown_and_not_paid_again(rig: BkashRig, payer: BkashProvider) -> None:
    request = payout()
    rig.simulator.fault("pay_out", "error_500", executed=True)
    for _ in range(2):
        with pytest.raises(Unknown):
            payer.payout(request)

    assert len(rig.simulator.rows("payout", invoice=request.payout_id.replace("-", ""))) == 1


@pytest.mark.parametrize("msisdn", ["", "+49 30 123456", "01211223344", "01700000002"])
def test_a_payout_to_no_wallet_is_refused(payer: BkashProvider, msisdn: str) -> None:
    with pytest.raises(Declined):
        payer.payout(payout(destination={"msisdn": msisdn}))


def test_payouts_are_for_accounts_that_have_them(rig: BkashRig, payer: BkashProvider) -> None:
    assert payer.caps.payout
    assert not rig.provider.caps.payout
    with pytest.raises(Misconfigured):
        rig.provider.payout(payout())
