"""A shop that is paid by M-Pesa: the simulator's messages come to our site over HTTP, and the books follow."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from freehold.adapters.payments.mpesa import CONNECTOR, MpesaProvider, MpesaSettings
from freehold.core import clock, outside
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.payments.models import GatewayEvent, Payment
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.refresh_refund import refresh_refund
from freehold.payments.services.start_payment import start_payment
from freehold.ports.payment_gateway import Payer
from tests.apps.payments.builders import a_folio
from tests.apps.payments.shop import SYSTEM, Shop, open_reviews, reload
from tests.contract.mpesa_rig import new_phone
from tests.simulators.conftest import mpesa_simulator
from tests.simulators.mpesa_process import KEYS, SHORTCODE, MpesaProcess
from tests.simulators.process import eventually
from tests.support.memory_tokens import MemoryTokens

__all__ = ["mpesa_simulator"]

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 30.0
ASKED = Money(750_000, "KES")


class MpesaShop:
    def __init__(self, shop: Shop, simulator: MpesaProcess) -> None:
        self.shop = shop
        self.simulator = simulator
        self._settings: dict[str, Any] = {
            "base_url": simulator.url,
            "shortcode": SHORTCODE,
            "consumer_key": KEYS["CONSUMER_KEY"],
            "consumer_secret": KEYS["CONSUMER_SECRET"],
            "passkey": KEYS["PASSKEY"],
            "initiator": KEYS["INITIATOR"],
            "initiator_password": KEYS["INITIATOR_PASSWORD"],
            "certificate": simulator.certificate(),
        }
        self.use()

    def use(self, **changes: Any) -> None:
        self.shop.use(MpesaProvider(MpesaSettings(**{**self._settings, **changes}), MemoryTokens()))

    def sell(self) -> Payment:
        return start_payment(
            actor=SYSTEM,
            folio_id=a_folio(ASKED.minor, currency="KES").pk,
            provider="mpesa",
            amount=ASKED,
            return_url="http://127.0.0.1:9/back",
            reference="FH7K2Q9M",
            description="Booking FH-7K2Q9M",
            payer_id=None,
            payer=Payer(email="ada@guests.example", phone_e164=new_phone(), name="Ada Guest"),
            expires_at=clock.now() + timedelta(minutes=15),
        )

    def press(self, payment: Payment, deed: str) -> None:
        self.simulator.press(payment.object_id, deed)

    def heard(self, payment: Payment, count: int = 1) -> Payment:
        """Waits until M-Pesa has told so many things about this payment, and lets the worker read them."""
        told = GatewayEvent.objects.filter(path__contains=payment.notify_token)
        assert eventually(lambda: told.count() >= count, within_s=PATIENCE_S)
        self.shop.work()
        return reload(payment)

    def receipts(self, payment: Payment) -> list[str]:
        conversation = payment.provider_extra["conversation"]
        return [row["receipt"] for row in self.simulator.rows("movement", conversation=conversation)]


@pytest.fixture
def mpesa(shop: Shop, mpesa_simulator: MpesaProcess, monkeypatch: pytest.MonkeyPatch) -> MpesaShop:
    monkeypatch.setattr(outside, "_connectors", {CONNECTOR.slug: (CONNECTOR, mpesa_simulator.url)})
    return MpesaShop(shop, mpesa_simulator)


def charges_of(payment: Payment) -> list[tuple[str, int]]:
    return list(payment.charges.values_list("charge_id", "amount_minor"))


def test_a_push_that_is_approved_is_paid_and_announced_once(mpesa: MpesaShop) -> None:
    payment = mpesa.sell()
    assert (payment.state, payment.next_action["kind"]) == (PaymentState.PENDING, "phone_prompt")
    assert "mpesa" not in payment.request["notify_url"], "M-Pesa refuses addresses that name it"
    mpesa.press(payment, "duplicate_webhook")
    payment = mpesa.heard(payment)
    assert payment.state == PaymentState.PAID
    assert charges_of(payment) == [(receipt, ASKED.minor) for receipt in mpesa.receipts(payment)]
    assert [told.amount_minor for told in mpesa.shop.told] == [ASKED.minor]


def test_case_15_a_push_whose_answer_was_lost_is_found_by_its_message(mpesa: MpesaShop) -> None:
    mpesa.use(read_timeout_s=0.5)
    mpesa.simulator.fault("push", "timeout", executed=True)
    payment = mpesa.sell()
    assert (payment.state, payment.object_id) == (PaymentState.UNKNOWN, "")
    assert refresh_payment(payment_id=payment.pk).object_id == "", "no second push while the prompt may live"
    number = payment.request["payer"]["phone_e164"].removeprefix("+")
    mpesa.use()
    mpesa.simulator.press(mpesa.simulator.row("push", phone=number)["id"], "pay")
    payment = mpesa.heard(payment)
    assert (payment.state, payment.received_minor) == (PaymentState.PAID, ASKED.minor)
    assert len(mpesa.simulator.rows("push", phone=number)) == 1
    assert len(charges_of(payment)) == 1


def test_case_35_a_lost_message_is_made_good_by_asking(mpesa: MpesaShop) -> None:
    payment = mpesa.sell()
    assert refresh_payment(payment_id=payment.pk).state == PaymentState.PROCESSING
    mpesa.press(payment, "lost_webhook")
    refresh_payment(payment_id=payment.pk)
    payment = mpesa.heard(payment)
    assert (payment.state, charges_of(payment)) == (PaymentState.PAID, [(mpesa.receipts(payment)[0], ASKED.minor)])


def test_case_36_a_forged_message_pays_nothing(mpesa: MpesaShop) -> None:
    payment = mpesa.sell()
    items = [{"Name": "Amount", "Value": 7500.0}, {"Name": "MpesaReceiptNumber", "Value": "SFAKE00001"}]
    callback = {"CheckoutRequestID": payment.object_id, "ResultCode": 0, "CallbackMetadata": {"Item": items}}
    body = json.dumps({"Body": {"stkCallback": callback}}).encode()
    nobody = httpx.post(f"{mpesa.shop.site_url}/api/v1/paymentcallback/guessed/", content=body, trust_env=False)
    assert nobody.status_code == 404
    known = httpx.post(payment.request["notify_url"], content=body, trust_env=False)
    assert known.status_code == 200
    payment = mpesa.heard(payment)
    assert (payment.state, charges_of(payment), mpesa.shop.told) == (PaymentState.PROCESSING, [], [])


def test_case_36_a_wrong_amount_in_a_message_is_settled_by_m_pesas_books(mpesa: MpesaShop) -> None:
    payment = mpesa.sell()
    mpesa.press(payment, "wrong_amount")
    mpesa.heard(payment)
    payment = mpesa.heard(payment, 2)
    assert (payment.state, payment.received_minor, open_reviews(payment)) == (PaymentState.PAID, ASKED.minor, [])


@pytest.mark.parametrize("minor", [750_000, 250_000], ids=["all", "a part"])
@pytest.mark.parametrize("outcome", ["", "queue_timeout", "lost"], ids=["told", "late", "lost"])
def test_money_goes_back_once_however_it_is_told(mpesa: MpesaShop, minor: int, outcome: str) -> None:
    payment = mpesa.sell()
    mpesa.press(payment, "pay")
    payment = mpesa.heard(payment)
    if outcome:
        mpesa.simulator.plan("reversal" if minor == ASKED.minor else "b2c", outcome, delay_s=0.2)
    refund = mpesa.shop.refund(payment, minor)
    mpesa.shop.work()
    if outcome == "lost":
        eventually(lambda: reload(refund).provider_id)
        refresh_refund(refund_id=refund.pk)

    def settled() -> bool:
        mpesa.shop.work()
        return reload(refund).state == RefundState.SUCCEEDED

    assert eventually(settled, within_s=PATIENCE_S)
    phone = payment.provider_extra["phone"]
    sent = [row["amount"] for row in mpesa.simulator.rows("movement", party=phone) if row["amount"] < 0]
    assert sent == [-minor // 100]
    assert open_reviews(payment) == []
