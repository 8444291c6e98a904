"""Messages to an address that names a provider alone: believed when signed, by whichever account signed them."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from freehold.adapters.payments.bkash import BkashProvider
from freehold.adapters.payments.practice_payer import SimulatorPayer
from freehold.adapters.payments.stripe import CONNECTOR, StripeProvider, StripeSettings
from freehold.companies.models import Company
from freehold.config.wiring import wire
from freehold.core import outbox, outside
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import GatewayAccount, GatewayEvent, Payment
from freehold.payments.services.connect_account import connect_account
from freehold.payments.services.receive_at_fixed_address import receive_at_fixed_address
from freehold.payments.services.rehearse_payment import rehearse_payment
from freehold.payments.services.start_payment import start_payment
from freehold.ports.payment_gateway import Ack, Inbound, Payer, Retryable
from tests.apps.payments.builders import a_folio, a_payment
from tests.apps.payments.shop import SYSTEM, reload
from tests.contract.bkash_rig import settings_for
from tests.factories import CompanyFactory, MembershipFactory
from tests.simulators.bkash_process import BkashProcess
from tests.simulators.stripe_process import API_KEY, StripeProcess
from tests.support.duel import duel

pytestmark = pytest.mark.django_db(transaction=True)

HOUSE, OWN = "whsec_house", "whsec_own"


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeProvider]:
    """The installation's own account at Stripe, and nothing else anywhere."""
    monkeypatch.setattr(outside, "_gateways", {})
    settings = StripeSettings(account="house", secret_key="sk_test_house", webhook_secrets=(HOUSE,))
    gateway = StripeProvider(settings)
    outside.bind_payment_gateway(gateway, livemode=False)
    outside.bind_connector(CONNECTOR)
    yield gateway
    wire()


def own_account(company: Company, account: str = "acct_own", secret: str = OWN) -> GatewayAccount:
    return connect_account(
        actor=Actor.of(MembershipFactory(company=company, role="admin").user),
        company_id=company.pk,
        provider="stripe",
        account=account,
        values={"secret_key": "sk_test_own", "webhook_secret": secret},
        livemode=False,
    )


def asked(company: Company | None = None, account: str = "house") -> Payment:
    """An attempt that waits for its payer."""
    folio = a_folio(54_000, company=company)
    return a_payment(
        folio,
        received=0,
        provider="stripe",
        account=account,
        state=PaymentState.PENDING,
        object_id=f"pi_{folio.pk.hex}",
    )


def message(payment: Payment, secret: str | None, **changes: Any) -> Inbound:
    """What Stripe says when the payer has paid; computed by Stripe's own client."""
    intent = {
        "object": "payment_intent",
        "id": payment.object_id,
        "amount": 54_000,
        "amount_received": 54_000,
        "currency": "usd",
        "status": "succeeded",
        "latest_charge": f"ch_{payment.pk.hex}",
        "created": 1,
        "metadata": {"payment_id": str(payment.pk)},
    }
    now = int(time.time())
    event = {"id": f"evt_{payment.pk.hex}", "object": "event", "type": "payment_intent.succeeded", "created": now}
    body = json.dumps({**event, "livemode": False, "data": {"object": intent}}).encode()
    signed = {} if secret is None else {"stripe-signature": _signature(body, secret, now)}
    return inbound(body, **{"headers": signed, **changes})


def _signature(body: bytes, secret: str, at: int) -> str:
    return str(stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at))


def inbound(body: bytes, **changes: Any) -> Inbound:
    usual: dict[str, Any] = {
        "method": "POST",
        "path": "/api/payments/webhook/stripe/",
        "query": {},
        "headers": {},
        "body": body,
        "remote_ip": "127.0.0.1",
        "token_ok": False,
        "received_at": datetime.now(UTC),
    }
    return Inbound(**{**usual, **changes})


def receive(said: Inbound, provider: str = "stripe") -> Ack:
    return receive_at_fixed_address(provider=provider, inbound=said)


def work() -> None:
    while outbox.deliver_due(worker_id="test"):
        pass


