"""Razorpay all the way: its simulator as a process, our site on a socket, and what ends up in the books."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer

from freehold.adapters.payments.razorpay import RazorpayProvider
from freehold.config.wiring import wire
from freehold.core import clock, outbox, outside
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.finance.models import Folio
from freehold.payments.accounts import installed_endpoint
from freehold.payments.events import MoneyReceived
from freehold.payments.models import GatewayEvent, Payment, ReviewItem
from freehold.payments.services.compare_ledgers import compare_ledgers
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.end_attempt import end_attempt
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.start_payment import start_payment
from freehold.ports.payment_gateway import Payer
from tests.apps.payments.builders import a_folio
from tests.apps.payments.shop import SYSTEM, entries, open_reviews, reload
from tests.contract.razorpay_rig import settings_for
from tests.simulators.process import eventually
from tests.simulators.razorpay_process import WEBHOOK_SECRET, RazorpayProcess

pytestmark = pytest.mark.django_db(transaction=True)

State = GatewayEvent.State


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RazorpayProcess]:
    with RazorpayProcess(tmp_path_factory.mktemp("razorpay")) as process:
        yield process


class RazorpayShop:
    def __init__(self, simulator: RazorpayProcess, site_url: str) -> None:
        self.simulator = simulator
        self.gateway = RazorpayProvider(settings_for(simulator))
        outside.bind_payment_gateway(self.gateway)
        endpoint = installed_endpoint("razorpay", self.gateway.account)
        self.address = f"{site_url}/api/v1/webhooks/razorpay/{endpoint}/"
        simulator.control("webhook", address=self.address, secret=WEBHOOK_SECRET)

    def sell(self, *, folio: Folio | None = None, amount: int = 54_000) -> Payment:
        return start_payment(
            actor=SYSTEM,
            folio_id=(folio or a_folio(amount, currency="INR")).pk,
            provider="razorpay",
            amount=Money(amount, "INR"),
            return_url="http://127.0.0.1:9/back",
            reference="FH7K2Q9M",
            description="Booking FH-7K2Q9M",
            payer_id=None,
            payer=Payer(email="ada@guests.example", phone_e164="+919000090000", name="Ada Guest"),
            expires_at=clock.now() + timedelta(minutes=15),
        )

    def act(self, payment: Payment, scenario: str, **fields: float) -> str | None:
        return self.simulator.act(payment.object_id, scenario, **fields)

    def hear(self, payment: Payment, *types: str) -> None:
        """Waits until these events about the payment's order have come, and lets the worker read everything."""
        for name in types:
            eventually(lambda name=name: self.events(payment).filter(type=name).exists(), within_s=30)
        self.work()

    def events(self, payment: Payment) -> Any:
        order_id = payment.object_id.encode()
        all_of_them = GatewayEvent.objects.filter(provider="razorpay")
        return all_of_them.filter(pk__in=[event.pk for event in all_of_them if order_id in bytes(event.body)])

    def paid(self, **options: Any) -> Payment:
        payment = self.sell(**options)
        self.act(payment, "pay")
        self.hear(payment, "order.paid", "payment.captured", "payment.authorized")
        return reload(payment)

    def work(self) -> None:
        while outbox.deliver_due(worker_id="test"):
            pass

    def settle(self) -> None:
        """Everything that was owed has been delivered."""
        eventually(lambda: all(each["state"] != "owed" for each in self._deliveries()), within_s=30)

    def _deliveries(self) -> list[dict[str, Any]]:
        listed = self.simulator.desk.get("/control/deliveries").json()["events"]
        return [delivery for event in listed for delivery in event["deliveries"]]


