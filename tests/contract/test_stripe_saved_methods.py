"""Money that is held anew with the payer's card, without the payer: what Stripe keeps, and who may use it."""

from typing import Any

import pytest

from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import CreatePayment, Declined, Misconfigured, PaymentSnapshot
from tests.contract.provider_rig import new_order
from tests.contract.stripe_rig import StripeRig


@pytest.fixture
def rig(stripe_rig: StripeRig) -> StripeRig:
    return stripe_rig


def order(rig: StripeRig, **changes: Any) -> CreatePayment:
    return new_order(rig.address, **{"capture": "manual", "keeps_method": True, **changes})


def left(rig: StripeRig) -> PaymentSnapshot:
    """A deposit that a guest has left on Stripe's page."""
    created = rig.provider.create_payment(order(rig))
    rig.act(created, "pay")
    return rig.provider.fetch_payment(created.ref)


def anew(rig: StripeRig, first: PaymentSnapshot) -> CreatePayment:
    return order(rig, saved_method=first.ref.extra)


def test_what_was_left_names_the_card_that_can_be_used_again(rig: StripeRig) -> None:
    first = left(rig)
    assert first.state is PaymentState.AUTHORIZED
    assert first.ref.extra["customer"].startswith("cus_")
    assert first.ref.extra["payment_method"].startswith("pm_")


def test_nothing_is_kept_of_who_was_not_asked(rig: StripeRig) -> None:
    created = rig.provider.create_payment(order(rig, keeps_method=False))
    rig.act(created, "pay")
    assert "payment_method" not in rig.provider.fetch_payment(created.ref).ref.extra


def test_it_is_held_anew_once_per_attempt_and_the_first_is_let_go(rig: StripeRig) -> None:
    first = left(rig)
    wanted = anew(rig, first)
    second, again = rig.provider.create_payment(wanted), rig.provider.create_payment(wanted)
    assert second.state is again.state is PaymentState.AUTHORIZED
    assert second.ref.object_id == again.ref.object_id != first.ref.object_id
    assert rig.provider.cancel_payment(first.ref, "let go").state is PaymentState.CANCELLED
    third = rig.provider.create_payment(anew(rig, second))
    assert third.state is PaymentState.AUTHORIZED
    taken = rig.provider.capture_payment(third.ref, wanted.amount, "capture")
    assert (taken.state, taken.received) == (PaymentState.PAID, wanted.amount)


def test_a_bank_that_wants_to_see_the_payer_declines(rig: StripeRig) -> None:
    first = left(rig)
    rig.simulator.control("refuse_card", payment_method=first.ref.extra["payment_method"])
    with pytest.raises(Declined) as refused:
        rig.provider.create_payment(anew(rig, first))
    assert refused.value.code == "authentication_required"


def test_another_customers_card_is_not_used(rig: StripeRig) -> None:
    first, other = left(rig), left(rig)
    mixed = {**first.ref.extra, "payment_method": other.ref.extra["payment_method"]}
    with pytest.raises(Misconfigured):
        rig.provider.create_payment(order(rig, saved_method=mixed))