@pytest.mark.usefixtures("house")
class TestSigned:
    def test_a_good_signature_alone_makes_the_payment_paid(self) -> None:
        payment = asked()
        assert receive(message(payment, HOUSE)).status == 200
        work()
        assert reload(payment).state == PaymentState.PAID
        assert reload(payment).received_minor == 54_000

    def test_the_account_that_signed_it_takes_it(self) -> None:
        company = CompanyFactory()
        own_account(CompanyFactory(), "acct_other", "whsec_other")
        own_account(company)
        payment = asked(company, "acct_own")
        receive(message(payment, OWN))
        work()
        event = GatewayEvent.objects.get()
        assert (event.account, event.company_id) == ("acct_own", company.pk)
        assert reload(payment).state == PaymentState.PAID

    def test_what_one_account_signed_pays_nothing_at_another(self) -> None:
        own_account(CompanyFactory())
        payment = asked()
        receive(message(payment, OWN))
        work()
        assert reload(payment).state == PaymentState.PENDING

    def test_an_account_that_is_switched_off_still_hears_of_its_money(self) -> None:
        company = CompanyFactory()
        row = own_account(company)
        GatewayAccount.objects.company(company.pk).filter(pk=row.pk).update(is_enabled=False)
        payment = asked(company, "acct_own")
        receive(message(payment, OWN))
        work()
        assert reload(payment).state == PaymentState.PAID

    def test_ten_deliveries_five_at_once_are_one_event(self) -> None:
        said = message(asked(), HOUSE)
        for _ in range(2):
            assert all(outcome.won for outcome in duel(*[lambda: receive(said)] * 5))
        assert GatewayEvent.objects.count() == 1

    def test_an_account_whose_secrets_do_not_open_keeps_no_other_from_its_messages(self) -> None:
        company = CompanyFactory()
        own_account(company).secrets.update(sealed="broken")
        payment = asked()
        receive(message(payment, HOUSE))
        work()
        assert reload(payment).state == PaymentState.PAID


@pytest.mark.usefixtures("house")
class TestRefused:
    @pytest.mark.parametrize("forgery", ["wrong secret", "no signature", "another body", "too old", "no provider"])
    def test_what_nobody_signed_changes_nothing(self, forgery: str) -> None:
        payment = asked()
        good = message(payment, HOUSE)
        said = {
            "wrong secret": message(payment, "whsec_guessed"),
            "no signature": message(payment, None),
            "another body": inbound(good.body.replace(b"54000", b"99000"), headers=good.headers),
            "too old": message(payment, HOUSE, received_at=datetime.fromtimestamp(time.time() + 900, UTC)),
            "no provider": good,
        }[forgery]
        with pytest.raises(BadInput) as refused:
            receive(said, "razorpay" if forgery == "no provider" else "stripe")
        assert refused.value.code == "bad_signature"
        assert not GatewayEvent.objects.exists()
        assert reload(payment).state == PaymentState.PENDING

    def test_what_cannot_be_checked_now_comes_again(
        self, house: StripeProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def parse(said: Inbound) -> None:
            raise Retryable("no certificate")

        monkeypatch.setattr(StripeProvider, "parse_inbound", lambda self, said: parse(said))
        with pytest.raises(TemporarilyUnavailable):
            receive(message(asked(), HOUSE))
        assert not GatewayEvent.objects.exists()


# --- unsigned, in a demonstration --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bkash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BkashProcess]:
    with BkashProcess(tmp_path_factory.mktemp("bkash")) as process:
        yield process


@pytest.fixture(scope="module")
def stripes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeProcess]:
    with StripeProcess(tmp_path_factory.mktemp("stripe")) as process:
        yield process


