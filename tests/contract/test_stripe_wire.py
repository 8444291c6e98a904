"""What is Stripe's own: sessions and their ends, intents in the browser, amounts, payouts, its books, and trouble."""

import logging
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from freehold.adapters.payments.stripe import CONNECTOR, StripeProvider, StripeSettings
from freehold.adapters.payments.stripe.amounts import from_wire, to_wire
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, PayoutState
from freehold.ports.payment_gateway import (
    AccountConfig,
    CreatePayment,
    Declined,
    Misconfigured,
    PaymentSnapshot,
    PayoutRequest,
    Unknown,
)
from tests.contract.no_tokens import NO_TOKENS
from tests.contract.provider_rig import new_order, new_refund, usual_payout
from tests.contract.stripe_rig import StripeRig
from tests.simulators.process import SOURCE, eventually
from tests.simulators.stripe_process import API_KEY


@pytest.fixture
def rig(stripe_rig: StripeRig) -> StripeRig:
    return stripe_rig


def order(rig: StripeRig, **changes: Any) -> CreatePayment:
    return new_order(rig.address, **changes)


def paid(rig: StripeRig, **changes: Any) -> PaymentSnapshot:
    created = rig.provider.create_payment(order(rig, **changes))
    rig.act(created, "pay")
    return rig.provider.fetch_payment(created.ref)


def shown(rig: StripeRig, payment: PaymentSnapshot) -> Any:
    return rig.simulator.sdk().checkout.sessions.retrieve(payment.ref.object_id)


# --- sessions -----------------------------------------------------------------------------------------------


def test_a_session_names_our_payment_and_leads_back_to_us(rig: StripeRig) -> None:
    wanted = order(rig)
    session = shown(rig, rig.provider.create_payment(wanted))
    assert session.metadata["payment_id"] == wanted.payment_id
    assert (session.client_reference_id, session.customer_email) == ("FH-7K2Q9M", "guest@example.com")
    assert session.success_url == session.cancel_url == wanted.return_url


def test_a_session_outlives_its_hold_by_as_little_as_stripe_allows(rig: StripeRig) -> None:
    deadline = datetime.now(UTC) + timedelta(minutes=15)
    session = shown(rig, rig.provider.create_payment(order(rig, expires_at=deadline)))
    assert timedelta(minutes=30) < datetime.fromtimestamp(session.expires_at, UTC) - deadline < timedelta(minutes=32)


def test_a_hold_of_weeks_is_left_to_stripes_longest_session(rig: StripeRig) -> None:
    wanted = order(rig, expires_at=datetime.now(UTC) + timedelta(days=20))
    session = shown(rig, rig.provider.create_payment(wanted))
    assert session.expires_at - session.created == 24 * 3600


