"""What every payment provider must do, whatever its vendor: one suite, run on each adapter over real HTTP."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, PayoutState, RefundState
from freehold.ports.payment_gateway import (
    Declined,
    LedgerLine,
    Misconfigured,
    PaymentProvider,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderError,
    ProviderRef,
    RefundSnapshot,
    Retryable,
    Unknown,
)
from tests.contract.provider_rig import Rig, SandboxRig, new_order, new_payout, new_refund
from tests.simulators.sandbox_process import Listener, SandboxProcess, eventually


@pytest.fixture(params=["sandbox"])
def rig(request: pytest.FixtureRequest, sandbox: SandboxProcess, listener: Listener) -> Rig:
    rigs = {"sandbox": lambda: SandboxRig(sandbox, listener)}
    return rigs[request.param]()


@pytest.fixture
def provider(rig: Rig) -> PaymentProvider:
    return rig.provider


@pytest.fixture
def notify_url(rig: Rig) -> str:
    return rig.new_notify_url()


@pytest.fixture
def created(provider: PaymentProvider, notify_url: str) -> PaymentSnapshot:
    return provider.create_payment(new_order(notify_url))


@pytest.fixture
def paid(rig: Rig, created: PaymentSnapshot) -> PaymentSnapshot:
    rig.act(created, "pay")
    return rig.provider.fetch_payment(created.ref)


def ledger_of(provider: PaymentProvider, payment: PaymentSnapshot) -> list[LedgerLine]:
    now = datetime.now(UTC)
    lines = provider.list_ledger(now - timedelta(hours=1), now + timedelta(hours=1))
    return [line for line in lines if line.related_id == payment.ref.object_id]


# --- creating -----------------------------------------------------------------------------------------------


def test_a_new_payment_is_pending_and_says_where_to_pay(created: PaymentSnapshot) -> None:
    assert created.state is PaymentState.PENDING
    assert created.amount == Money(54_000, "USD")
    assert created.received == Money(0, "USD")
    assert created.charges == ()
    assert created.next_action.kind == "redirect"
    assert created.next_action.url


def test_the_same_attempt_is_one_object_however_often_it_is_created(provider: PaymentProvider, notify_url: str) -> None:
    order = new_order(notify_url)
    assert len({provider.create_payment(order).ref.object_id for _ in range(3)}) == 1


def test_simultaneous_creations_of_one_attempt_are_one_object(provider: PaymentProvider, notify_url: str) -> None:
    order = new_order(notify_url)
    with ThreadPoolExecutor(8) as pool:
        snapshots = list(pool.map(provider.create_payment, [order] * 8))
    assert len({snapshot.ref.object_id for snapshot in snapshots}) == 1


def test_another_attempt_is_another_object(provider: PaymentProvider, notify_url: str) -> None:
    order = new_order(notify_url)
    second = replace(order, attempt=2)
    assert provider.create_payment(order).ref != provider.create_payment(second).ref


def test_the_same_attempt_with_other_content_is_our_mistake(provider: PaymentProvider, notify_url: str) -> None:
    order = new_order(notify_url)
    provider.create_payment(order)
    with pytest.raises(Misconfigured):
        provider.create_payment(replace(order, amount=Money(1, "USD")))


@pytest.mark.parametrize(("minor", "currency"), [(7_500, "JPY"), (12_340, "KWD"), (99, "USD"), (10_050, "KES")])
def test_amounts_are_exact_in_every_currency(rig: Rig, notify_url: str, minor: int, currency: str) -> None:
    created = rig.provider.create_payment(new_order(notify_url, amount=Money(minor, currency)))
    rig.act(created, "pay")
    assert created.amount == rig.provider.fetch_payment(created.ref).received == Money(minor, currency)


# --- paying -------------------------------------------------------------------------------------------------


def test_a_paid_payment_names_its_charge(paid: PaymentSnapshot) -> None:
    assert paid.state is PaymentState.PAID
    assert paid.received == paid.amount
    (charge,) = paid.charges
    assert charge.received == paid.amount
    assert paid.ref.charge_id == charge.charge_id
    assert paid.occurred_at == charge.occurred_at
    assert paid.next_action.kind == "none"


def test_an_event_carries_what_a_fetch_would_tell(rig: Rig, notify_url: str, provider: PaymentProvider) -> None:
    order = new_order(notify_url)
    created = provider.create_payment(order)
    rig.act(created, "pay")
    (inbound,) = rig.arrived(notify_url)
    parsed = provider.parse_inbound(inbound)
    (event,) = parsed.events
    assert event.trusted is provider.caps.signed_webhooks
    assert event.subject == "payment"
    assert event.object_id == created.ref.object_id
    assert event.our_id == order.payment_id
    assert event.hint == provider.fetch_payment(created.ref)
    assert parsed.ack.status == 200


def test_the_same_delivery_has_the_same_dedupe_key(rig: Rig, notify_url: str, created: PaymentSnapshot) -> None:
    rig.act(created, "duplicate_webhook")
    keys = {rig.provider.parse_inbound(one).events[0].dedupe_key for one in rig.arrived(notify_url, 3)}
    assert len(keys) == 1


def test_a_payment_that_was_paid_twice_shows_both_charges(rig: Rig, created: PaymentSnapshot) -> None:
    rig.act(created, "pay_twice")
    snapshot = rig.provider.fetch_payment(created.ref)
    assert snapshot.received == Money(108_000, "USD")
    assert len({charge.charge_id for charge in snapshot.charges}) == 2


def test_a_wrong_amount_is_reported_as_it_is(rig: Rig, created: PaymentSnapshot) -> None:
    rig.act(created, "wrong_amount")
    snapshot = rig.provider.fetch_payment(created.ref)
    assert (snapshot.amount, snapshot.received) == (Money(54_000, "USD"), Money(48_600, "USD"))


def test_a_declined_attempt_says_why_and_leaves_the_object_as_its_capabilities_say(
    rig: Rig, created: PaymentSnapshot
) -> None:
    rig.act(created, "decline")
    snapshot = rig.provider.fetch_payment(created.ref)
    lasting = rig.provider.caps.multi_attempt_object
    assert snapshot.state is (PaymentState.PENDING if lasting else PaymentState.FAILED)
    assert snapshot.error_kind == "payer"
    assert snapshot.error_code


def test_the_browser_cannot_talk_a_payment_into_being_paid(provider: PaymentProvider, created: PaymentSnapshot) -> None:
    forged = {"status": "success", "gateway_status": "paid", "gateway_payment": created.ref.object_id}
    assert provider.complete_return(created.ref, forged).state is PaymentState.PENDING


# --- cancelling and capturing -------------------------------------------------------------------------------


def test_an_open_payment_can_be_cancelled_twice(provider: PaymentProvider, created: PaymentSnapshot) -> None:
    for key in ("cancel:1", "cancel:2"):
        snapshot = provider.cancel_payment(created.ref, f"{key}:{created.ref.object_id}")
        assert snapshot.state is PaymentState.CANCELLED


def test_cancelling_a_paid_payment_tells_that_it_is_paid(provider: PaymentProvider, paid: PaymentSnapshot) -> None:
    assert provider.cancel_payment(paid.ref, f"cancel:{paid.ref.object_id}").state is PaymentState.PAID


def test_held_money_is_taken_once_and_never_more_than_held(rig: Rig, notify_url: str) -> None:
    provider = rig.provider
    created = provider.create_payment(new_order(notify_url, capture="manual"))
    rig.act(created, "pay")
    held = provider.fetch_payment(created.ref)
    assert (held.state, held.received) == (PaymentState.AUTHORIZED, Money(0, "USD"))
    with pytest.raises(Declined):
        provider.capture_payment(held.ref, Money(54_001, "USD"), f"capture:0:{held.ref.object_id}")
    for number in (1, 2):
        key = f"capture:{number}:{held.ref.object_id}"
        taken = provider.capture_payment(held.ref, Money(40_000, "USD"), key)
        assert (taken.state, taken.received) == (PaymentState.PAID, Money(40_000, "USD"))
    with pytest.raises(Declined):
        provider.capture_payment(held.ref, Money(10_000, "USD"), f"capture:3:{held.ref.object_id}")


def test_held_money_can_be_let_go(rig: Rig, notify_url: str) -> None:
    created = rig.provider.create_payment(new_order(notify_url, capture="manual"))
    rig.act(created, "pay")
    released = rig.provider.cancel_payment(created.ref, f"cancel:{created.ref.object_id}")
    assert (released.state, released.received) == (PaymentState.CANCELLED, Money(0, "USD"))


# --- refunds ------------------------------------------------------------------------------------------------


def test_a_refund_is_made_once_per_key(provider: PaymentProvider, paid: PaymentSnapshot) -> None:
    request = new_refund(paid, 14_000)
    first, again = provider.refund(request), provider.refund(request)
    assert first == again
    assert first.state is RefundState.SUCCEEDED
    assert first.payment is not None
    assert first.payment.object_id == paid.ref.object_id
    assert first.provider_id is not None
    assert provider.fetch_refund(first.provider_id, paid.ref) == first
    assert provider.fetch_payment(paid.ref).refunded == Money(14_000, "USD")


def test_more_than_was_received_is_never_refunded(provider: PaymentProvider, paid: PaymentSnapshot) -> None:
    provider.refund(new_refund(paid, 30_000))
    with pytest.raises(Declined):
        provider.refund(new_refund(paid, 24_001))
    provider.refund(new_refund(paid, 24_000))
    with pytest.raises(ProviderError):
        provider.refund(new_refund(paid, 1))


def test_simultaneous_refunds_never_exceed_what_was_received(provider: PaymentProvider, paid: PaymentSnapshot) -> None:
    def refund(_: int) -> int:
        try:
            provider.refund(new_refund(paid, 20_000))
        except Declined:
            return 0
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(refund, range(6))) == 2
    assert provider.fetch_payment(paid.ref).refunded == Money(40_000, "USD")


def test_refund_events_name_our_refund(
    rig: Rig, provider: PaymentProvider, notify_url: str, paid: PaymentSnapshot
) -> None:
    request = new_refund(paid, 54_000)
    made = provider.refund(request)
    event = provider.parse_inbound(rig.arrived(notify_url, 2)[1]).events[0]
    assert (event.subject, event.object_id, event.our_id) == ("refund", made.provider_id, request.refund_id)
    assert event.hint == made


def test_a_refund_may_fail_after_it_succeeded(rig: Rig, created: PaymentSnapshot, notify_url: str) -> None:
    provider = rig.provider
    rig.act(created, "refund_fails_later", delay_s="0.2")
    made = provider.refund(new_refund(created, 54_000))
    assert made.state is RefundState.SUCCEEDED
    event = provider.parse_inbound(rig.arrived(notify_url, 3)[2]).events[0]
    assert isinstance(event.hint, RefundSnapshot)
    assert event.hint.state is RefundState.FAILED
    assert event.hint.error_code
    assert provider.fetch_payment(created.ref).refunded == Money(0, "USD")


# --- payouts and the ledger ---------------------------------------------------------------------------------


def test_a_payout_is_made_once_per_key(provider: PaymentProvider, notify_url: str) -> None:
    request = new_payout(notify_url, {"acct": "owner"})
    first, again = provider.payout(request), provider.payout(request)
    assert first == again
    assert first.state is PayoutState.PAID
    assert first.provider_id is not None
    assert provider.fetch_payout(first.provider_id) == first


def test_a_payout_may_fail_or_come_back(rig: Rig, provider: PaymentProvider, notify_url: str) -> None:
    assert provider.payout(new_payout(notify_url, {"acct": "reject"})).state is PayoutState.FAILED
    assert provider.payout(new_payout(notify_url, {"acct": "bounce"})).state is PayoutState.PAID
    hints = [provider.parse_inbound(one).events[0].hint for one in rig.arrived(notify_url, 3)]
    states = [hint.state for hint in hints if isinstance(hint, PayoutSnapshot)]
    assert states == [PayoutState.FAILED, PayoutState.PAID, PayoutState.REVERSED]


def test_the_ledger_lists_every_movement_with_its_sign(provider: PaymentProvider, paid: PaymentSnapshot) -> None:
    refund = provider.refund(new_refund(paid, 14_000))
    assert [(line.kind, line.provider_id, line.amount.minor) for line in ledger_of(provider, paid)] == [
        ("payment", paid.ref.charge_id, 54_000),
        ("refund", refund.provider_id, -14_000),
    ]


def test_a_refund_that_came_back_is_in_the_ledger_as_well(rig: Rig, created: PaymentSnapshot) -> None:
    rig.act(created, "refund_fails_later", delay_s="0")
    rig.provider.refund(new_refund(created, 54_000))
    amounts = lambda: [line.amount.minor for line in ledger_of(rig.provider, created)]  # noqa: E731
    assert eventually(lambda: amounts() == [54_000, -54_000, 54_000])


def test_the_ledger_keeps_to_its_window_and_to_the_end_of_a_long_list(
    provider: PaymentProvider, notify_url: str
) -> None:
    since = datetime.now(UTC)
    for _ in range(101):
        provider.payout(new_payout(notify_url, {"acct": "owner"}))
    until = datetime.now(UTC) + timedelta(seconds=1)
    lines = list(provider.list_ledger(since, until))
    assert len(lines) == 101
    assert all(since <= line.occurred_at + timedelta(milliseconds=1) for line in lines)
    assert list(provider.list_ledger(since - timedelta(days=2), since - timedelta(days=1))) == []


# --- trouble ------------------------------------------------------------------------------------------------


def test_an_unreachable_provider_executed_nothing(rig: Rig, notify_url: str) -> None:
    with pytest.raises(Retryable):
        rig.unreachable().create_payment(new_order(notify_url))


def test_a_rate_limit_executed_nothing(rig: Rig, provider: PaymentProvider, notify_url: str) -> None:
    rig.trouble("create_payment", "rate_limited")
    order = new_order(notify_url)
    with pytest.raises(Retryable):
        provider.create_payment(order)
    assert provider.create_payment(order).state is PaymentState.PENDING


def test_a_wrong_key_needs_a_person(rig: Rig, notify_url: str) -> None:
    with pytest.raises(Misconfigured):
        rig.wrong_key().create_payment(new_order(notify_url))


def test_an_object_that_the_provider_does_not_know_needs_a_person(provider: PaymentProvider) -> None:
    with pytest.raises(Misconfigured):
        provider.fetch_payment(ProviderRef("pay_nobody_knows"))


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_a_creation_without_a_usable_answer_is_unknown_and_repeating_it_is_safe(
    rig: Rig, notify_url: str, kind: str, executed: bool
) -> None:
    order = new_order(notify_url)
    rig.trouble("create_payment", kind, executed=executed)
    with pytest.raises(Unknown):
        rig.impatient().create_payment(order)
    created = rig.provider.create_payment(order)
    rig.act(created, "pay")
    assert len(ledger_of(rig.provider, created)) == 1


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_a_refund_without_a_usable_answer_is_unknown_and_repeating_it_is_safe(
    rig: Rig, paid: PaymentSnapshot, kind: str, executed: bool
) -> None:
    request = new_refund(paid, 20_000)
    rig.trouble("create_refund", kind, executed=executed)
    with pytest.raises(Unknown):
        rig.impatient().refund(request)
    rig.provider.refund(request)
    assert rig.provider.fetch_payment(paid.ref).refunded == Money(20_000, "USD")


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty", "rate_limited"])
def test_a_question_without_a_usable_answer_may_be_asked_again(rig: Rig, created: PaymentSnapshot, kind: str) -> None:
    rig.trouble("get_payment", kind)
    with pytest.raises(Retryable):
        rig.impatient().fetch_payment(created.ref)
    assert rig.provider.fetch_payment(created.ref) == created


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_every_other_write_is_unknown_without_a_usable_answer(
    rig: Rig, created: PaymentSnapshot, notify_url: str, kind: str
) -> None:
    hasty = rig.impatient()
    writes: dict[str, Callable[[], object]] = {
        "cancel_payment": lambda: hasty.cancel_payment(created.ref, f"cancel:{created.ref.object_id}"),
        "capture_payment": lambda: hasty.capture_payment(
            created.ref, Money(1, "USD"), f"capture:{created.ref.object_id}"
        ),
        "create_payout": lambda: hasty.payout(new_payout(notify_url, {"acct": "owner"})),
    }
    for operation, write in writes.items():
        rig.trouble(operation, kind)
        with pytest.raises(Unknown):
            write()
