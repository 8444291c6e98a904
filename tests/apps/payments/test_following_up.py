"""What happens without the payer: asking, closing, comparing. Over real HTTP."""

from datetime import timedelta

import pytest
from django.db import transaction

from freehold.adapters.payments.sandbox import SandboxProvider
from freehold.core import clock
from freehold.core.errors import TemporarilyUnavailable
from freehold.core.models import OutboxMessage
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment, Refund
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.open_at_gateway import open_at_gateway
from freehold.payments.services.reconcile_due import reconcile_due
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.request_close_attempts import request_close_attempts
from freehold.ports.payment_gateway import PaymentSnapshot, ProviderRef
from tests.apps.payments.builders import a_folio, a_refund, an_attempt, apply, seen, usd
from tests.apps.payments.shop import SYSTEM, Shop, compared, open_reviews, reload, reviews
from tests.support.duel import duel

pytestmark = pytest.mark.django_db(transaction=True)

HANGS = {"read_timeout_s": 0.3}


class TestReconciler:
    def test_a_gateway_that_is_down_is_asked_again_later_and_keeps_nobody_waiting(self, shop: Shop) -> None:
        payments = [shop.sell(), shop.sell()]
        for payment in payments:
            shop.press(payment, "lost_webhook")
        shop.use(base_url="http://127.0.0.1:9")
        clock.move(timedelta(seconds=31))
        assert reconcile_due() == 2
        assert reconcile_due() == 0
        shop.use()
        clock.move(timedelta(seconds=61))
        assert reconcile_due() == 2
        assert {reload(payment).state for payment in payments} == {PaymentState.PAID}

    def test_two_reconcilers_share_the_work(self, shop: Shop) -> None:
        for _ in range(4):
            shop.sell()
        clock.move(timedelta(seconds=31))
        outcomes = duel(lambda: reconcile_due(limit=3), lambda: reconcile_due(limit=3))
        assert sum(outcome.value for outcome in outcomes) == 4, outcomes

    def test_money_that_came_unheard_after_the_end_is_found(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "cancel")
        shop.hear(payment)
        Payment.objects.system("test").filter(pk=payment.pk).update(state=PaymentState.EXPIRED)
        paid = shop.sell()
        shop.press(paid, "lost_webhook")
        Payment.objects.system("test").filter(pk=paid.pk).update(
            state=PaymentState.EXPIRED, next_fetch_at=clock.now() + timedelta(minutes=15)
        )
        clock.move(timedelta(minutes=16))
        reconcile_due()
        assert reload(paid).state == PaymentState.PAID

    def test_it_looks_just_before_the_payers_time_is_over(self, shop: Shop) -> None:
        payment = shop.sell()
        deadline = payment.expires_at
        looks = []
        while (look := reload(payment).next_fetch_at) is not None and look < deadline:
            looks.append(look)
            clock.move(look - clock.now() + timedelta(milliseconds=50))
            reconcile_due()
        assert deadline - looks[-1] <= timedelta(seconds=20)
        assert len(looks) <= 6

    def test_it_stops_when_the_gateway_has_had_its_last_word(self, shop: Shop) -> None:
        payment = shop.paid()
        looks = 0
        while (look := reload(payment).next_fetch_at) is not None:
            clock.move(look - clock.now() + timedelta(seconds=1))
            assert reconcile_due() == 1
            looks += 1
        assert looks == 5
        assert reviews() == []

    def test_an_attempt_that_nobody_answers_for_three_days_is_for_a_person(self, shop: Shop) -> None:
        shop.use(base_url="http://127.0.0.1:9")
        with pytest.raises(TemporarilyUnavailable):
            shop.sell()
        payment = Payment.objects.system("test").get()
        clock.move(timedelta(days=4))
        reconcile_due()
        assert reload(payment).state == PaymentState.EXPIRED
        assert open_reviews(payment) == ["no_answer"]


