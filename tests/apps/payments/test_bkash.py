"""bKash all the way: its simulator as a process, our site on a socket, tokens in PostgreSQL, and what the books say."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer

from freehold.adapters.payments.bkash import BkashProvider, sns
from freehold.config.wiring import wire
from freehold.core import clock, outbox, outside
from freehold.core.errors import Conflict
from freehold.core.models import SharedToken
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.finance.models import Folio
from freehold.payments.accounts import installed_endpoint
from freehold.payments.events import MoneyReceived
from freehold.payments.models import GatewayEvent, Payment, Refund, ReviewItem
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.start_payment import start_payment
from freehold.ports.payment_gateway import Payer, Retryable, Unknown
from tests.apps.payments.builders import a_folio
from tests.apps.payments.shop import SYSTEM, entries, open_reviews, reload
from tests.contract.bkash_rig import settings_for
from tests.simulators.bkash_process import BkashProcess
from tests.simulators.process import eventually

pytestmark = pytest.mark.django_db(transaction=True)

State = GatewayEvent.State


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BkashProcess]:
    with BkashProcess(tmp_path_factory.mktemp("bkash")) as process:
        yield process


class BkashShop:
    def __init__(self, simulator: BkashProcess, site_url: str) -> None:
        self.simulator = simulator
        self.gateway = BkashProvider(settings_for(simulator), outside.token_store())
        outside.bind_payment_gateway(self.gateway)
        endpoint = installed_endpoint("bkash", self.gateway.account)
        simulator.control("subscribe", url=f"{site_url}/api/v1/webhooks/bkash/{endpoint}/")
        eventually(lambda: simulator.rows("setting", name="confirmed", value="yes"), within_s=30)

    def sell(self, *, folio: Folio | None = None, amount: int = 54_000) -> Payment:
        return start_payment(
            actor=SYSTEM,
            folio_id=(folio or a_folio(amount, currency="BDT")).pk,
            provider="bkash",
            amount=Money(amount, "BDT"),
            return_url="http://127.0.0.1:9/back",
            reference="FH-7K2Q9M",
            description="Booking FH-7K2Q9M",
            payer_id=None,
            payer=Payer(email="ada@guests.example", name="Ada Guest"),
            expires_at=clock.now() + timedelta(minutes=15),
        )

    def press(self, payment: Payment, scenario: str) -> dict[str, str]:
        """What the browser will bring back."""
        return self.simulator.press(payment.next_action["url"], scenario)

    def come_back(self, payment: Payment, scenario: str) -> Payment:
        return confirm_return(actor=SYSTEM, payment_id=payment.pk, params=self.press(payment, scenario))

    def paid(self) -> Payment:
        payment = self.come_back(self.sell(), "lost_webhook")
        assert payment.state == PaymentState.PAID
        return payment

    def hear(self, payment: Payment) -> GatewayEvent:
        """The notice about this payment, once it has come and the worker has read it."""
        ours = GatewayEvent.objects.filter(provider="bkash", our_id=str(payment.pk))
        eventually(ours.exists, within_s=30)
        self.work()
        return ours.get()

    def work(self) -> None:
        while outbox.deliver_due(worker_id="test"):
            pass

    def refund(self, payment: Payment, minor: int, key: str) -> Refund:
        return request_refund(
            actor=SYSTEM, payment_id=payment.pk, amount=Money(minor, "BDT"), key=key, reason="cancelled"
        )

    def charged(self, payment: Payment) -> bool:
        return self.simulator.row("payment", id=payment.object_id)["trx_id"] is not None

    def settle(self) -> None:
        """Everything that was owed has been delivered."""
        told = lambda: [each for one in self._events() for each in one["deliveries"]]  # noqa: E731
        eventually(lambda: all(each["state"] != "owed" for each in told()), within_s=30)

    def answers_to(self, object_id: str) -> list[int]:
        """What our site answered to each try to tell of this transaction."""
        about = [one for one in self._events() if one["object_id"] == object_id]
        return [each["status"] for one in about for told in one["deliveries"] for each in told["tries"]]

    def _events(self) -> list[dict[str, Any]]:
        return list(self.simulator.desk.get("/control/deliveries").json()["events"])


@pytest.fixture
def shop(
    simulator: BkashProcess, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> Iterator[BkashShop]:
    monkeypatch.setattr(settings, "SITE_URL", live_server.url)
    monkeypatch.setattr(outside, "_gateways", {})
    shop = BkashShop(simulator, live_server.url)
    yield shop
    shop.settle()
    wire()


# --- money comes in -----------------------------------------------------------------------------------------


def test_a_payer_who_comes_back_has_paid_once_and_the_notice_tells_nothing_new(
    shop: BkashShop, told: list[MoneyReceived]
) -> None:
    payment = shop.come_back(shop.sell(), "duplicate_webhook")
    event = shop.hear(payment)
    shop.settle()
    shop.work()

    assert (payment.state, reload(payment).received_minor) == (PaymentState.PAID, 54_000)
    assert len(told) == 1
    assert entries(payment.folio_id).count("payment_received") == 1
    assert (event.state, event.trusted, event.payment_id) == (State.APPLIED, True, payment.pk)
    assert open_reviews(payment) == []
    assert not any("ey." in token.sealed for token in SharedToken.objects.all())
    assert SharedToken.objects.exists()


def test_case_31_who_comes_back_after_the_deadline_is_not_charged(shop: BkashShop, told: list[MoneyReceived]) -> None:
    payment = shop.sell()
    params = shop.press(payment, "pay")
    clock.move(timedelta(minutes=16))
    confirm_return(actor=SYSTEM, payment_id=payment.pk, params=params)

    assert not shop.charged(payment)
    assert told == []
    assert reload(payment).received_minor == 0


def test_an_execution_that_nobody_answered_is_found_by_the_notice(shop: BkashShop, told: list[MoneyReceived]) -> None:
    payment = shop.sell()
    params = shop.press(payment, "pay")
    for operation in ("execute", "query", "execute", "query"):
        shop.simulator.fault(operation, "error_500", executed=operation == "execute")
    unsure = confirm_return(actor=SYSTEM, payment_id=payment.pk, params=params)
    assert unsure.state == PaymentState.PENDING

    shop.hear(payment)

    assert reload(payment).state == PaymentState.PAID
    assert [event.payment_id for event in told] == [payment.pk]


def test_a_creation_that_nobody_answered_is_made_anew_and_paid_once(shop: BkashShop, told: list[MoneyReceived]) -> None:
    shop.simulator.fault("create", "error_500", executed=True)
    payment = shop.sell()
    assert (payment.state, payment.object_id) == (PaymentState.UNKNOWN, "")

    payment = refresh_payment(payment_id=payment.pk)
    payment = shop.come_back(payment, "lost_webhook")

    assert payment.state == PaymentState.PAID
    made = [row for row in shop.simulator.rows("payment") if payment.pk.hex in row["invoice"]]
    assert [bool(row["trx_id"]) for row in made] == [False, True]
    assert len(told) == 1


def test_who_gave_up_may_try_again(shop: BkashShop) -> None:
    first = shop.come_back(shop.sell(), "cancel")
    assert first.state == PaymentState.CANCELLED

    second = shop.come_back(shop.sell(folio=first.folio), "lost_webhook")

    assert (second.state, second.attempt) == (PaymentState.PAID, 2)
    assert reload(first).received_minor == 0


def test_who_gave_up_and_was_not_brought_back_is_not_sent_to_a_dead_page(shop: BkashShop) -> None:
    first = shop.sell()
    shop.press(first, "cancel")
    clock.move(timedelta(seconds=10))

    second = shop.sell(folio=first.folio)

    assert (second.attempt, reload(first).state) == (2, PaymentState.CANCELLED)
    assert second.next_action["url"] != first.next_action["url"]
    assert shop.come_back(second, "lost_webhook").state == PaymentState.PAID


def test_a_double_click_opens_one_payment(shop: BkashShop) -> None:
    first = shop.sell()
    assert shop.sell(folio=first.folio) == first


def test_what_was_executed_unheard_is_not_paid_again(shop: BkashShop) -> None:
    payment = shop.sell()
    params = shop.press(payment, "lost_webhook")
    for operation in ("execute", "query", "execute", "query"):
        shop.simulator.fault(operation, "error_500", executed=operation == "execute")
    confirm_return(actor=SYSTEM, payment_id=payment.pk, params=params)
    clock.move(timedelta(seconds=10))

    with pytest.raises(Conflict):
        shop.sell(folio=payment.folio)

    assert reload(payment).state == PaymentState.PAID


def test_case_18_too_little_confirms_nothing(shop: BkashShop, told: list[MoneyReceived]) -> None:
    payment = shop.come_back(shop.sell(), "wrong_amount")

    assert (reload(payment).received_minor, payment.announced_minor) == (48_600, 0)
    assert told == []
    assert open_reviews(payment) == [ReviewItem.Kind.AMOUNT_MISMATCH]


def test_a_token_that_expires_on_the_way_is_nobodys_problem(shop: BkashShop) -> None:
    payment = shop.sell()
    shop.simulator.control("expire_tokens")

    assert shop.come_back(payment, "lost_webhook").state == PaymentState.PAID


def test_money_of_another_channel_is_kept_for_somebody_to_allocate(shop: BkashShop) -> None:
    trx_id = shop.simulator.control("credit", amount=120_000, reference="fh 7k2q9m")["trxID"]
    stored = GatewayEvent.objects.filter(provider="bkash", subject="credit", object_id=trx_id)
    eventually(stored.exists, within_s=30)
    shop.work()

    assert stored.get().trusted
    assert stored.get().state != State.IGNORED


def test_a_notice_that_cannot_be_checked_yet_comes_again(shop: BkashShop, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(url: str) -> None:
        raise Retryable("Amazon cannot be reached")

    with monkeypatch.context() as patch:
        patch.setattr(sns, "_certificate", silent)
        trx_id = shop.simulator.control("credit", amount=100)["trxID"]
        eventually(lambda: 503 in shop.answers_to(trx_id), within_s=30)
    eventually(lambda: 200 in shop.answers_to(trx_id), within_s=30)

    assert GatewayEvent.objects.filter(object_id=trx_id).count() == 1


# --- money goes back ----------------------------------------------------------------------------------------


def test_case_22_a_refund_that_nobody_answered_is_found_and_not_made_twice(shop: BkashShop) -> None:
    payment = shop.paid()
    first = shop.refund(payment, 10_000, "one")
    execute_refund(refund_id=first.pk)
    second = shop.refund(payment, 10_000, "two")
    shop.simulator.fault("refund", "error_500", executed=True)
    shop.simulator.fault("refund_status", "error_500")
    with pytest.raises(Unknown):
        execute_refund(refund_id=second.pk)
    assert reload(second).state == RefundState.UNKNOWN

    execute_refund(refund_id=second.pk)

    made = {row["trx_id"] for row in shop.simulator.rows("refund", payment_id=payment.object_id)}
    assert {reload(first).provider_id, reload(second).provider_id} == made
    assert {first.state, second.state} == {RefundState.SUCCEEDED}
    assert len(made) == 2


def test_case_24_a_refund_in_the_dashboard_is_recorded_and_flagged(shop: BkashShop) -> None:
    payment = shop.paid()
    shop.simulator.control("refund_by_hand", payment=payment.object_id, amount=4_000)
    refresh_payment(payment_id=payment.pk)

    refund = payment.refunds.get()
    assert (refund.amount_minor, refund.state) == (4_000, RefundState.SUCCEEDED)
    assert open_reviews(payment) == [ReviewItem.Kind.EXTERNAL_REFUND]
