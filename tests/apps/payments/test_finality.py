"""Providers that never answer: after their own time a person looks, and the payer may pay again."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.core import clock
from freehold.domain.payment_states import PaymentState
from freehold.payments import finality
from freehold.payments.finality import final_at
from freehold.payments.models import ReviewItem
from freehold.payments.services import refresh_payment as asking
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.ports.payment_gateway import Unknown
from tests.apps.payments.builders import an_attempt, apply, seen

pytestmark = pytest.mark.django_db


class Provider:
    """Says the same for ever."""

    class caps:  # noqa: N801
        fetch = True
        refund_is_async = False
        final_after_s: int | None = 15 * 60
        multi_attempt_object = False

    def __init__(self, state: PaymentState = PaymentState.PROCESSING) -> None:
        self.state = state

    def fetch_payment(self, ref: Any) -> Any:
        raise AssertionError("goes through `call`")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    for module in (finality, asking):
        monkeypatch.setattr(module, "gateway_of", lambda payment: provider)
    return provider


def test_a_silent_prompt_ends_after_its_time_and_a_person_looks(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = an_attempt(expires_at=clock.now() + timedelta(days=9))
    monkeypatch.setattr(asking, "call", lambda *about: seen(payment, provider.state))
    assert refresh_payment(payment_id=payment.pk).state == PaymentState.PROCESSING
    assert not ReviewItem.objects.exists()
    clock.move(timedelta(minutes=16))
    assert refresh_payment(payment_id=payment.pk).state == PaymentState.EXPIRED
    assert ReviewItem.objects.get().kind == ReviewItem.Kind.NO_ANSWER
    payment.refresh_from_db()
    # It may come all the same, is looked for a few times more, and closes the question.
    assert payment.next_fetch_at is not None
    assert apply(payment, seen(payment, PaymentState.PAID, 54_000)).state == PaymentState.PAID
    assert ReviewItem.objects.get().resolution == "The provider has answered: paid."


def test_a_page_that_the_payer_left_ends_and_asks_nobody(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway does answer: it still waits for the payer, as it will for ever."""
    provider.state = PaymentState.PENDING
    payment = an_attempt()
    monkeypatch.setattr(asking, "call", lambda *about: seen(payment, provider.state))
    clock.move(timedelta(minutes=16))
    assert refresh_payment(payment_id=payment.pk).state == PaymentState.EXPIRED
    assert not ReviewItem.objects.exists()
    payment.refresh_from_db()
    assert payment.next_fetch_at is not None
    assert apply(payment, seen(payment, PaymentState.PAID, 54_000)).state == PaymentState.PAID


def test_a_page_of_which_the_gateway_tells_nothing_is_for_a_person(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = an_attempt()
    monkeypatch.setattr(asking, "call", unanswered)
    clock.move(timedelta(minutes=16))
    with pytest.raises(Unknown):
        refresh_payment(payment_id=payment.pk)
    payment.refresh_from_db()
    assert payment.state == PaymentState.EXPIRED
    assert ReviewItem.objects.get().kind == ReviewItem.Kind.NO_ANSWER


def unanswered(*about: Any) -> Any:
    raise Unknown("nothing came back")


def test_one_object_that_takes_several_attempts_counts_from_the_deadline(provider: Provider) -> None:
    payment = an_attempt()
    assert final_at(payment) == payment.created_at + timedelta(minutes=15)
    provider.caps.multi_attempt_object = True
    try:
        assert final_at(payment) == payment.expires_at + timedelta(minutes=15)
        provider.caps.final_after_s = None
        assert final_at(payment) is None
    finally:
        provider.caps.multi_attempt_object, provider.caps.final_after_s = False, 15 * 60


def test_what_is_over_has_no_such_moment(provider: Provider) -> None:
    assert final_at(an_attempt(state=PaymentState.EXPIRED)) is None