@pytest.fixture
def at_bkash(bkash: BkashProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[BkashProcess]:
    monkeypatch.setattr(outside, "_gateways", {})
    outside.bind_payment_gateway(BkashProvider(settings_for(bkash), outside.token_store()), livemode=False)
    outside.bind_practice_payer("bkash", SimulatorPayer(bkash.url))
    yield bkash
    wire()


def begin(provider: str, currency: str, amount: int = 54_000) -> Payment:
    return start_payment(
        actor=SYSTEM,
        folio_id=a_folio(amount, currency=currency).pk,
        provider=provider,
        amount=Money(amount, currency),
        return_url="http://127.0.0.1:9/back",
        reference="FH7K2Q9M",
        description="Booking FH-7K2Q9M",
        payer_id=None,
        payer=Payer(email="ada@guests.example"),
        expires_at=datetime.fromtimestamp(time.time() + 900, UTC),
    )


def rehearse(payment: Payment, *, pays: bool, **options: Any) -> Payment:
    wanted = {"provider": payment.provider, "folio_id": payment.folio_id, **options}
    return rehearse_payment(actor=SYSTEM, pays=pays, **wanted)


class TestAtBkash:
    def test_success_is_approved_and_executed_at_the_simulator_once(self, at_bkash: BkashProcess) -> None:
        payment = begin("bkash", "BDT")
        assert rehearse(payment, pays=True).state == PaymentState.PAID
        assert rehearse(payment, pays=True, named=payment.object_id).received_minor == 54_000
        assert at_bkash.row("payment", id=payment.object_id)["status"] == "completed"

    def test_failure_takes_nothing_there_either_and_another_attempt_may_follow(self, at_bkash: BkashProcess) -> None:
        payment = begin("bkash", "BDT")
        assert rehearse(payment, pays=False).state == PaymentState.FAILED
        assert rehearse(payment, pays=False).state == PaymentState.FAILED
        assert at_bkash.row("payment", id=payment.object_id)["status"] == "failed"
        with pytest.raises(Conflict, match="Begin another"):
            rehearse(payment, pays=True)

    def test_without_an_attempt_there_is_nothing_to_rehearse(self, at_bkash: BkashProcess) -> None:
        with pytest.raises(BadInput) as refused:
            rehearse_payment(actor=SYSTEM, provider="bkash", folio_id=a_folio(1).pk, pays=True)
        assert refused.value.code == "no_payment"

    def test_a_simulator_that_is_gone_changes_nothing(self, at_bkash: BkashProcess) -> None:
        payment = begin("bkash", "BDT")
        outside.bind_practice_payer("bkash", SimulatorPayer("http://127.0.0.1:9"))
        with pytest.raises(TemporarilyUnavailable):
            rehearse(payment, pays=True)
        assert reload(payment).state == PaymentState.PENDING

    def test_nowhere_else_is_an_unsigned_word_taken(
        self, at_bkash: BkashProcess, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        payment = begin("bkash", "BDT")
        monkeypatch.setattr(outside, "_practice_payers", {})
        with pytest.raises(BadInput) as refused:
            rehearse(payment, pays=True)
        assert refused.value.code == "bad_signature"
        assert reload(payment).state == PaymentState.PENDING


class TestAtStripe:
    @pytest.fixture(params=["checkout", "intent"])
    def account(
        self, request: pytest.FixtureRequest, stripes: StripeProcess, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[StripeProcess]:
        monkeypatch.setattr(outside, "_gateways", {})
        stripes.close_endpoints()
        settings = StripeSettings(
            account="house",
            secret_key=API_KEY,
            webhook_secrets=(HOUSE,),
            base_url=stripes.url,
            mode=request.param,
            publishable_key="pk_test_fortests",
        )
        outside.bind_payment_gateway(StripeProvider(settings), livemode=False)
        outside.bind_practice_payer("stripe", SimulatorPayer(stripes.url))
        yield stripes
        wire()

    def test_success_is_paid_on_the_payers_page(self, account: StripeProcess) -> None:
        assert rehearse(begin("stripe", "USD"), pays=True).state == PaymentState.PAID

    def test_failure_is_declined_and_ends_the_attempt(self, account: StripeProcess) -> None:
        payment = rehearse(begin("stripe", "USD"), pays=False)
        assert payment.state in (PaymentState.CANCELLED, PaymentState.EXPIRED, PaymentState.FAILED)
        assert payment.received_minor == 0

    def test_a_companys_own_account_is_no_stage(self, account: StripeProcess) -> None:
        payment = begin("stripe", "USD")
        Payment.objects.company(payment.company_id).filter(pk=payment.pk).update(account="acct_own")
        with pytest.raises(BadInput) as refused:
            rehearse(payment, pays=True)
        assert refused.value.code == "bad_signature"