class TestClosing:
    def test_closing_ends_it_at_the_gateway(self, shop: Shop) -> None:
        payment = shop.sell()
        with transaction.atomic():
            request_close_attempts(folio_id=payment.folio_id)
        shop.work()
        assert (reload(payment).state, shop.status(payment)) == (PaymentState.CANCELLED, "canceled")

    def test_closing_finds_that_it_was_paid(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "lost_webhook")
        assert close_payment(payment_id=payment.pk).state == PaymentState.PAID
        assert len(shop.told) == 1

    def test_an_attempt_that_was_never_opened_is_closed_here(self, shop: Shop) -> None:
        shop.use(base_url="http://127.0.0.1:9")
        folio = a_folio(54_000)
        with pytest.raises(TemporarilyUnavailable):
            shop.sell(folio=folio)
        assert close_payment(payment_id=folio.payments.get().pk).state == PaymentState.CANCELLED

    def test_closing_while_the_gateway_is_down_is_tried_again(self, shop: Shop) -> None:
        payment = shop.sell()
        with transaction.atomic():
            request_close_attempts(folio_id=payment.folio_id)
        shop.use(base_url="http://127.0.0.1:9")
        shop.work()
        assert (reload(payment).state, shop.status(payment)) == (PaymentState.CANCELLED, "open")
        shop.use()
        shop.work_again()
        assert shop.status(payment) == "canceled"

    def test_a_gateway_that_is_down_for_long_hears_of_it_when_it_is_back(self, shop: Shop) -> None:
        payment = shop.sell()
        with transaction.atomic():
            request_close_attempts(folio_id=payment.folio_id)
        shop.use(base_url="http://127.0.0.1:9")
        shop.work()
        clock.move(timedelta(minutes=6))
        shop.work_again()
        assert not OutboxMessage.objects.exclude(state="delivered").exists()
        shop.use()
        clock.move(timedelta(minutes=10))
        assert reconcile_due() == 1
        shop.work()
        assert shop.status(payment) == "canceled"

    def test_case_13_money_closes_the_other_attempt_of_the_folio(self, shop: Shop) -> None:
        old = shop.sell()
        close_payment(payment_id=old.pk)
        new = shop.sell(folio=old.folio)
        apply(old, seen(old, PaymentState.PAID, 54_000))
        shop.work()
        assert (reload(new).state, shop.status(new)) == (PaymentState.CANCELLED, "canceled")


class TestDisagreement:
    def test_a_fetch_that_denies_a_signed_event_is_for_a_person_and_unpays_nothing(self, shop: Shop) -> None:
        payment = shop.sell()
        apply(payment, seen(payment, PaymentState.PAID, 54_000))
        refresh_payment(payment_id=payment.pk)
        assert (reload(payment).state, payment.announced_minor) == (PaymentState.PAID, 54_000)
        assert open_reviews(payment) == ["disagreement"]

    def test_a_fetch_that_is_merely_old_is_no_disagreement(self, shop: Shop) -> None:
        """The money arrives between the question and its answer."""

        class Overtaken(SandboxProvider):
            def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
                answer = super().fetch_payment(ref)
                shop.press(payment, "pay")
                shop.hear(payment)
                return answer

        payment = shop.sell()
        shop.use(Overtaken(shop.account))
        refresh_payment(payment_id=payment.pk)
        assert reload(payment).state == PaymentState.PAID
        assert open_reviews(payment) == []


class TestCase47Drift:
    def test_a_charge_that_only_the_gateway_knows_is_a_line_for_a_person(self, shop: Shop) -> None:
        known = shop.paid()
        stranger = shop.sell()
        shop.press(stranger, "lost_webhook")
        since, until = clock.now() - timedelta(minutes=5), clock.now() + timedelta(minutes=5)
        mine = {line.provider_id for line in compared(since=since, until=until)}
        [charge] = shop.sandbox.api.get(f"/v1/payments/{stranger.object_id}").json()["charges"]
        assert charge["id"] in mine
        assert known.charges.get().charge_id not in mine
        assert "drift" in reviews()
        assert reload(stranger).state == PaymentState.PENDING  # reported, not mended in silence

    def test_a_charge_that_only_we_know_is_one_too(self, shop: Shop) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PAID, 54_000))
        since, until = clock.now() - timedelta(minutes=5), clock.now() + timedelta(minutes=5)
        drifts = {line.provider_id: line for line in compared(since=since, until=until)}
        line = drifts[payment.charges.get().charge_id]
        assert (line.theirs, line.ours) == (None, usd(54_000))


class TestNoNetworkInATransaction:
    def test_no_gateway_is_called_with_a_transaction_open(self, shop: Shop) -> None:
        payment = shop.paid()
        pending = shop.sell()
        refund = a_refund(payment, amount=100)
        shop.use(base_url="http://127.0.0.1:9")
        with pytest.raises(TemporarilyUnavailable):
            shop.sell()
        never_opened = Payment.objects.system("test").get(state=PaymentState.CREATED)
        outside_calls = (
            lambda: shop.sell(),
            lambda: refresh_payment(payment_id=pending.pk),
            lambda: confirm_return(actor=SYSTEM, payment_id=pending.pk),
            lambda: close_payment(payment_id=pending.pk),
            lambda: open_at_gateway(payment_id=never_opened.pk),
            lambda: execute_refund(refund_id=refund.pk),
            lambda: compared(since=clock.now(), until=clock.now()),
        )
        for outside_call in outside_calls:
            with pytest.raises(RuntimeError, match="outside of any transaction"), transaction.atomic():
                outside_call()
        assert Refund.objects.system("test").get().state == "created"