@pytest.fixture
def shop(
    simulator: RazorpayProcess, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> Iterator[RazorpayShop]:
    monkeypatch.setattr(settings, "SITE_URL", live_server.url)
    monkeypatch.setattr(outside, "_gateways", {})
    shop = RazorpayShop(simulator, live_server.url)
    yield shop
    shop.settle()
    wire()


# --- money comes in -----------------------------------------------------------------------------------------


def test_case_1_three_events_three_times_each_are_one_payment(shop: RazorpayShop, told: list[MoneyReceived]) -> None:
    payment = shop.sell()
    shop.act(payment, "duplicate_webhook")
    shop.hear(payment, "order.paid", "payment.captured", "payment.authorized")
    shop.settle()
    shop.work()
    assert reload(payment).state == PaymentState.PAID
    assert payment.received_minor == payment.announced_minor == 54_000
    assert len(told) == 1
    assert entries(payment.folio_id).count("payment_received") == 1
    assert shop.events(payment).count() == 3
    assert set(shop.events(payment).values_list("state", "trusted")) == {(State.APPLIED, True)}
    assert open_reviews(payment) == []


def test_case_27_what_was_never_told_is_found_by_asking(shop: RazorpayShop, told: list[MoneyReceived]) -> None:
    payment = shop.sell()
    shop.act(payment, "lost_webhook")
    refresh_payment(payment_id=payment.pk)
    assert reload(payment).state == PaymentState.PAID
    assert len(told) == 1


def test_the_browser_that_comes_back_signed_is_a_reason_to_ask(shop: RazorpayShop) -> None:
    payment = shop.sell()
    payment_id = shop.act(payment, "lost_webhook")
    forged = {"razorpay_payment_id": str(payment_id), "razorpay_signature": "0" * 64}
    assert confirm_return(actor=SYSTEM, payment_id=payment.pk, params=forged).state == PaymentState.PENDING
    assert confirm_return(actor=SYSTEM, payment_id=payment.pk, params={"booking": "1"}).state == PaymentState.PAID


def test_case_8_a_bank_that_answers_after_the_end_still_pays(shop: RazorpayShop, told: list[MoneyReceived]) -> None:
    payment = shop.sell()
    shop.act(payment, "pay_late", delay_s=1)
    shop.hear(payment, "payment.failed")
    assert (reload(payment).state, payment.error_code) == (PaymentState.PENDING, "payment_timed_out")
    end_attempt(payment_id=payment.pk, state=PaymentState.EXPIRED)
    shop.hear(payment, "order.paid")
    assert reload(payment).state == PaymentState.PAID
    assert [event.payment_id for event in told] == [payment.pk]


def test_money_that_a_late_bank_holds_for_an_ended_attempt_stands_in_nobodys_way(shop: RazorpayShop) -> None:
    """A folio has one open attempt. What Razorpay will give back by itself must not take that place."""
    first = shop.sell()
    end_attempt(payment_id=first.pk, state=PaymentState.FAILED)
    second = shop.sell(folio=first.folio)
    shop.act(first, "held", delay_s=0)
    shop.hear(first, "payment.authorized", "refund.processed")
    assert (reload(first).state, first.received_minor) == (PaymentState.FAILED, 0)
    assert reload(second).state == PaymentState.PENDING
    assert not shop.events(first).exclude(state=State.APPLIED).exists()
    assert open_reviews(first) == []


def test_an_order_that_was_paid_twice_shows_both_charges(shop: RazorpayShop) -> None:
    payment = shop.sell()
    shop.act(payment, "pay_twice")
    shop.hear(payment, "order.paid")
    shop.settle()
    shop.work()
    assert reload(payment).received_minor == 108_000
    assert payment.charges.count() == 2


def test_case_18_too_little_confirms_nothing(shop: RazorpayShop, told: list[MoneyReceived]) -> None:
    payment = shop.sell()
    shop.act(payment, "wrong_amount")
    shop.hear(payment, "payment.captured")
    assert (reload(payment).received_minor, payment.announced_minor) == (48_600, 0)
    assert told == []
    assert open_reviews(payment) == [ReviewItem.Kind.AMOUNT_MISMATCH]


def test_case_2_a_message_that_razorpay_did_not_sign_is_not_even_kept(shop: RazorpayShop) -> None:
    payment = shop.sell()
    body = b'{"event": "order.paid"}'
    headers = {"X-Razorpay-Signature": "0" * 64, "X-Razorpay-Event-Id": "forged"}
    answer = httpx.post(shop.address, content=body, headers=headers, trust_env=False, timeout=20)
    assert answer.status_code == 400
    assert not GatewayEvent.objects.filter(dedupe_key="forged").exists()
    assert reload(payment).state == PaymentState.PENDING


# --- money goes back ----------------------------------------------------------------------------------------


def test_a_refund_is_made_once_and_the_books_agree(shop: RazorpayShop) -> None:
    payment = shop.paid()
    refund = request_refund(
        actor=SYSTEM, payment_id=payment.pk, amount=Money(14_000, "INR"), key="test:1", reason="cancelled"
    )
    shop.work()
    assert reload(refund).state == RefundState.SUCCEEDED
    shop.hear(payment, "refund.processed")
    assert open_reviews(payment) == []
    now = clock.now()
    window = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
    drifts = compare_ledgers(gateway=shop.gateway, company_id=None, **window)
    assert [drift for drift in drifts if drift.provider_id in (payment.charge_id, refund.provider_id)] == []


def test_case_23_a_refund_that_bounces_is_owed_again(shop: RazorpayShop) -> None:
    payment = shop.sell()
    shop.act(payment, "refund_fails_later", delay_s=0.5)
    shop.hear(payment, "order.paid")
    refund = request_refund(
        actor=SYSTEM, payment_id=payment.pk, amount=Money(54_000, "INR"), key="test:2", reason="cancelled"
    )
    shop.work()
    shop.hear(payment, "refund.failed")
    assert reload(refund).state == RefundState.FAILED
    assert open_reviews(payment) == [ReviewItem.Kind.REFUND_FAILED]


def test_case_24_a_refund_in_the_dashboard_is_recorded_and_flagged(shop: RazorpayShop) -> None:
    payment = shop.paid()
    shop.simulator.control("refund", payment_id=payment.charge_id, amount=4_000)
    shop.hear(payment, "refund.processed")
    refund = payment.refunds.get()
    assert (refund.amount_minor, refund.state) == (4_000, RefundState.SUCCEEDED)
    assert open_reviews(payment) == [ReviewItem.Kind.EXTERNAL_REFUND]


def test_case_25_a_chargeback_is_shown_to_a_person(shop: RazorpayShop) -> None:
    payment = shop.paid()
    shop.simulator.control("dispute", payment_id=payment.charge_id)
    shop.hear(payment, "payment.dispute.created")
    assert ReviewItem.objects.filter(kind=ReviewItem.Kind.DISPUTE).exists()
