"""Money on its way back, over real HTTP. Classes are named after their cases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.core.models import OutboxMessage
from freehold.domain.money import CurrencyMismatch, Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.finance.selectors import folio_balance
from freehold.finance.services.settle import settle
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.selectors import undecided_money
from freehold.payments.services.apply_refund_snapshot import apply_refund_snapshot
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.reconcile_due import reconcile_due
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.refund_reviewed import refund_reviewed
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.resolve_review import resolve_review
from freehold.payments.services.retry_refund import retry_refund
from freehold.ports.payment_gateway import ProviderError, RefundSnapshot, Unknown
from tests.apps.payments.builders import usd
from tests.apps.payments.shop import SYSTEM, Shop, account_balance, compared, entries, open_reviews, reload, reviews
from tests.factories import MembershipFactory, UserFactory
from tests.support.duel import duel

pytestmark = pytest.mark.django_db(transaction=True)


def staff_of(payment: Payment, role: str = "staff") -> Actor:
    return Actor.of(MembershipFactory(company=payment.company, role=role).user)


class TestTheStraightWay:
    def test_a_refund_is_asked_for_and_paid_once(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 20_000)
        assert account_balance(payment.folio_id, "refunds_payable") == -20_000
        shop.work()
        assert reload(refund).state == RefundState.SUCCEEDED
        assert shop.refunds_made(payment) == [refund.provider_id]
        assert entries(payment.folio_id) == ["payment_received", "refund_issued", "refund_paid"]
        assert account_balance(payment.folio_id, "gateway_clearing") == 34_000

    def test_the_webhook_of_our_own_refund_tells_nothing_new(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 20_000)
        shop.work()
        shop.hear(payment, subject="refund")
        refresh_payment(payment_id=payment.pk)
        assert reload(refund).state == RefundState.SUCCEEDED
        assert reviews() == []

    def test_a_cause_refunds_once(self, shop: Shop) -> None:
        payment = shop.paid()
        first, again = shop.refund(payment, 20_000, key="cause"), shop.refund(payment, 20_000, key="cause")
        assert first == again
        with pytest.raises(Conflict) as refused:
            shop.refund(payment, 19_999, key="cause")
        assert refused.value.code == "refund_key_used"

    @pytest.mark.parametrize(
        ("amount", "error"),
        [(usd(-1), BadInput), (usd(0), BadInput), (Money(100, "EUR"), CurrencyMismatch), (usd(54_001), Conflict)],
    )
    def test_amounts_that_cannot_go_back_are_refused(self, shop: Shop, amount: Money, error: type[Exception]) -> None:
        payment = shop.paid()
        with pytest.raises(error):
            request_refund(actor=SYSTEM, payment_id=payment.pk, amount=amount, key="k", reason="x")
        assert not Refund.objects.system("test").exists()


class TestCase21TooMuch:
    def test_a_second_refund_beyond_the_rest_is_refused(self, shop: Shop) -> None:
        payment = shop.paid()
        shop.refund(payment, 30_000)
        with pytest.raises(Conflict) as refused:
            shop.refund(payment, 24_001)
        assert refused.value.code == "refund_exceeds_payment"
        shop.refund(payment, 24_000)

    def test_of_two_at_once_one_is_refused(self, shop: Shop) -> None:
        payment = shop.paid()
        outcomes = duel(lambda: shop.refund(payment, 30_000, key="a"), lambda: shop.refund(payment, 30_000, key="b"))
        assert sorted(outcome.won for outcome in outcomes) == [False, True]
        [loser] = [outcome.error for outcome in outcomes if not outcome.won]
        assert isinstance(loser, Conflict)
        assert loser.code == "refund_exceeds_payment"

    def test_the_database_refuses_what_a_program_forgets(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 30_000)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE payments_refund SET amount_minor = 54001 WHERE id = %s", [refund.pk])
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE payments_refund SET amount_minor = 0 WHERE id = %s", [refund.pk])


class TestCase22NoAnswer:
    @pytest.mark.parametrize("executed", [True, False])
    @pytest.mark.parametrize("kind", ["timeout", "error_500", "html"])
    def test_a_refund_without_an_answer_is_asked_about_and_never_doubled(
        self, shop: Shop, kind: str, executed: bool
    ) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 20_000)
        shop.use(read_timeout_s=0.3)
        shop.sandbox.fault("create_refund", kind, executed=executed)
        shop.work()
        assert reload(refund).state in (RefundState.UNKNOWN, RefundState.SUCCEEDED)  # the webhook may be quick

        shop.use()
        shop.work_again()
        assert reload(refund).state == RefundState.SUCCEEDED
        assert len(shop.refunds_made(payment)) == 1
        assert account_balance(payment.folio_id, "gateway_clearing") == 34_000

    def test_the_webhook_answers_for_the_call_that_hung(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 20_000)
        shop.use(read_timeout_s=0.3)
        shop.sandbox.fault("create_refund", "timeout", executed=True)
        shop.work()
        shop.hear(payment, subject="refund")
        assert reload(refund).state == RefundState.SUCCEEDED
        shop.work_again()
        assert len(shop.refunds_made(payment)) == 1

    def test_a_gateway_that_is_down_gets_it_when_it_is_back(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 20_000)
        shop.use(base_url="http://127.0.0.1:9")
        shop.work()
        assert (reload(refund).state, refund.called_at) == (RefundState.CREATED, None)
        clock.move(timedelta(minutes=6))
        shop.work_again()
        assert not OutboxMessage.objects.exclude(state="delivered").exists()  # the reconciler has it now
        shop.use()
        clock.move(timedelta(minutes=5))
        reconcile_due()
        assert reload(refund).state == RefundState.SUCCEEDED

    def test_without_an_answer_for_a_day_it_is_never_called_again(self, shop: Shop) -> None:
        """By then the gateway may have forgotten the key, and would pay a second time."""
        payment = shop.paid()
        refund = shop.refund(payment, 20_000)
        shop.use(read_timeout_s=0.3)
        shop.sandbox.fault("create_refund", "timeout", executed=False)
        shop.work()
        shop.use()
        clock.move(timedelta(hours=21))
        execute_refund(refund_id=refund.pk)
        assert reload(refund).state == RefundState.UNKNOWN
        assert open_reviews(payment) == ["no_answer"]

    def test_case_43_a_worker_that_dies_after_the_call_leaves_one_refund(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 20_000)

        class Killed(BaseException):
            pass

        def die(**_: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr("freehold.payments.services.execute_refund.apply_refund_snapshot", die)
            with pytest.raises(Killed):
                execute_refund(refund_id=refund.pk)
        assert reload(refund).state == RefundState.CREATED
        execute_refund(refund_id=refund.pk)
        assert reload(refund).state == RefundState.SUCCEEDED
        assert len(shop.refunds_made(payment)) == 1


class TestCase23ComesBack:
    @pytest.fixture
    def returned(self, shop: Shop) -> Refund:
        payment = shop.sell()
        shop.press(payment, "refund_fails_later", delay_s="0.3")
        shop.hear(payment)
        refund = shop.refund(payment, 20_000)
        execute_refund(refund_id=refund.pk)
        assert reload(refund).state == RefundState.SUCCEEDED
        shop.hear(payment, 2, subject="refund")
        return reload(refund)

    def test_the_balance_is_restored_and_a_person_looks(self, returned: Refund) -> None:
        assert returned.state == RefundState.FAILED
        assert account_balance(returned.folio_id, "gateway_clearing") == 54_000
        assert account_balance(returned.folio_id, "refunds_payable") == -20_000  # it is still owed
        assert open_reviews(returned.payment) == ["refund_failed"]

    def test_it_can_be_sent_once_more(self, shop: Shop, returned: Refund) -> None:
        staff = staff_of(returned.payment)
        second = retry_refund(actor=staff, refund_id=returned.pk)
        assert retry_refund(actor=staff, refund_id=returned.pk) == second
        assert open_reviews(returned.payment) == []
        shop.work()
        assert reload(second).state == RefundState.SUCCEEDED
        assert second.replaces == returned
        assert account_balance(returned.folio_id, "refunds_payable") == 0
        assert account_balance(returned.folio_id, "gateway_clearing") == 34_000

    def test_only_staff_may_send_it_again(self, returned: Refund) -> None:
        with pytest.raises(AccessDenied):
            retry_refund(actor=staff_of(returned.payment, role="host"), refund_id=returned.pk)
        with pytest.raises(NotFound):
            retry_refund(actor=Actor.of(UserFactory()), refund_id=returned.pk)

    def test_a_refund_that_did_not_fail_is_not_sent_again(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 100)
        with pytest.raises(Conflict):
            retry_refund(actor=staff_of(payment), refund_id=refund.pk)

    def test_a_lost_message_of_it_is_made_up_for(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "refund_fails_later", delay_s="0.2")
        shop.hear(payment)
        refund = shop.refund(payment, 20_000)
        shop.work()
        shop.wait_for_events(payment, 2, subject="refund")  # stored, and never read
        clock.move(timedelta(days=1, minutes=1))
        reconcile_due()
        assert reload(refund).state == RefundState.FAILED


class TestCase24Dashboard:
    def test_a_refund_in_the_dashboard_is_recorded_and_flagged(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "pay")
        shop.hear(payment)
        with transaction.atomic():
            settle(folio=payment.folio, payment_id=payment.pk, amount=usd(54_000))
        shop.refund_in_dashboard(payment, 10_000)
        shop.hear(payment, subject="refund")
        external = Refund.objects.system("test").get()
        assert (external.state, external.amount_minor) == (RefundState.SUCCEEDED, 10_000)
        assert open_reviews(payment) == ["external_refund"]
        assert account_balance(payment.folio_id, "gateway_clearing") == 44_000
        assert account_balance(payment.folio_id, "receivable") == -44_000
        assert folio_balance(payment.folio_id).owed == usd(10_000)

    def test_asking_again_finds_nothing_new(self, shop: Shop) -> None:
        payment = shop.paid()
        shop.refund_in_dashboard(payment, 10_000)
        for _ in range(3):
            refresh_payment(payment_id=payment.pk)
        shop.refund_in_dashboard(payment, 5_000)
        refresh_payment(payment_id=payment.pk)
        amounts = Refund.objects.system("test").order_by("created_at").values_list("amount_minor", flat=True)
        assert list(amounts) == [10_000, 5_000]

    def test_our_own_refund_on_its_way_is_not_mistaken_for_one(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 20_000)
        shop.use(read_timeout_s=0.3)
        shop.sandbox.fault("create_refund", "timeout", executed=True)
        shop.work()
        shop.use()
        refresh_payment(payment_id=payment.pk)
        assert reviews() == []
        assert Refund.objects.system("test").get() == refund

    def test_what_is_left_can_still_be_refunded_and_no_more(self, shop: Shop) -> None:
        payment = shop.paid()
        shop.refund_in_dashboard(payment, 50_000)
        refresh_payment(payment_id=payment.pk)
        with pytest.raises(Conflict):
            shop.refund(payment, 4_001)
        refund = shop.refund(payment, 4_000)
        shop.work()
        assert reload(refund).state == RefundState.SUCCEEDED

    def test_a_race_with_the_dashboard_that_we_lose_is_for_a_person(self, shop: Shop) -> None:
        payment = shop.paid()
        shop.refund_in_dashboard(payment, 50_000)
        refund = shop.refund(payment, 54_000)
        shop.work()
        assert reload(refund).state == RefundState.FAILED
        assert "refund_failed" in open_reviews(payment)

    def test_the_books_agree_afterwards(self, shop: Shop) -> None:
        payment = shop.paid()
        shop.refund(payment, 1_000)
        shop.work()
        shop.refund_in_dashboard(payment, 10_000)
        refresh_payment(payment_id=payment.pk)
        since, until = clock.now() - timedelta(minutes=5), clock.now() + timedelta(minutes=5)
        mine = set(shop.refunds_made(payment)) | {payment.charges.get().charge_id}
        drifts = compared(since=since, until=until)
        assert not mine & {drift.provider_id for drift in drifts}


class TestHeldMoney:
    @pytest.fixture
    def case(self, shop: Shop) -> ReviewItem:
        """A payment of less than was asked."""
        payment = shop.sell()
        shop.press(payment, "wrong_amount")
        shop.hear(payment)
        return payment.review_items.get()

    def test_staff_sends_back_what_confirmed_nothing(self, shop: Shop, case: ReviewItem) -> None:
        payment = case.payment
        assert payment is not None
        refund = refund_reviewed(actor=staff_of(payment), item_id=case.pk)
        shop.work()
        assert (reload(refund).state, refund.amount_minor) == (RefundState.SUCCEEDED, 48_600)
        assert account_balance(payment.folio_id, "customer_credit") == 0
        assert account_balance(payment.folio_id, "gateway_clearing") == 0
        assert open_reviews(payment) == []
        refresh_payment(payment_id=payment.pk)
        assert open_reviews(payment) == []
        with pytest.raises(Conflict):
            refund_reviewed(actor=staff_of(payment), item_id=case.pk)

    def test_money_that_comes_afterwards_counts_by_itself(self, shop: Shop, case: ReviewItem) -> None:
        payment = case.payment
        assert payment is not None
        refund_reviewed(actor=staff_of(payment), item_id=case.pk)
        shop.work()
        again = shop.sell(folio=payment.folio)
        shop.press(again, "pay")
        shop.hear(again)
        assert [event.amount_minor for event in shop.told] == [54_000]

    def test_a_host_may_look_but_not_send_money(self, case: ReviewItem) -> None:
        assert case.payment is not None
        with pytest.raises(AccessDenied):
            refund_reviewed(actor=staff_of(case.payment, role="host"), item_id=case.pk)

    def test_held_money_that_the_dashboard_sent_back_is_off_the_books(self, shop: Shop, case: ReviewItem) -> None:
        payment = case.payment
        assert payment is not None
        shop.refund_in_dashboard(payment, 48_600)
        refresh_payment(payment_id=payment.pk)
        assert account_balance(payment.folio_id, "customer_credit") == 0
        assert account_balance(payment.folio_id, "receivable") == 0

    def test_a_case_is_closed_with_a_note_once_its_money_is_decided(self, case: ReviewItem) -> None:
        assert case.payment is not None
        staff = staff_of(case.payment)
        with pytest.raises(BadInput):
            resolve_review(actor=staff, item_id=case.pk, resolution="  ")
        with pytest.raises(Conflict):
            resolve_review(actor=staff, item_id=case.pk, resolution="Agreed on the phone.")
        request_refund(
            actor=staff, payment_id=case.payment.pk, amount=undecided_money(case.payment.pk), key="by hand", reason="x"
        )
        resolve_review(actor=staff, item_id=case.pk, resolution="Agreed on the phone.")
        case.refresh_from_db()
        assert (case.resolution, case.resolved_by) == ("Agreed on the phone.", staff.user)
        with pytest.raises(NotFound):
            resolve_review(actor=Actor.of(UserFactory()), item_id=case.pk, resolution="x")


def test_a_refund_of_a_disconnected_account_waits_for_a_person(shop: Shop) -> None:
    payment = shop.paid()
    refund = shop.refund(payment, 100)
    shop.use(account="acct_new")
    with pytest.raises(ProviderError):
        execute_refund(refund_id=refund.pk)
    assert reload(refund).state == RefundState.CREATED
    assert reviews() == ["gateway_problem"]
    assert reload(payment).state == PaymentState.PAID


def test_one_refund_of_the_gateway_never_answers_for_two_of_ours(shop: Shop) -> None:
    """Where refunds have no keys, a repeated call may come upon what a call at the same time has just made."""
    payment = shop.paid()
    first, second = shop.refund(payment, 10_000, key="one"), shop.refund(payment, 10_000, key="two")
    made = RefundSnapshot("rf_1", RefundState.SUCCEEDED, usd(10_000))
    apply_refund_snapshot(refund_id=second.pk, snapshot=made, source="call")
    with pytest.raises(Unknown):
        apply_refund_snapshot(refund_id=first.pk, snapshot=made, source="call")

    assert (reload(first).state, reload(first).provider_id) == (RefundState.CREATED, "")
    apply_refund_snapshot(refund_id=first.pk, snapshot=replace(made, provider_id="rf_2"), source="call")
    assert {reload(first).state, reload(second).state} == {RefundState.SUCCEEDED}