def test_an_attempt_is_found_again_when_its_end_has_come_near_meanwhile(
    rig: StripeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Far off when it was made, near when it is repeated: the same key must not meet other words."""
    wanted = order(rig, expires_at=datetime.now(UTC) + timedelta(hours=13))
    first = rig.provider.create_payment(wanted)
    monkeypatch.setattr("freehold.adapters.payments.stripe.provider.FAR", timedelta(hours=14))
    assert rig.provider.create_payment(wanted).ref == first.ref


def test_the_page_of_a_cancelled_payment_takes_no_money(rig: StripeRig) -> None:
    created = rig.provider.create_payment(order(rig))
    closed = rig.provider.cancel_payment(created.ref, "close:1")
    assert closed.state is PaymentState.EXPIRED
    assert rig.simulator.press(str(created.next_action.url), "pay").status_code == 409


def test_a_declined_session_can_be_cancelled_with_its_intent(rig: StripeRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "decline")
    assert rig.provider.cancel_payment(created.ref, "close:2").state is PaymentState.EXPIRED
    assert rig.provider.fetch_payment(created.ref).state is PaymentState.EXPIRED


def test_money_on_its_way_is_processing_until_it_comes(rig: StripeRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "bank_debit", delay_s="0.5")
    assert rig.provider.fetch_payment(created.ref).state is PaymentState.PROCESSING
    assert rig.provider.cancel_payment(created.ref, "close:3").state is PaymentState.PROCESSING
    assert eventually(lambda: rig.provider.fetch_payment(created.ref).state is PaymentState.PAID)


def test_a_bank_debit_that_comes_back_ends_its_page(rig: StripeRig) -> None:
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "bank_debit_fails", delay_s="0")
    failed = eventually(lambda: _in_state(rig.provider.fetch_payment(created.ref), PaymentState.FAILED))
    assert failed is not None
    assert (failed.error_kind, failed.received) == ("payer", Money(0, "USD"))


def _in_state(snapshot: PaymentSnapshot, state: PaymentState) -> PaymentSnapshot | None:
    return snapshot if snapshot.state is state else None


def test_case_26_to_28_only_stripe_says_what_became_of_a_payment(rig: StripeRig) -> None:
    created = rig.provider.create_payment(order(rig))
    forged = {"redirect_status": "succeeded", "payment_intent": "pi_x", "session_id": created.ref.object_id}
    assert rig.provider.complete_return(created.ref, forged).state is PaymentState.PENDING
    rig.act(created, "lost_webhook")
    assert rig.provider.complete_return(created.ref, {}).state is PaymentState.PAID


def test_a_refund_by_hand_shows_in_the_totals(rig: StripeRig) -> None:
    payment = paid(rig)
    rig.simulator.sdk().refunds.create({"charge": payment.ref.charge_id, "amount": 9_000})
    assert rig.provider.fetch_payment(payment.ref).refunded == Money(9_000, "USD")


def test_nothing_is_refunded_of_what_nobody_paid(rig: StripeRig) -> None:
    created = rig.provider.create_payment(order(rig))
    with pytest.raises(Declined):
        rig.provider.refund(new_refund(created, 100))
    rig.act(created, "decline")
    with pytest.raises(Declined):
        rig.provider.refund(new_refund(created, 100))


# --- intents in the browser ---------------------------------------------------------------------------------


def test_the_browser_gets_what_stripes_script_needs_and_nothing_else_keeps_it(stripe_intent_rig: StripeRig) -> None:
    created = stripe_intent_rig.provider.create_payment(order(stripe_intent_rig))
    action = created.next_action
    assert action.kind == "client_sdk"
    assert action.client["publishable_key"] == "pk_test_fortests"
    assert action.client["script"] == "https://js.stripe.com/v3/"
    assert action.client["client_secret"].startswith(f"{created.ref.object_id}_secret_")
    assert action.client["client_secret"] not in repr(replace(created, next_action=action.__class__("none")))
    assert API_KEY not in repr(created)


def test_extra_parameters_are_laid_over_a_creation(rig: StripeRig) -> None:
    extra = {"customer_email": None, "submit_type": "book"}
    provider = StripeProvider(replace(rig.settings, extra_create_params=extra))
    assert shown(rig, provider.create_payment(order(rig))).customer_email is None


# --- amounts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "wire"),
    [
        (Money(54_000, "USD"), 54_000),
        (Money(540, "JPY"), 540),
        (Money(12_340, "KWD"), 12_340),
        (Money(540, "ISK"), 54_000),
        (Money(540, "UGX"), 54_000),
        (Money(54_000, "MGA"), 540),
    ],
)
def test_case_41_amounts_follow_stripes_own_table(amount: Money, wire: int) -> None:
    assert to_wire(amount) == wire
    assert from_wire(wire, amount.currency.lower()) == amount


@pytest.mark.parametrize("amount", [Money(12_345, "KWD"), Money(54_050, "MGA"), Money(1, "IQD"), Money(0, "USD")])
def test_case_41_what_stripe_cannot_move_is_refused_before_it_is_asked(amount: Money) -> None:
    with pytest.raises(Misconfigured):
        to_wire(amount)


def test_case_41_a_fraction_of_a_krona_is_never_rounded_away() -> None:
    with pytest.raises(ValueError, match="decimals"):
        from_wire(54_050, "isk")


def test_too_little_is_declined_with_stripes_own_code(rig: StripeRig) -> None:
    with pytest.raises(Declined) as refused:
        rig.provider.create_payment(order(rig, amount=Money(49, "USD")))
    assert refused.value.code == "amount_too_small"


# --- payouts and the books ----------------------------------------------------------------------------------


def payout(rig: StripeRig, **changes: Any) -> PayoutRequest:
    return replace(usual_payout(rig, rig.address, "owner"), **changes)


def test_a_bank_payout_is_pending_before_it_is_paid_and_may_come_back(rig: StripeRig) -> None:
    made = rig.provider.payout(payout(rig, destination={"external_account": "ba_return"}))
    assert made.state is PayoutState.PENDING
    assert eventually(lambda: rig.provider.fetch_payout(str(made.provider_id)).state is PayoutState.FAILED)
    assert rig.provider.fetch_payout(str(made.provider_id)).error_code == "account_closed"


def test_payouts_that_cannot_be_made_say_whose_fault_it_is(rig: StripeRig) -> None:
    for destination in ({"acct": "acct_missing"}, {"msisdn": "254700000000"}):
        with pytest.raises(Misconfigured):
            rig.provider.payout(payout(rig, destination=destination))
    with pytest.raises(Misconfigured):
        rig.provider.payout(payout(rig, amount=Money(150, "HUF")))
    rig.simulator.control("balance", currency="SEK", available=100)
    with pytest.raises(Declined) as refused:
        rig.provider.payout(payout(rig, amount=Money(101, "SEK")))
    assert refused.value.code == "balance_insufficient"


def test_fees_and_chargebacks_are_lines_of_their_own(rig: StripeRig) -> None:
    payment = paid(rig)
    opened = rig.simulator.control("dispute", payment=payment.ref.object_id)
    now = datetime.now(UTC)
    lines = list(rig.provider.list_ledger(now - timedelta(hours=1), now + timedelta(hours=1)))
    ours = [line for line in lines if line.related_id in (payment.ref.extra["payment_intent"], payment.ref.charge_id)]
    assert [(line.kind, line.amount.minor) for line in ours] == [
        ("payment", 54_000),
        ("fee", -1_596),
        ("dispute", -54_000),
        ("fee", -1_500),
    ]
    assert ours[2].provider_id == opened["id"]


# --- trouble ------------------------------------------------------------------------------------------------


def test_a_key_that_is_under_way_leaves_the_outcome_open(rig: StripeRig) -> None:
    rig.simulator.fault("create_checkout_session", "slow")
    wanted = order(rig)
    with pytest.raises(Unknown):
        rig.impatient().create_payment(wanted)
    with pytest.raises(Unknown) as refused:
        rig.provider.create_payment(wanted)
    assert refused.value.code == "idempotency_key_in_use"
    assert eventually(lambda: _created(rig, wanted))


def _created(rig: StripeRig, wanted: CreatePayment) -> PaymentSnapshot | None:
    try:
        return rig.provider.create_payment(wanted)
    except Unknown:
        return None


def test_case_48_no_key_gets_into_an_error_or_a_log(rig: StripeRig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Misconfigured) as refused:
        rig.wrong_key().create_payment(order(rig))
    assert "sk_test" not in f"{refused.value!r}{refused.value.__cause__!r}"
    created = StripeProvider(replace(rig.settings, mode="intent")).create_payment(order(rig))
    for secret in (API_KEY, "sk_test_wrong", created.next_action.client["client_secret"]):
        assert secret not in caplog.text


# --- connecting ---------------------------------------------------------------------------------------------

VALUES = {"secret_key": "sk_test_abc", "webhook_secret": "whsec_new, whsec_old"}


def config(*, livemode: bool = False, **values: str) -> AccountConfig:
    return AccountConfig(account="house", livemode=livemode, values={**VALUES, **values}, tokens=NO_TOKENS)


def test_an_account_is_connected_by_its_keys() -> None:
    provider = CONNECTOR.connect(config(publishable_key="pk_test_abc", mode="intent", connected_account="acct_1"))
    assert (provider.slug, provider.account) == ("stripe", "house")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secret_key", ""),
        ("secret_key", "sk_live_abc"),
        ("secret_key", "pk_test_abc"),
        ("webhook_secret", ""),
        ("webhook_secret", "whsec_a,,whsec_b"),
        ("webhook_secret", "a,b,c,d,e"),
        ("publishable_key", "pk_live_abc"),
        ("mode", "magic"),
        ("connected_account", "owner"),
    ],
)
def test_a_bad_value_is_named(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        CONNECTOR.connect(config(**{field: value}))


def test_paying_in_our_own_page_needs_the_publishable_key() -> None:
    with pytest.raises(ValueError, match=r"^publishable_key: "):
        CONNECTOR.connect(config(mode="intent"))
    with pytest.raises(ValueError, match=r"^secret_key: "):
        CONNECTOR.connect(config(livemode=True))


@pytest.mark.parametrize("changes", [{"webhook_secrets": ()}, {"webhook_secrets": ("",)}, {"secret_key": ""}])
def test_empty_secrets_are_never_settings(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        StripeSettings(**{"account": "house", "secret_key": "sk", "webhook_secrets": ("whsec",), **changes})


def test_who_never_calls_stripe_never_loads_its_sdk() -> None:
    program = "import sys; import freehold.adapters.payments.stripe; sys.exit('stripe' in sys.modules)"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
