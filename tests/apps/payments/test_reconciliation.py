"""Two books held against each other over HTTP: what differs is kept, shown with both sides, and repaired by a click."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from freehold.accounts.models import User
from freehold.core import clock, outside
from freehold.core.actor import Actor, KeyGrant
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound, TemporarilyUnavailable
from freehold.core.ids import uuid7
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.payments.models import Charge, Comparison, Credit, Difference, Payment, Refund, ReviewItem
from freehold.payments.services import compare_ledgers as module
from freehold.payments.services import repair_difference as repairs
from freehold.payments.services.allocate_credit import allocate_credit
from freehold.payments.services.compare_ledgers import compare_ledgers, last_days
from freehold.payments.services.repair_difference import find_difference, repair_difference
from freehold.payments.services.request_comparison import request_comparison
from freehold.ports.payment_gateway import RefundSnapshot
from tests.apps.payments.builders import a_folio, apply, seen, usd
from tests.apps.payments.shop import SYSTEM, Shop, account_balance, open_reviews, reload
from tests.factories import CompanyFactory, MembershipFactory
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db(transaction=True)
State = Comparison.State


def compared() -> None:
    """This hour's lines of the sandbox against ours."""
    now = clock.now()
    compare_ledgers(
        gateway=outside.payment_gateways()["sandbox"],
        company_id=None,
        since=now - timedelta(hours=1),
        until=now + timedelta(minutes=5),
    )


def difference(provider_id: str) -> Difference:
    compared()
    return Difference.objects.select_related("review").get(provider_id=provider_id)


def is_open(row: Difference) -> bool:
    return ReviewItem.objects.get(differences=row).resolved_at is None


def charge_there(shop: Shop, payment: Payment) -> str:
    [charge] = shop.sandbox.api.get(f"/v1/payments/{payment.object_id}").json()["charges"]
    return str(charge["id"])


def repair(row: Difference, step: str, *, actor: Actor = SYSTEM, reason: str = "") -> Difference:
    return repair_difference(actor=actor, difference_id=row.pk, repair=step, reason=reason)


def somebody(payment: Payment, role: str = "staff") -> Actor:
    return Actor.of(MembershipFactory(company=payment.company, role=role).user)


class TestChargeThatOnlyTheProviderKnows:
    @pytest.fixture
    def payment(self, shop: Shop) -> Payment:
        payment = shop.sell()
        shop.press(payment, "lost_webhook")
        return payment

    def test_case_47_it_is_kept_with_both_sides_and_nothing_is_mended_in_silence(
        self, shop: Shop, payment: Payment
    ) -> None:
        row = difference(charge_there(shop, payment))
        assert (row.theirs_minor, row.ours_minor, row.payment, row.company) == (54_000, None, payment, payment.company)
        assert reload(payment).state == PaymentState.PENDING
        compared()
        assert Difference.objects.filter(provider_id=row.provider_id).count() == 1

    def test_asking_records_it_and_closes_the_difference(self, shop: Shop, payment: Payment) -> None:
        row = difference(charge_there(shop, payment))
        actor = somebody(payment)
        for _ in range(2):
            assert repair(row, "fetch", actor=actor).review.resolved_at is not None
        assert reload(payment).state == PaymentState.PAID
        item = ReviewItem.objects.get(differences=row)
        assert item.resolved_by == actor.user
        assert len(shop.told) == 1

    def test_who_may_not_decide_about_money_repairs_nothing(self, shop: Shop, payment: Payment) -> None:
        row = difference(charge_there(shop, payment))
        for actor, refusal in (
            (somebody(payment, "host"), AccessDenied),
            (Actor.of(MembershipFactory(role="admin").user), NotFound),
        ):
            with pytest.raises(refusal):
                repair(row, "fetch", actor=actor)
        assert reload(payment).state == PaymentState.PENDING

    def test_while_the_provider_does_not_answer_it_stays_open(self, shop: Shop, payment: Payment) -> None:
        row = difference(charge_there(shop, payment))
        shop.use(base_url="http://127.0.0.1:9")
        with pytest.raises(TemporarilyUnavailable):
            repair(row, "fetch")
        assert is_open(row)

    def test_what_is_not_proposed_is_refused(self, shop: Shop, payment: Payment) -> None:
        row = difference(charge_there(shop, payment))
        for step in ("write_off", "credit", "nonsense"):
            with pytest.raises(Conflict) as refusal:
                repair(row, step, reason="because")
            assert refusal.value.code == "not_proposed"
        with pytest.raises(BadInput):
            repair(row, "settle")
        assert is_open(row)

    def test_of_nobody_it_becomes_a_credit_and_then_a_bookings(self, shop: Shop, payment: Payment) -> None:
        name = charge_there(shop, payment)
        Payment.objects.system("test").filter(pk=payment.pk).delete()
        row = difference(name)
        assert row.payment is None
        repair(row, "credit")
        credit = Credit.objects.get()
        assert (credit.external_id, credit.amount_minor, credit.trusted) == (name, 54_000, False)
        assert not is_open(row)
        folio = a_folio(54_000)
        allocate_credit(actor=SYSTEM, credit_id=credit.pk, folio_id=folio.pk)
        compared()
        assert not is_open(row)

    def test_once_it_is_known_the_next_comparison_closes_it(self, shop: Shop, payment: Payment) -> None:
        row = difference(charge_there(shop, payment))
        shop.use()
        from_now = Actor.system("test")
        repair_difference(actor=from_now, difference_id=row.pk, repair="fetch")
        Charge.objects.system("test").get(charge_id=row.provider_id)
        compared()
        assert not is_open(row)


