"""What every payment provider must do, whatever its vendor: one suite, run on each adapter over real HTTP.

What a provider declares that it cannot do is skipped, by its capabilities and never by its name.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, PayoutState, RefundState
from freehold.ports.payment_gateway import (
    Declined,
    Inbound,
    LedgerLine,
    Misconfigured,
    PaymentProvider,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderError,
    ProviderEvent,
    ProviderRef,
    RefundSnapshot,
    Retryable,
    Unknown,
)
from tests.contract.provider_rig import RIGS, Rig, event_about, new_refund, usual_order, usual_payout
from tests.simulators.process import eventually


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest) -> Rig:
    rig: Rig = request.getfixturevalue(f"{request.param}_rig")
    return rig


def need(able: bool, what: str) -> None:
    if not able:
        pytest.skip(f"this provider has no {what}")


def act(rig: Rig, payment: PaymentSnapshot, deed: str, **details: str) -> None:
    need(deed in rig.deeds, deed)
    rig.act(payment, deed, **details)


def money(rig: Rig, minor: int) -> Money:
    return Money(minor, rig.currency)


def step(rig: Rig) -> int:
    """The smallest amount by which two amounts of this provider can differ, in minor units."""
    return rig.provider.caps.step_minor.get(rig.currency, 1)


@pytest.fixture
def provider(rig: Rig) -> PaymentProvider:
    return rig.provider


@pytest.fixture
def notify_url(rig: Rig) -> str:
    return rig.new_notify_url()


@pytest.fixture
def created(rig: Rig, notify_url: str) -> PaymentSnapshot:
    return rig.provider.create_payment(usual_order(rig, notify_url))


@pytest.fixture
def paid(rig: Rig, created: PaymentSnapshot) -> PaymentSnapshot:
    act(rig, created, "pay")
    return rig.provider.fetch_payment(created.ref)


def ledger_of(provider: PaymentProvider, payment: PaymentSnapshot) -> list[LedgerLine]:
    now = datetime.now(UTC)
    lines = provider.list_ledger(now - timedelta(hours=1), now + timedelta(hours=1))
    names = {payment.ref.object_id, payment.ref.charge_id, *payment.ref.extra.values()}
    return [line for line in lines if line.related_id in names and line.kind != "fee"]


# --- creating -----------------------------------------------------------------------------------------------


def test_a_new_payment_is_pending_and_says_how_to_pay(rig: Rig, created: PaymentSnapshot) -> None:
    assert created.state is PaymentState.PENDING
    assert created.amount == money(rig, 54_000)
    assert created.received == money(rig, 0)
    assert created.charges == ()
    assert created.next_action.kind != "none"
    assert created.next_action.url or created.next_action.kind != "redirect"


def test_the_same_attempt_is_one_object_however_often_it_is_created(rig: Rig, notify_url: str) -> None:
    provider = rig.provider
    need(provider.caps.idempotent_create, "idempotent creation")
    order = usual_order(rig, notify_url)
    assert len({provider.create_payment(order).ref.object_id for _ in range(3)}) == 1


def test_simultaneous_creations_of_one_attempt_are_one_object(rig: Rig, notify_url: str) -> None:
    provider = rig.provider
    need(provider.caps.idempotent_create, "idempotent creation")
    order = usual_order(rig, notify_url)
    with ThreadPoolExecutor(8) as pool:
        snapshots = list(pool.map(provider.create_payment, [order] * 8))
    assert len({snapshot.ref.object_id for snapshot in snapshots}) == 1


def test_another_attempt_is_another_object(rig: Rig, notify_url: str) -> None:
    provider = rig.provider
    need(provider.caps.idempotent_create, "idempotent creation")
    order = usual_order(rig, notify_url)
    second = replace(order, attempt=2)
    assert provider.create_payment(order).ref != provider.create_payment(second).ref


def test_the_same_attempt_with_other_content_is_our_mistake(rig: Rig, notify_url: str) -> None:
    provider = rig.provider
    need(provider.caps.idempotent_create, "idempotent creation")
    order = usual_order(rig, notify_url)
    provider.create_payment(order)
    with pytest.raises(Misconfigured):
        provider.create_payment(replace(order, amount=money(rig, 27_000)))


def test_case_41_amounts_are_exact_in_every_currency(rig: Rig, notify_url: str) -> None:
    for amount in rig.amounts:
        created = rig.provider.create_payment(usual_order(rig, notify_url, amount=amount))
        act(rig, created, "pay")
        assert created.amount == rig.provider.fetch_payment(created.ref).received == amount


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
    order = usual_order(rig, notify_url)
    created = provider.create_payment(order)
    act(rig, created, "pay")
    names = {created.ref.object_id, order.payment_id}
    event = event_about(rig, notify_url, "payment", lambda event: bool(names & {event.object_id, event.our_id}))
    assert event.trusted is provider.caps.signed_webhooks
    assert all(provider.parse_inbound(one).ack.status == 200 for one in rig.arrived(notify_url))
    if isinstance(event.hint, PaymentSnapshot) and event.trusted:
        fetched = provider.fetch_payment(created.ref)
        assert (event.hint.ref.object_id, event.hint.state) == (fetched.ref.object_id, fetched.state)
        assert (event.hint.amount, event.hint.received) == (fetched.amount, fetched.received)
        told = {(charge.charge_id, charge.received) for charge in event.hint.charges}
        assert told == {(charge.charge_id, charge.received) for charge in fetched.charges}


def test_the_same_delivery_has_the_same_dedupe_key(rig: Rig, notify_url: str, created: PaymentSnapshot) -> None:
    act(rig, created, "duplicate_webhook")
    heard = eventually(lambda: _with_repetitions(rig.arrived(notify_url, 0)))
    keys = {one.body: rig.provider.parse_inbound(one).events[0].dedupe_key for one in heard}
    assert len(heard) > len(keys) == len(set(keys.values()))


def _with_repetitions(heard: list[Inbound]) -> list[Inbound]:
    return heard if len(heard) > len({one.body for one in heard}) else []


def test_a_payment_that_was_paid_twice_shows_both_charges(rig: Rig, created: PaymentSnapshot) -> None:
    act(rig, created, "pay_twice")
    snapshot = rig.provider.fetch_payment(created.ref)
    assert snapshot.received == money(rig, 108_000)
    assert len({charge.charge_id for charge in snapshot.charges}) == 2


def test_a_wrong_amount_is_reported_as_it_is(rig: Rig, created: PaymentSnapshot) -> None:
    act(rig, created, "wrong_amount")
    snapshot = rig.provider.fetch_payment(created.ref)
    assert (snapshot.amount, snapshot.received) == (money(rig, 54_000), money(rig, 48_600))


def test_a_declined_attempt_says_why_and_leaves_the_object_as_its_capabilities_say(
    rig: Rig, created: PaymentSnapshot
) -> None:
    act(rig, created, "decline")
    snapshot = rig.provider.fetch_payment(created.ref)
    lasting = rig.provider.caps.multi_attempt_object
    assert snapshot.state is (PaymentState.PENDING if lasting else PaymentState.FAILED)
    assert snapshot.error_kind == "payer"
    assert snapshot.error_code


def test_the_browser_cannot_talk_a_payment_into_being_paid(provider: PaymentProvider, created: PaymentSnapshot) -> None:
    forged = {"status": "success", "gateway_status": "paid", "gateway_payment": created.ref.object_id}
    seen = provider.complete_return(created.ref, forged)
    assert seen.state in (PaymentState.PENDING, PaymentState.PROCESSING)
    assert seen.charges == ()


# --- cancelling and capturing -------------------------------------------------------------------------------


def test_an_open_payment_can_be_cancelled_twice(provider: PaymentProvider, created: PaymentSnapshot) -> None:
    need(provider.caps.cancel, "cancelling")
    for key in ("cancel:1", "cancel:2"):
        snapshot = provider.cancel_payment(created.ref, f"{key}:{created.ref.object_id}")
        assert snapshot.state in (PaymentState.CANCELLED, PaymentState.EXPIRED)


def test_cancelling_a_paid_payment_tells_that_it_is_paid(provider: PaymentProvider, paid: PaymentSnapshot) -> None:
    need(provider.caps.cancel, "cancelling")
    assert provider.cancel_payment(paid.ref, f"cancel:{paid.ref.object_id}").state is PaymentState.PAID


def test_held_money_is_taken_once_and_never_more_than_held(rig: Rig, notify_url: str) -> None:
    provider = rig.provider
    need(provider.caps.manual_capture, "manual capture")
    need(provider.caps.partial_capture, "partial capture")
    created = provider.create_payment(usual_order(rig, notify_url, capture="manual"))
    act(rig, created, "pay")
    held = provider.fetch_payment(created.ref)
    assert (held.state, held.received) == (PaymentState.AUTHORIZED, money(rig, 0))
    with pytest.raises(Declined):
        provider.capture_payment(held.ref, money(rig, 54_000 + step(rig)), f"capture:0:{held.ref.object_id}")
    for number in (1, 2):
        key = f"capture:{number}:{held.ref.object_id}"
        taken = provider.capture_payment(held.ref, money(rig, 40_000), key)
        assert (taken.state, taken.received) == (PaymentState.PAID, money(rig, 40_000))
    with pytest.raises(Declined):
        provider.capture_payment(held.ref, money(rig, 10_000), f"capture:3:{held.ref.object_id}")


def test_held_money_can_be_let_go(rig: Rig, notify_url: str) -> None:
    need(rig.provider.caps.manual_capture and rig.provider.caps.cancel, "release of held money")
    created = rig.provider.create_payment(usual_order(rig, notify_url, capture="manual"))
    act(rig, created, "pay")
    released = rig.provider.cancel_payment(created.ref, f"cancel:{created.ref.object_id}")
    assert (released.state, released.received) == (PaymentState.CANCELLED, money(rig, 0))


# --- refunds ------------------------------------------------------------------------------------------------


def test_a_refund_is_made_once_per_key(rig: Rig, paid: PaymentSnapshot) -> None:
    provider = rig.provider
    need(not provider.caps.refund_by_hand and provider.caps.partial_refund, "partial refund")
    need(provider.caps.idempotent_refund, "idempotent refund")
    need(paid.refunded is not None, "totals of refunds")
    request = new_refund(paid, 14_000)
    first, again = provider.refund(request), provider.refund(request)
    assert first == again
    assert first.state is RefundState.SUCCEEDED
    assert first.payment is not None
    assert first.payment.object_id == paid.ref.object_id
    assert first.provider_id is not None
    assert provider.fetch_refund(first.provider_id, paid.ref) == first
    assert provider.fetch_payment(paid.ref).refunded == money(rig, 14_000)


def test_more_than_was_received_is_never_refunded(rig: Rig, paid: PaymentSnapshot) -> None:
    provider = rig.provider
    need(not provider.caps.refund_by_hand and provider.caps.partial_refund, "partial refund")
    need(paid.refunded is not None, "totals of refunds")
    provider.refund(new_refund(paid, 30_000))
    with pytest.raises(Declined):
        provider.refund(new_refund(paid, 24_000 + step(rig)))
    provider.refund(new_refund(paid, 24_000))
    with pytest.raises(ProviderError):
        provider.refund(new_refund(paid, step(rig)))


def test_case_21_simultaneous_refunds_never_exceed_what_was_received(rig: Rig, paid: PaymentSnapshot) -> None:
    provider = rig.provider
    need(not provider.caps.refund_by_hand and provider.caps.partial_refund, "partial refund")
    need(paid.refunded is not None, "totals of refunds")

    def refund(_: int) -> int:
        try:
            provider.refund(new_refund(paid, 20_000))
        except Declined:
            return 0
        return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(refund, range(6))) == 2
    assert provider.fetch_payment(paid.ref).refunded == money(rig, 40_000)


def test_refund_events_name_our_refund(
    rig: Rig, provider: PaymentProvider, notify_url: str, paid: PaymentSnapshot
) -> None:
    need("refund_events" in rig.deeds, "events about refunds")
    request = new_refund(paid, 54_000)
    made = provider.refund(request)
    event = event_about(rig, notify_url, "refund", lambda event: event.object_id == made.provider_id)
    assert event.our_id in (request.refund_id, None)
    if isinstance(event.hint, RefundSnapshot) and event.trusted:
        assert (event.hint.provider_id, event.hint.state, event.hint.amount) == (
            made.provider_id,
            made.state,
            made.amount,
        )


def test_a_refund_may_fail_after_it_succeeded(rig: Rig, created: PaymentSnapshot, notify_url: str) -> None:
    provider = rig.provider
    act(rig, created, "refund_fails_later", delay_s="0.2")
    made = provider.refund(new_refund(provider.fetch_payment(created.ref), 54_000))
    assert made.state in (RefundState.SUCCEEDED, RefundState.PENDING)
    assert made.provider_id is not None
    ref = provider.fetch_payment(created.ref).ref
    failed = eventually(lambda: _failed(provider.fetch_refund(str(made.provider_id), ref)))
    assert failed is not None
    assert failed.error_code
    event_about(rig, notify_url, "refund", lambda event: event.object_id == made.provider_id)
    assert provider.fetch_payment(created.ref).refunded == money(rig, 0)


def _failed(refund: RefundSnapshot) -> RefundSnapshot | None:
    return refund if refund.state is RefundState.FAILED else None


# --- payouts and the ledger ---------------------------------------------------------------------------------


def test_a_payout_is_made_once_per_key(rig: Rig, provider: PaymentProvider, notify_url: str) -> None:
    need(provider.caps.payout and not provider.caps.keyless_payouts, "payouts under keys")
    request = usual_payout(rig, notify_url, "owner")
    first, again = provider.payout(request), provider.payout(request)
    assert first.provider_id is not None
    assert first.provider_id == again.provider_id
    assert eventually(lambda: provider.fetch_payout(str(first.provider_id)).state is PayoutState.PAID)


def test_case_40_a_payout_may_fail_or_come_back(rig: Rig, provider: PaymentProvider, notify_url: str) -> None:
    need(provider.caps.payout, "payouts")
    ends = {"reject": (PayoutState.FAILED,), "bounce": (PayoutState.REVERSED, PayoutState.FAILED)}
    for destination, states in ends.items():
        need(destination in rig.destinations, f"payouts that {destination}")
        made = provider.payout(usual_payout(rig, notify_url, destination))
        assert eventually(partial(_has_ended, provider, made, states))
        told = partial(_tells_of, made, states)
        assert event_about(rig, notify_url, "payout", told).trusted is provider.caps.signed_webhooks


def _has_ended(provider: PaymentProvider, made: PayoutSnapshot, states: tuple[PayoutState, ...]) -> bool:
    return provider.fetch_payout(str(made.provider_id)).state in states


def _tells_of(made: PayoutSnapshot, states: tuple[PayoutState, ...], event: ProviderEvent) -> bool:
    hint = event.hint
    return event.object_id == made.provider_id and isinstance(hint, PayoutSnapshot) and hint.state in states


def test_the_ledger_lists_every_movement_with_its_sign(provider: PaymentProvider, paid: PaymentSnapshot) -> None:
    need(provider.caps.ledger, "ledger")
    refund = provider.refund(new_refund(paid, 14_000))
    assert [(line.kind, line.provider_id, line.amount.minor) for line in ledger_of(provider, paid)] == [
        ("payment", paid.ref.charge_id, 54_000),
        ("refund", refund.provider_id, -14_000),
    ]


def test_a_refund_that_came_back_is_in_the_ledger_as_well(rig: Rig, created: PaymentSnapshot) -> None:
    need(rig.provider.caps.ledger, "ledger")
    act(rig, created, "refund_fails_later", delay_s="0")
    created = rig.provider.fetch_payment(created.ref)
    rig.provider.refund(new_refund(created, 54_000))
    amounts = lambda: [line.amount.minor for line in ledger_of(rig.provider, created)]  # noqa: E731
    assert eventually(lambda: amounts() == [54_000, -54_000, 54_000])


def test_the_ledger_keeps_to_its_window_and_to_the_end_of_a_long_list(
    rig: Rig, provider: PaymentProvider, notify_url: str
) -> None:
    need(provider.caps.ledger and provider.caps.payout and "owner" in rig.destinations, "ledger with payouts")
    since = datetime.now(UTC)
    made = {provider.payout(usual_payout(rig, notify_url, "owner")).provider_id for _ in range(101)}
    until = datetime.now(UTC) + timedelta(seconds=2)
    lines = [line for line in provider.list_ledger(since - timedelta(seconds=1), until) if line.kind == "payout"]
    assert made <= {line.provider_id for line in lines}
    assert len(lines) == len({line.provider_id for line in lines})
    assert all(since <= line.occurred_at + timedelta(seconds=2) for line in lines)
    assert list(provider.list_ledger(since - timedelta(days=2), since - timedelta(days=1))) == []


# --- trouble ------------------------------------------------------------------------------------------------


def test_an_unreachable_provider_executed_nothing(rig: Rig, notify_url: str) -> None:
    with pytest.raises(Retryable):
        rig.unreachable().create_payment(usual_order(rig, notify_url))


def test_a_rate_limit_executed_nothing(rig: Rig, provider: PaymentProvider, notify_url: str) -> None:
    need("create_payment" in rig.operations, "trouble")
    rig.trouble("create_payment", "rate_limited")
    order = usual_order(rig, notify_url)
    with pytest.raises(Retryable):
        provider.create_payment(order)
    assert provider.create_payment(order).state is PaymentState.PENDING


def test_a_wrong_key_needs_a_person(rig: Rig, notify_url: str) -> None:
    with pytest.raises(Misconfigured):
        rig.wrong_key().create_payment(usual_order(rig, notify_url))


def test_an_object_that_the_provider_does_not_know_needs_a_person(provider: PaymentProvider) -> None:
    with pytest.raises(Misconfigured):
        provider.fetch_payment(ProviderRef("pay_nobody_knows"))


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_cases_15_to_17_a_creation_without_a_usable_answer_is_unknown_and_repeating_it_is_safe(
    rig: Rig, notify_url: str, kind: str, executed: bool
) -> None:
    order = usual_order(rig, notify_url)
    need(rig.provider.caps.idempotent_create, "idempotent creation")
    rig.trouble("create_payment", kind, executed=executed)
    with pytest.raises(Unknown):
        rig.impatient().create_payment(order)
    created = rig.provider.create_payment(order)
    act(rig, created, "pay")
    paid = rig.provider.fetch_payment(created.ref)
    assert paid.received == order.amount
    if rig.provider.caps.ledger:
        assert len(ledger_of(rig.provider, paid)) == 1


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_case_22_a_refund_without_a_usable_answer_is_unknown_and_repeating_it_is_safe(
    rig: Rig, paid: PaymentSnapshot, kind: str, executed: bool
) -> None:
    need("create_refund" in rig.operations and rig.provider.caps.idempotent_refund, "refunds under keys")
    request = new_refund(paid, 20_000)
    rig.trouble("create_refund", kind, executed=executed)
    with pytest.raises(Unknown):
        rig.impatient().refund(request)
    rig.provider.refund(request)
    assert rig.provider.fetch_payment(paid.ref).refunded == money(rig, 20_000)


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty", "rate_limited"])
def test_a_question_without_a_usable_answer_may_be_asked_again(rig: Rig, created: PaymentSnapshot, kind: str) -> None:
    need(rig.provider.caps.fetch, "fetching")
    rig.trouble("get_payment", kind)
    with pytest.raises(Retryable):
        rig.impatient().fetch_payment(created.ref)
    seen = rig.provider.fetch_payment(created.ref)
    assert (seen.ref, seen.amount, seen.received, seen.charges) == (created.ref, created.amount, created.received, ())
    assert seen.state in (PaymentState.PENDING, PaymentState.PROCESSING)
    if seen.state is PaymentState.PENDING:
        assert seen.next_action == created.next_action


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html", "empty"])
def test_every_other_write_is_unknown_without_a_usable_answer(
    rig: Rig, created: PaymentSnapshot, notify_url: str, kind: str
) -> None:
    hasty = rig.impatient()
    writes: dict[str, Callable[[], object]] = {
        "cancel_payment": lambda: hasty.cancel_payment(created.ref, f"cancel:{created.ref.object_id}"),
        "capture_payment": lambda: hasty.capture_payment(
            created.ref, money(rig, 100), f"capture:{created.ref.object_id}"
        ),
        "create_payout": lambda: hasty.payout(usual_payout(rig, notify_url, "owner")),
    }
    for operation, write in writes.items():
        if operation not in rig.operations:
            continue
        rig.trouble(operation, kind)
        with pytest.raises(Unknown):
            write()
