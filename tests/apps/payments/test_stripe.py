"""Stripe all the way: its simulator as a process, our site on a socket, and what ends up in the books."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer

from freehold.adapters.payments.stripe import StripeProvider, StripeSettings
from freehold.config.wiring import wire
from freehold.core import clock, outbox, outside
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.finance.models import Folio
from freehold.payments.accounts import installed_endpoint
from freehold.payments.events import MoneyReceived
from freehold.payments.models import GatewayEvent, Payment, ReviewItem
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.compare_ledgers import compare_ledgers
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.start_payment import start_payment
from freehold.ports.payment_gateway import Payer
from tests.apps.payments.builders import a_folio
from tests.apps.payments.shop import SYSTEM, entries, open_reviews, reload
from tests.simulators.process import eventually
from tests.simulators.stripe_process import API_KEY, StripeProcess

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "whsec_for_the_shop"
PAID = ("payment_intent.succeeded", "checkout.session.completed")

State = GatewayEvent.State


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeProcess]:
    with StripeProcess(tmp_path_factory.mktemp("stripe")) as process:
        yield process


class StripeShop:
    def __init__(self, simulator: StripeProcess, site_url: str) -> None:
        self.simulator = simulator
        self.settings = StripeSettings(
            account="house", secret_key=API_KEY, webhook_secrets=(SECRET,), base_url=simulator.url
        )
        self.gateway = StripeProvider(self.settings)
        outside.bind_payment_gateway(self.gateway)
        endpoint = installed_endpoint("stripe", self.gateway.account)
        self.address = f"{site_url}/api/v1/webhooks/stripe/{endpoint}/"
        simulator.close_endpoints()
        simulator.control("endpoint", url=self.address, secrets={"only": SECRET})

    def sell(self, *, folio: Folio | None = None, amount: int = 54_000) -> Payment:
        return start_payment(
            actor=SYSTEM,
            folio_id=(folio or a_folio(amount, currency="USD")).pk,
            provider="stripe",
            amount=Money(amount, "USD"),
            return_url="http://127.0.0.1:9/back",
            reference="FH7K2Q9M",
            description="Booking FH-7K2Q9M",
            payer_id=None,
            payer=Payer(email="ada@guests.example", name="Ada Guest"),
            expires_at=clock.now() + timedelta(minutes=15),
        )

    def act(self, payment: Payment, scenario: str, **fields: str) -> int:
        url = f"{self.simulator.url}/c/pay/{payment.object_id}"
        return self.simulator.press(url, scenario, **fields).status_code

    def events(self, payment: Payment) -> Any:
        """What came about this payment, found by its own names in the bodies."""
        names = [str(payment.pk).encode(), payment.object_id.encode(), (reload(payment).charge_id or "-").encode()]
        stored = GatewayEvent.objects.filter(provider="stripe")
        ours = [each.pk for each in stored if any(name in bytes(each.body) for name in names)]
        return stored.filter(pk__in=ours)

    def hear(self, payment: Payment, *types: str) -> None:
        """Waits until these events have come, and lets the worker read everything."""
        for name in types:
            eventually(lambda name=name: self.events(payment).filter(type=name).exists(), within_s=30)
        self.work()

    def paid(self, **options: Any) -> Payment:
        payment = self.sell(**options)
        self.act(payment, "pay")
        self.hear(payment, *PAID)
        return reload(payment)

    def work(self) -> None:
        while outbox.deliver_due(worker_id="test"):
            pass

    def settle(self) -> None:
        """Everything that was owed has been delivered."""
        eventually(lambda: all(each["state"] != "owed" for each in self.simulator.books()["delivery"]), within_s=30)


@pytest.fixture
def shop(
    simulator: StripeProcess, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> Iterator[StripeShop]:
    monkeypatch.setattr(settings, "SITE_URL", live_server.url)
    monkeypatch.setattr(outside, "_gateways", {})
    shop = StripeShop(simulator, live_server.url)
    yield shop
    shop.settle()
    wire()


# --- money comes in -----------------------------------------------------------------------------------------


def test_case_1_every_event_three_times_is_one_payment(shop: StripeShop, told: list[MoneyReceived]) -> None:
    payment = shop.sell()
    shop.act(payment, "duplicate_webhook")
    shop.hear(payment, *PAID)
    shop.settle()
    shop.work()
    assert reload(payment).state == PaymentState.PAID
    assert payment.received_minor == payment.announced_minor == 54_000
    assert payment.charges.count() == 1
    assert len(told) == 1
    assert entries(payment.folio_id).count("payment_received") == 1
    assert not shop.events(payment).exclude(state__in=(State.APPLIED, State.IGNORED)).exists()
    assert open_reviews(payment) == []


def test_case_6_and_7_processing_after_succeeded_changes_nothing(shop: StripeShop) -> None:
    payment = shop.sell()
    shop.act(payment, "out_of_order")
    shop.hear(payment, *PAID, "payment_intent.processing")
    assert reload(payment).state == PaymentState.PAID
    assert open_reviews(payment) == []


def test_case_26_and_27_what_was_never_told_is_found_by_asking(shop: StripeShop, told: list[MoneyReceived]) -> None:
    first, second = shop.sell(), shop.sell()
    for payment in (first, second):
        shop.act(payment, "lost_webhook")
    refresh_payment(payment_id=first.pk)
    confirm_return(actor=SYSTEM, payment_id=second.pk, params={"anything": "forged"})
    assert {reload(first).state, reload(second).state} == {PaymentState.PAID}
    assert len(told) == 2


def test_a_bank_debit_pays_after_the_page_was_left(shop: StripeShop, told: list[MoneyReceived]) -> None:
    payment = shop.sell()
    shop.act(payment, "bank_debit", delay_s="3600")
    shop.hear(payment, "checkout.session.completed")
    assert (reload(payment).state, told) == (PaymentState.PROCESSING, [])
    shop.simulator.control("clock", advance_s=3601)
    shop.hear(payment, "checkout.session.async_payment_succeeded")
    shop.settle()
    shop.simulator.control("clock", offset_s=0)
    assert reload(payment).state == PaymentState.PAID
    assert len(told) == 1


def test_a_declined_attempt_may_be_tried_again(shop: StripeShop) -> None:
    payment = shop.sell()
    shop.act(payment, "decline")
    shop.hear(payment, "payment_intent.payment_failed")
    assert (reload(payment).state, payment.error_kind) == (PaymentState.PENDING, "payer")
    shop.act(payment, "pay")
    shop.hear(payment, *PAID)
    assert reload(payment).state == PaymentState.PAID


def test_a_closed_attempt_cannot_be_paid_and_one_that_was_paid_is_not_closed(shop: StripeShop) -> None:
    closed, paid = shop.sell(), shop.sell()
    assert close_payment(payment_id=closed.pk).state in (PaymentState.CANCELLED, PaymentState.EXPIRED)
    assert shop.act(closed, "pay") == 409
    shop.act(paid, "lost_webhook")
    assert close_payment(payment_id=paid.pk).state == PaymentState.PAID


def test_case_2_a_message_that_stripe_did_not_sign_is_not_even_kept(shop: StripeShop) -> None:
    payment = shop.sell()
    headers = {"Stripe-Signature": f"t={int(clock.now().timestamp())},v1={'0' * 64}"}
    answer = httpx.post(shop.address, content=b'{"id": "evt_forged"}', headers=headers, trust_env=False, timeout=20)
    assert answer.status_code == 400
    assert not GatewayEvent.objects.filter(dedupe_key="evt_forged").exists()
    assert reload(payment).state == PaymentState.PENDING


# --- money goes back ----------------------------------------------------------------------------------------


def refund_of(payment: Payment, minor: int) -> Any:
    return request_refund(
        actor=SYSTEM, payment_id=payment.pk, amount=Money(minor, "USD"), key=f"test:{payment.pk}", reason="cancelled"
    )


def drifts_about(shop: StripeShop, *names: str) -> list[str]:
    now = clock.now()
    window = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
    found = compare_ledgers(gateway=shop.gateway, company_id=None, **window)
    return [drift.provider_id for drift in found if drift.provider_id in names]


def test_a_refund_is_made_once_and_the_books_agree(shop: StripeShop) -> None:
    payment = shop.paid()
    refund = refund_of(payment, 14_000)
    shop.work()
    shop.hear(payment, "refund.created", "charge.refunded")
    assert reload(refund).state == RefundState.SUCCEEDED
    assert payment.refunds.count() == 1
    assert open_reviews(payment) == []
    assert drifts_about(shop, payment.charge_id, refund.provider_id) == []


def test_case_23_a_refund_that_bounces_is_owed_again(shop: StripeShop) -> None:
    payment = shop.sell()
    shop.act(payment, "refund_fails_later", delay_s="0.5")
    shop.hear(payment, *PAID)
    refund = refund_of(payment, 54_000)
    shop.work()
    shop.hear(payment, "refund.failed")
    assert reload(refund).state == RefundState.FAILED
    assert open_reviews(payment) == [ReviewItem.Kind.REFUND_FAILED]


def test_case_24_a_refund_in_the_dashboard_is_recorded_and_flagged(shop: StripeShop) -> None:
    payment = shop.paid()
    made = shop.simulator.sdk().refunds.create({"charge": payment.charge_id, "amount": 4_000})
    shop.hear(payment, "charge.refunded", "refund.created")
    refund = payment.refunds.get()
    assert (refund.amount_minor, refund.state) == (4_000, RefundState.SUCCEEDED)
    assert open_reviews(payment) == [ReviewItem.Kind.EXTERNAL_REFUND]
    assert not shop.events(payment).filter(state=State.PARKED).exists()
    assert drifts_about(shop, made.id) == []


def test_case_25_a_chargeback_is_shown_with_its_payment(shop: StripeShop) -> None:
    payment = shop.paid()
    shop.simulator.control("dispute", payment=payment.object_id)
    shop.hear(payment, "charge.dispute.created")
    assert ReviewItem.objects.filter(kind=ReviewItem.Kind.DISPUTE).exists()
    assert not shop.events(payment).filter(state=State.PARKED).exists()