class TestChargeThatOnlyWeKnow:
    @pytest.fixture
    def payment(self, shop: Shop) -> Payment:
        """Opened there, paid by nobody; somebody forged what we have."""
        payment = shop.sell()
        return apply(payment, seen(payment, PaymentState.PAID, 54_000))

    def test_it_takes_asking_a_reason_and_a_second_person(self, shop: Shop, payment: Payment) -> None:
        row = difference(payment.charges.get().charge_id)
        first, second = somebody(payment), somebody(payment)
        assert (row.theirs_minor, row.ours_minor) == (None, 54_000)
        with pytest.raises(Conflict):
            repair(row, "write_off", actor=first, reason="not there")
        repair(row, "fetch", actor=first)
        with pytest.raises(BadInput):
            repair(row, "write_off", actor=first)
        repair(row, "write_off", actor=first, reason="not there")
        assert is_open(row)
        with pytest.raises(Conflict) as refusal:
            repair(row, "agree", actor=first)
        assert refusal.value.code == "needs_somebody_else"
        assert account_balance(payment.folio_id, "gateway_differences") == 0
        for _ in range(2):
            repair(row, "agree", actor=second)
        assert account_balance(payment.folio_id, "gateway_differences") == 54_000
        assert account_balance(payment.folio_id, "gateway_clearing") == 0
        assert (reload(payment).state, payment.received_minor) == (PaymentState.PAID, 54_000)
        assert "ledger_knows_what_gateways_hold" not in broken_promises()
        compared()
        assert not is_open(row)

    def proposed(self, payment: Payment, by: Actor) -> Difference:
        row = difference(payment.charges.get().charge_id)
        repair(row, "fetch", actor=by)
        return repair(row, "write_off", actor=by, reason="not there")

    def test_a_key_and_who_acts_as_somebody_else_are_no_person(self, shop: Shop, payment: Payment) -> None:
        first, second = somebody(payment), somebody(payment)
        grant = KeyGrant(uuid7(), payment.company_id, frozenset({"payments.review"}))
        others = (Actor.of_key(grant), Actor(user=second.user, impersonator_id=uuid7()))
        row = difference(payment.charges.get().charge_id)
        repair(row, "fetch", actor=first)
        for actor in others:
            with pytest.raises(AccessDenied):
                repair(row, "write_off", actor=actor, reason="not there")
        row = repair(row, "write_off", actor=first, reason="not there")
        for step in ("agree", "settle"):
            for actor in others:
                with pytest.raises(AccessDenied):
                    repair(row, step, actor=actor, reason="let it be")
        assert is_open(row)

    def test_a_note_of_one_person_closes_nothing_that_is_missing(self, shop: Shop, payment: Payment) -> None:
        first, second = somebody(payment), somebody(payment)
        row = difference(payment.charges.get().charge_id)
        with pytest.raises(Conflict):
            repair(row, "settle", actor=first, reason="let it be")
        row = self.proposed(payment, first)
        with pytest.raises(Conflict) as refusal:
            repair(row, "settle", actor=first, reason="let it be")
        assert refusal.value.code == "needs_somebody_else"
        repair(row, "settle", actor=second, reason="it is on another account")
        assert not is_open(row)
        assert account_balance(payment.folio_id, "gateway_differences") == 0

    def test_what_was_proposed_on_other_facts_is_not_agreed_to(
        self, shop: Shop, payment: Payment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the page and the lock another comparison took the proposal away."""
        row = self.proposed(payment, somebody(payment))
        second = somebody(payment)
        found = find_difference(actor=second, difference_id=row.pk)
        Difference.objects.filter(pk=row.pk).update(proposed_at=None, proposed_by=None, reason="")
        monkeypatch.setattr(repairs, "find_difference", lambda **_: found)
        with pytest.raises(Conflict) as refusal:
            repair(row, "agree", actor=second)
        assert refusal.value.code == "not_proposed"
        assert account_balance(payment.folio_id, "gateway_differences") == 0

    def test_the_checker_finds_a_correction_that_no_person_wanted(self, shop: Shop, payment: Payment) -> None:
        row = self.proposed(payment, somebody(payment))
        repair(row, "agree", actor=somebody(payment))
        assert "corrections_were_agreed" not in broken_promises()
        Difference.objects.filter(pk=row.pk).update(proposed_by=None)
        assert "corrections_were_agreed" in broken_promises()

    def test_what_differs_again_is_asked_again(self, shop: Shop, payment: Payment) -> None:
        row = difference(payment.charges.get().charge_id)
        ReviewItem.objects.filter(differences=row).update(resolved_at=clock.now(), resolution="agreed for a while")
        compared()
        assert is_open(row)


class TestRefunds:
    def test_one_of_the_dashboard_is_recorded(self, shop: Shop) -> None:
        payment = shop.paid()
        shop.refund_in_dashboard(payment, 10_000)
        [name] = shop.refunds_made(payment)
        row = difference(name)
        assert (row.theirs_minor, row.ours_minor) == (10_000, None)
        repair(row, "fetch")
        assert not is_open(row)
        assert account_balance(payment.folio_id, "gateway_clearing") == 44_000
        assert "external_refund" in open_reviews(payment)

    def test_one_that_the_provider_never_made_is_owed_again(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 10_000)
        shop.work()
        Refund.objects.system("test").filter(pk=refund.pk).update(provider_id="re_nobody_knows")
        row = difference("re_nobody_knows")
        assert (row.theirs_minor, row.ours_minor) == (None, 10_000)
        with pytest.raises(Conflict):
            repair(row, "mark_failed", reason="not there")
        repair(row, "fetch")
        assert is_open(row)
        first, second = somebody(payment), somebody(payment)
        with pytest.raises(BadInput):
            repair(row, "mark_failed", actor=first)
        repair(row, "mark_failed", actor=first, reason="the provider has none")
        assert reload(refund).state == RefundState.SUCCEEDED
        with pytest.raises(Conflict):
            repair(row, "agree", actor=first)
        assert reload(refund).state == RefundState.SUCCEEDED
        repair(row, "agree", actor=second)
        assert reload(refund).state == RefundState.FAILED
        assert "corrections_were_agreed" not in broken_promises()
        assert account_balance(payment.folio_id, "refunds_payable") == -10_000
        assert "refund_failed" in open_reviews(payment)

    def test_one_that_is_under_way_at_the_provider_is_not_given_up(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 10_000)
        shop.work()
        Refund.objects.system("test").filter(pk=refund.pk).update(provider_id="re_slow")
        row = difference("re_slow")
        first, second = somebody(payment), somebody(payment)
        gateway = type(outside.payment_gateways()["sandbox"])

        def says_pending(*_: object) -> RefundSnapshot:
            return RefundSnapshot("re_slow", RefundState.PENDING, usd(10_000))

        with monkeypatch.context() as slow:
            slow.setattr(gateway, "fetch_refund", says_pending)
            repair(row, "fetch", actor=first)
            with pytest.raises(Conflict) as refusal:
                repair(row, "mark_failed", actor=first, reason="not in its books")
            assert refusal.value.code == "not_proposed"
        repair(row, "fetch", actor=first)
        repair(row, "mark_failed", actor=first, reason="not in its books")
        monkeypatch.setattr(gateway, "fetch_refund", says_pending)
        with pytest.raises(Conflict) as refusal:
            repair(row, "agree", actor=second)
        assert refusal.value.code == "not_proposed"
        assert reload(refund).state == RefundState.SUCCEEDED

    def test_our_own_is_no_difference(self, shop: Shop) -> None:
        payment = shop.paid()
        shop.refund(payment, 10_000)
        shop.work()
        compared()
        assert not Difference.objects.filter(payment=payment).exists()

    def test_another_amount_is_for_a_person(self, shop: Shop) -> None:
        payment = shop.paid()
        refund = shop.refund(payment, 10_000)
        shop.work()
        Refund.objects.system("test").filter(pk=refund.pk).update(amount_minor=9_000)
        row = difference(reload(refund).provider_id)
        repair(row, "settle", reason="looked at it")
        assert not is_open(row)


class TestReport:
    @pytest.fixture
    def paid(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Payment:
        monkeypatch.setattr(module, "SETTLE_TIME", timedelta(0))
        return shop.paid()

    def test_each_account_and_day_has_a_row(self, paid: Payment) -> None:
        found = module.compare_yesterday()
        today, before = last_days(2)
        row = Comparison.objects.get(provider="sandbox", day=today)
        assert row.state == (State.DIFFERS if found else State.AGREED)
        assert row.lines >= 1
        assert {"payment", "USD"} <= {value for total in row.totals for value in total.values()}
        assert Comparison.objects.filter(day=before).exists()
        module.compare_yesterday()
        assert Comparison.objects.filter(provider="sandbox", day=today).count() == 1

    def test_an_account_that_does_not_answer_says_so(self, paid: Payment, shop: Shop) -> None:
        shop.use(base_url="http://127.0.0.1:9")
        assert module.compare_yesterday() == 0
        row = Comparison.objects.filter(provider="sandbox").latest("day")
        assert (row.state, row.error.partition(":")[0]) == (State.FAILED, "Retryable")

    def test_a_provider_without_books_says_so(self, paid: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
        class Silent:
            slug, account = "silent", "one"

            class caps:  # noqa: N801
                ledger = False

        monkeypatch.setattr(module, "all_gateways", lambda: iter([(Silent(), None)]))
        module.compare_yesterday()
        assert set(Comparison.objects.values_list("state", flat=True)) == {State.NO_BOOKS}

    def test_somebody_asks_for_it_now_and_the_worker_does_it(self, paid: Payment, shop: Shop) -> None:
        rows = request_comparison(actor=somebody(paid), company_id=paid.company_id)
        assert {row.state for row in rows} == {State.QUEUED}
        shop.work()
        assert not Comparison.objects.filter(state=State.QUEUED).exists()
        assert Comparison.objects.filter(state__in=(State.AGREED, State.DIFFERS)).exists()

    def test_who_is_not_paid_there_compares_nothing(self, paid: Payment) -> None:
        company = CompanyFactory()
        actor = Actor.of(MembershipFactory(company=company, role="staff").user)
        assert request_comparison(actor=actor, company_id=company.pk) == []

    @pytest.mark.parametrize("days", [0, 32])
    def test_days_that_make_no_sense_are_refused(self, days: int) -> None:
        with pytest.raises(BadInput):
            request_comparison(actor=SYSTEM, company_id=CompanyFactory().pk, days=days)

    def test_the_command_compares_now_and_fails_when_something_differs(self, paid: Payment, shop: Shop) -> None:
        shop.refund_in_dashboard(paid, 100)
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("reconcile", "--days=1", stdout=out)
        assert "sandbox acct_sandbox: differs" in out.getvalue()

    def test_what_is_compared_costs_the_same_for_one_and_for_many(
        self, paid: Payment, shop: Shop, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(3):
            shop.paid()
        compared()
        with django_assert_max_num_queries(16 + 6 * Difference.objects.count()):
            compared()


def test_user_model_is_named_in_the_trail(shop: Shop) -> None:
    """Who proposed it, and when, is kept even after it was changed."""
    payment = shop.sell()
    apply(payment, seen(payment, PaymentState.PAID, 54_000))
    row = difference(payment.charges.get().charge_id)
    actor = somebody(payment)
    repair(row, "fetch", actor=actor)
    repair(row, "write_off", actor=actor, reason="not there")
    history: Any = Difference._meta.get_field("history").related_model
    user: User = User.objects.get(pk=actor.user_id)
    assert history.objects.filter(pgh_obj_id=row.pk, proposed_by=user, reason="not there").exists()
    assert usd(54_000) == Money(row.ours_minor or 0, row.ours_currency)
