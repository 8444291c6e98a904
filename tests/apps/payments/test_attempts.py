"""Attempts from the first click to the gateway's last word, over real HTTP. Classes are named after their cases."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound, TemporarilyUnavailable
from freehold.domain.money import CurrencyMismatch, Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.gateways import check_amount
from freehold.payments.models import Payment
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.reconcile_due import reconcile_due
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.ports.payment_gateway import Capabilities
from tests.apps.payments.builders import a_folio, a_link, usd
from tests.apps.payments.shop import SYSTEM, Shop, account_balance, open_reviews, reload, reviews
from tests.factories import UserFactory
from tests.support.duel import duel

pytestmark = pytest.mark.django_db(transaction=True)

HANGS = {"read_timeout_s": 0.3}


class TestCase6Order:
    def test_processing_that_arrives_after_paid_is_old_news(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "out_of_order")
        shop.hear(payment, 2)
        assert reload(payment).state == PaymentState.PAID
        assert len(shop.told) == 1


class TestCase14DoubleClick:
    def test_two_clicks_at_once_make_one_object_at_the_gateway(self, shop: Shop) -> None:
        folio, deadline = a_folio(54_000), clock.now() + timedelta(minutes=15)
        outcomes = duel(*[lambda: shop.sell(folio=folio, expires_at=deadline)] * 4)
        payments = {outcome.value for outcome in outcomes}
        assert len(payments) == 1, outcomes
        assert len(shop.objects(payments.pop())) == 1

    def test_a_second_tab_gets_the_same_page(self, shop: Shop) -> None:
        folio, deadline = a_folio(54_000), clock.now() + timedelta(minutes=15)
        first = shop.sell(folio=folio, expires_at=deadline)
        again = shop.sell(folio=folio, expires_at=deadline, return_url="http://127.0.0.1:9/other")
        assert first.next_action == again.next_action == {"kind": "redirect", "url": again.next_action["url"]}
        assert folio.payments.count() == 1

    def test_who_pays_by_link_and_who_leaves_a_deposit_have_attempts_of_their_own(self, shop: Shop) -> None:
        folio, deadline = a_folio(54_000), clock.now() + timedelta(minutes=15)
        ways: list[dict[str, Any]] = [
            {},
            {"link_id": a_link(folio).pk},
            {"link_id": a_link(folio).pk},
            {"purpose": "deposit", "capture": "manual"},
        ]
        first = [shop.sell(folio=folio, expires_at=deadline, **way) for way in ways]
        again = [shop.sell(folio=folio, expires_at=deadline, **way) for way in ways]
        assert first == again
        assert len({payment.object_id for payment in first}) == 4

    def test_what_is_taken_by_hand_is_authorised_alone(self, shop: Shop) -> None:
        payment = shop.sell(capture="manual")
        shop.press(payment, "pay")
        shop.hear(payment)
        assert (reload(payment).state, payment.received_minor) == (PaymentState.AUTHORIZED, 0)

    def test_an_attempt_that_is_about_to_expire_makes_room_for_one_with_more_time(self, shop: Shop) -> None:
        folio = a_folio(54_000)
        old = shop.sell(folio=folio, expires_at=clock.now() + timedelta(seconds=90))
        new = shop.sell(folio=folio, expires_at=clock.now() + timedelta(minutes=15))
        assert new != old
        assert (reload(old).state, shop.status(old)) == (PaymentState.CANCELLED, "canceled")

    def test_a_payer_who_has_acted_is_not_sent_off_again(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "pay_late", delay_s="60")
        refresh_payment(payment_id=payment.pk)
        with pytest.raises(Conflict) as refused:
            shop.sell(50_000, folio=payment.folio)
        assert refused.value.code == "payment_in_progress"
        assert shop.sell(folio=payment.folio).pk == payment.pk


class TestCase15To17Trouble:
    def test_case_15_a_call_that_hung_after_it_was_executed_is_found_again(self, shop: Shop) -> None:
        folio, deadline = a_folio(54_000), clock.now() + timedelta(minutes=15)
        shop.use(**HANGS)
        shop.sandbox.fault("create_payment", "timeout", executed=True)
        payment = shop.sell(folio=folio, expires_at=deadline)
        assert (payment.state, payment.object_id, payment.next_action) == (PaymentState.UNKNOWN, "", {})

        shop.use()
        again = shop.sell(folio=folio, expires_at=deadline)
        assert again.pk == payment.pk
        assert again.state == PaymentState.PENDING
        assert shop.objects(payment) == [again.object_id]

    def test_case_15_the_reconciler_finds_it_too(self, shop: Shop) -> None:
        shop.use(**HANGS)
        shop.sandbox.fault("create_payment", "timeout", executed=True)
        payment = shop.sell()
        shop.use()
        clock.move(timedelta(minutes=2))
        assert reconcile_due() == 1
        assert reload(payment).state == PaymentState.PENDING
        assert shop.objects(payment) == [payment.object_id]

    def test_case_16_a_call_that_was_not_executed_is_made_again(self, shop: Shop) -> None:
        folio, deadline = a_folio(54_000), clock.now() + timedelta(minutes=15)
        shop.use(**HANGS)
        shop.sandbox.fault("create_payment", "timeout", executed=False)
        payment = shop.sell(folio=folio, expires_at=deadline)
        assert (payment.state, shop.objects(payment)) == (PaymentState.UNKNOWN, [])
        shop.use()
        assert shop.sell(folio=folio, expires_at=deadline).state == PaymentState.PENDING
        assert len(shop.objects(payment)) == 1

    @pytest.mark.parametrize("executed", [True, False])
    @pytest.mark.parametrize("kind", ["error_500", "html", "empty"])
    def test_case_17_nonsense_is_an_unknown_outcome(self, shop: Shop, kind: str, executed: bool) -> None:
        folio, deadline = a_folio(54_000), clock.now() + timedelta(minutes=15)
        shop.sandbox.fault("create_payment", kind, executed=executed)
        payment = shop.sell(folio=folio, expires_at=deadline)
        assert payment.state == PaymentState.UNKNOWN
        assert shop.sell(folio=folio, expires_at=deadline).state == PaymentState.PENDING
        assert len(shop.objects(payment)) == 1

    def test_case_17_nonsense_in_a_fetch_changes_nothing(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "lost_webhook")
        for kind in ("error_500", "html", "empty"):
            shop.sandbox.fault("get_payment", kind)
            assert confirm_return(actor=SYSTEM, payment_id=payment.pk).state == PaymentState.PENDING
        assert confirm_return(actor=SYSTEM, payment_id=payment.pk).state == PaymentState.PAID

    def test_a_gateway_that_is_down_keeps_the_attempt_for_the_next_click(self, shop: Shop) -> None:
        folio, deadline = a_folio(54_000), clock.now() + timedelta(minutes=15)
        shop.use(base_url="http://127.0.0.1:9")
        with pytest.raises(TemporarilyUnavailable):
            shop.sell(folio=folio, expires_at=deadline)
        payment = folio.payments.get()
        assert payment.state == PaymentState.CREATED
        shop.use()
        assert shop.sell(folio=folio, expires_at=deadline).pk == payment.pk

    def test_a_wrong_key_ends_the_attempt_and_calls_a_person_once_a_day(self, shop: Shop) -> None:
        shop.use(api_key="sk_wrong")
        for _ in range(2):
            with pytest.raises(TemporarilyUnavailable):
                shop.sell()
        assert set(Payment.objects.system("test").values_list("state", flat=True)) == {PaymentState.FAILED}
        assert reviews() == ["gateway_problem"]


class TestCase18And19Amounts:
    def test_too_little_is_held_for_a_person(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "wrong_amount")
        shop.hear(payment)
        assert (reload(payment).received_minor, payment.announced_minor) == (48_600, 0)
        assert shop.told == []
        assert open_reviews(payment) == ["amount_mismatch"]
        assert account_balance(payment.folio_id, "gateway_clearing") == 48_600
        assert account_balance(payment.folio_id, "customer_credit") == -48_600

    def test_case_19_too_much_is_announced_whole(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "wrong_amount", received="60000")
        shop.hear(payment)
        assert [event.amount_minor for event in shop.told] == [60_000]
        assert open_reviews(payment) == []

    def test_paid_twice_is_announced_twice(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "pay_twice")
        shop.hear(payment, 2)
        assert sum(event.amount_minor for event in shop.told) == 108_000
        assert reload(payment).received_minor == 108_000
        assert account_balance(payment.folio_id, "gateway_clearing") == 108_000


class TestCase26To29Returning:
    def test_case_26_a_payer_who_closes_the_browser_has_paid(self, shop: Shop) -> None:
        assert shop.paid().state == PaymentState.PAID

    def test_case_27_a_lost_message_is_made_up_for_by_asking(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "lost_webhook")
        assert reconcile_due() == 0
        clock.move(timedelta(seconds=31))
        assert reconcile_due() == 1
        assert reload(payment).state == PaymentState.PAID
        assert len(shop.told) == 1

    def test_case_28_a_forged_return_proves_nothing(self, shop: Shop) -> None:
        payment = shop.sell()
        forged = {"status": "success", "hint": "paid", "paid": "1"}
        assert confirm_return(actor=SYSTEM, payment_id=payment.pk, params=forged).state == PaymentState.PENDING
        assert shop.told == []

    def test_coming_back_is_a_moment_to_ask(self, shop: Shop) -> None:
        guest = UserFactory()
        payment = shop.sell(payer_id=guest.pk)
        shop.press(payment, "lost_webhook")
        assert confirm_return(actor=Actor.of(guest), payment_id=payment.pk).state == PaymentState.PAID

    def test_case_29_another_persons_payment_is_not_there(self, shop: Shop) -> None:
        payment = shop.sell(payer_id=UserFactory().pk)
        for stranger in (Actor.of(UserFactory()), Actor.anonymous()):
            with pytest.raises(NotFound):
                confirm_return(actor=stranger, payment_id=payment.pk)

    def test_a_declined_card_leaves_the_attempt_open(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "decline")
        shop.hear(payment)
        assert (reload(payment).state, payment.error_code) == (PaymentState.PENDING, "card_declined")
        shop.press(payment, "pay")
        shop.hear(payment, 2)
        assert reload(payment).state == PaymentState.PAID

    def test_who_cancelled_unheard_is_not_sent_to_a_dead_page(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "cancel")
        clock.move(timedelta(seconds=10))
        again = shop.sell(folio=payment.folio)
        assert (again.attempt, reload(payment).state) == (2, PaymentState.CANCELLED)

    def test_a_payer_who_cancels_may_start_again(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.press(payment, "cancel")
        shop.hear(payment)
        assert reload(payment).state == PaymentState.CANCELLED
        again = shop.sell(folio=payment.folio)
        assert (again.attempt, again.state) == (2, PaymentState.PENDING)


class TestCase41Currencies:
    @pytest.mark.parametrize(
        ("amount", "currency"), [(54_000, "JPY"), (12_345, "KWD"), (1_050, "KES"), (99, "ISK"), (99_999_999, "USD")]
    )
    def test_amounts_go_out_and_come_back_exactly(self, shop: Shop, amount: int, currency: str) -> None:
        payment = shop.paid(amount, currency=currency)
        assert (payment.received_minor, payment.currency) == (amount, currency)
        assert [event.amount_minor for event in shop.told] == [amount]

    def test_what_a_provider_cannot_take_is_refused_before_it_is_asked(self) -> None:
        caps = Capabilities(
            currencies=frozenset({"KES", "USD"}),
            min_minor={"USD": 50},
            step_minor={"KES": 100},
            manual_capture=False,
            cancel=False,
            partial_refund=True,
            refund_is_async=False,
            refund_window_days=None,
            payout=False,
            signed_webhooks=False,
            ledger=False,
            multi_attempt_object=False,
        )
        check_amount(caps, Money(1_000, "KES"))
        for amount, code in (
            (Money(1_050, "KES"), "amount_step"),
            (usd(49), "amount_too_small"),
            (usd(0), "amount_not_positive"),
            (usd(-5), "amount_not_positive"),
            (Money(100, "EUR"), "currency_not_supported"),
        ):
            with pytest.raises(BadInput) as refused:
                check_amount(caps, amount)
            assert refused.value.code == code

    def test_an_amount_in_another_currency_than_the_folio_is_refused(self, shop: Shop) -> None:
        with pytest.raises(CurrencyMismatch):
            shop.sell(folio=a_folio(54_000), currency="EUR")

    def test_an_unknown_provider_is_bad_input(self, shop: Shop) -> None:
        with pytest.raises(BadInput) as refused:
            shop.sell(provider="nobody")
        assert refused.value.code == "unknown_provider"


class TestCase42PriceChanged:
    def test_a_new_amount_closes_the_page_with_the_old_one(self, shop: Shop) -> None:
        old = shop.sell(54_000)
        new = shop.sell(50_000, folio=old.folio)
        assert shop.status(old) == "canceled"
        assert (reload(old).state, new.amount_minor) == (PaymentState.CANCELLED, 50_000)

    def test_when_the_old_page_was_paid_meanwhile_no_new_one_opens(self, shop: Shop) -> None:
        old = shop.sell(54_000)
        shop.press(old, "lost_webhook")
        with pytest.raises(Conflict) as refused:
            shop.sell(50_000, folio=old.folio)
        assert refused.value.code == "payment_in_progress"
        assert reload(old).state == PaymentState.PAID
        assert old.folio.payments.count() == 1
