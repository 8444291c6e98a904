"""Held money over real HTTP: taken once, let go, and found out about when an answer was lost."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.adapters.payments.sandbox import SandboxProvider
from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.execute_capture import execute_capture
from freehold.payments.services.reconcile_due import reconcile_due
from freehold.payments.services.request_capture import request_capture
from freehold.ports.payment_gateway import Declined, PaymentSnapshot, ProviderRef, Unknown
from tests.apps.payments.shop import Shop, account_balance, reload

pytestmark = pytest.mark.django_db(transaction=True)


def held(shop: Shop, **options: Any) -> Payment:
    """An attempt whose money the payer's bank holds, and of which we heard."""
    payment = shop.sell(capture=Payment.Capture.MANUAL, **options)
    shop.press(payment, "pay")
    shop.hear(payment)
    return reload(payment)


def charges_made(shop: Shop, payment: Payment) -> list[str]:
    return shop._books("SELECT id FROM charge WHERE payment_id = ?", payment.object_id)


def answers_lost(shop: Shop) -> None:
    """The gateway captures, and its answer never arrives."""

    class Mute(SandboxProvider):
        def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
            super().capture_payment(ref, amount, key)
            raise Unknown("no answer")

    shop.use(Mute(shop.account))


def test_what_is_held_is_no_money_and_lasts_for_days(shop: Shop) -> None:
    payment = held(shop)
    assert (payment.state, payment.received_minor, shop.told) == (PaymentState.AUTHORIZED, 0, [])
    assert payment.authorized_at is not None
    assert payment.authorized_until == payment.authorized_at + timedelta(days=7)
    assert payment.next_fetch_at is not None
    assert payment.next_fetch_at > clock.now() + timedelta(minutes=10)


def test_it_is_taken_once_however_often_that_is_asked(shop: Shop) -> None:
    payment = held(shop)
    for _ in range(2):
        request_capture(payment_id=payment.pk)
        shop.work()
        execute_capture(payment_id=payment.pk)
    assert reload(payment).state == PaymentState.PAID
    assert len(charges_made(shop, payment)) == 1
    assert [event.amount_minor for event in shop.told] == [54_000]
    assert account_balance(payment.folio, "gateway_clearing") == 54_000


def test_of_a_part_that_is_taken_nothing_is_in_review(shop: Shop) -> None:
    payment = held(shop)
    request_capture(payment_id=payment.pk, amount=Money(20_000, "USD"))
    shop.work()
    assert (reload(payment).state, payment.received_minor, payment.announced_minor) == ("paid", 20_000, 20_000)
    assert not ReviewItem.objects.exists()


def test_a_capture_whose_answer_was_lost_is_found_by_asking(shop: Shop) -> None:
    payment = held(shop)
    request_capture(payment_id=payment.pk)
    answers_lost(shop)
    with pytest.raises(Unknown):
        execute_capture(payment_id=payment.pk)
    shop.use()
    Payment.objects.system("test").filter(pk=payment.pk).update(next_fetch_at=clock.now())
    reconcile_due()
    shop.work_again()
    assert reload(payment).state == PaymentState.PAID
    assert len(charges_made(shop, payment)) == 1


def test_a_worker_that_died_before_it_asked_is_followed_by_the_reconciler(shop: Shop) -> None:
    payment = held(shop)
    Payment.objects.system("test").filter(pk=payment.pk).update(capture_minor=54_000, next_fetch_at=clock.now())
    reconcile_due()
    shop.work()
    assert reload(payment).state == PaymentState.PAID


def test_what_the_provider_refuses_to_take_is_for_a_person_who_may_try_again(shop: Shop) -> None:
    payment = held(shop)

    class Refusing(SandboxProvider):
        def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
            raise Declined("no", code="try_later")

    shop.use(Refusing(shop.account))
    request_capture(payment_id=payment.pk)
    shop.work()
    assert (reload(payment).state, payment.capture_minor) == (PaymentState.AUTHORIZED, None)
    assert ReviewItem.objects.get().kind == ReviewItem.Kind.CAPTURE_REFUSED
    shop.use()
    request_capture(payment_id=payment.pk)
    shop.work()
    assert reload(payment).state == PaymentState.PAID


def test_every_decision_has_a_key_of_its_own_and_a_lost_answer_keeps_it(shop: Shop) -> None:
    payment = held(shop)
    keys: list[str] = []

    class Recording(SandboxProvider):
        answer: Exception = Declined("no", code="try_later")

        def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
            keys.append(key)
            raise self.answer

    shop.use(Recording(shop.account))
    for minor in (20_000, 30_000, 30_000):
        request_capture(payment_id=payment.pk, amount=Money(minor, "USD"))
        execute_capture(payment_id=payment.pk)
    assert len(set(keys)) == 3
    Recording.answer = Unknown("no answer")
    request_capture(payment_id=payment.pk)
    for _ in range(2):
        with pytest.raises(Unknown):
            execute_capture(payment_id=payment.pk)
    assert (keys[3], len(set(keys))) == (keys[4], 4)


def test_what_the_bank_let_go_cannot_be_taken(shop: Shop) -> None:
    payment = held(shop)
    shop.sandbox.api.post(f"/v1/payments/{payment.object_id}/cancel", json={})
    request_capture(payment_id=payment.pk)
    shop.work()
    assert (reload(payment).state, shop.told) == (PaymentState.CANCELLED, [])


def test_it_is_let_go_at_the_gateway(shop: Shop) -> None:
    payment = held(shop)
    close_payment(payment_id=payment.pk)
    assert (reload(payment).state, shop.status(payment)) == (PaymentState.CANCELLED, "canceled")
    assert payment.let_go_at is not None


def test_what_is_being_taken_is_not_closed(shop: Shop) -> None:
    payment = held(shop)
    request_capture(payment_id=payment.pk)
    assert close_payment(payment_id=payment.pk).state == PaymentState.AUTHORIZED
    shop.work()
    assert reload(payment).state == PaymentState.PAID


def test_held_after_it_was_closed_it_is_let_go_at_once(shop: Shop) -> None:
    """The payer's page was open while the attempt was closed here, and the gateway could not be reached then."""
    payment = shop.sell(capture=Payment.Capture.MANUAL)
    Payment.objects.system("test").filter(pk=payment.pk).update(state=PaymentState.CANCELLED, let_go_at=clock.now())
    shop.press(payment, "pay")
    shop.hear(payment)
    assert reload(payment).state == PaymentState.CANCELLED
    assert shop.status(payment) == "canceled"
