"""Our client against a Stripe that others wrote: localstripe, as a process of its own.

It knows intents, charges, refunds and signed webhooks, and refuses every parameter that it does not know; so the
creation is stripped to what it takes. It has no Checkout, no idempotency and no check of refunds.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import stripe

from freehold.adapters.payments.stripe import StripeProvider, StripeSettings
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.ports.payment_gateway import BadSignature, CreatePayment, Inbound, PaymentSnapshot
from tests.contract.provider_rig import as_inbound, new_order, new_refund
from tests.simulators.process import Listener, eventually, free_port

SECRET = "whsec_localstripe"
KEY = "sk_test_12345"
PLAIN = {"automatic_payment_methods": None, "description": None}


@dataclass(frozen=True)
class Peer:
    url: str

    def client(self) -> stripe.StripeClient:
        return stripe.StripeClient(KEY, base_addresses={"api": self.url}, max_network_retries=0)

    def provider(self, *, method: str | None = "pm_card_visa", capture: str | None = None) -> StripeProvider:
        extra = {**PLAIN, "payment_method": method, **({"capture_method": capture} if capture else {})}
        return StripeProvider(
            StripeSettings(
                account="peer",
                secret_key=KEY,
                webhook_secrets=(SECRET,),
                mode="intent",
                base_url=self.url,
                extra_create_params=extra,
            )
        )


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def peer(listener: Listener) -> Iterator[Peer]:
    program = shutil.which("localstripe", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None or not _has_ipv6():
        pytest.skip("localstripe cannot start here")
    port = free_port()
    process = subprocess.Popen([program, "--port", str(port), "--from-scratch"], stderr=subprocess.DEVNULL)
    peer = Peer(f"http://127.0.0.1:{port}")
    try:
        eventually(lambda: _answers(peer.url, process), within_s=60)
        yield peer
    finally:
        process.kill()
        process.wait()


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "localstripe stopped by itself"
    try:
        return httpx.get(f"{url}/v1/events", auth=(KEY, ""), trust_env=False).status_code < 500
    except httpx.TransportError:
        return False


@pytest.fixture
def address(peer: Peer, listener: Listener) -> str:
    address = listener.new_address()
    answer = httpx.post(f"{peer.url}/_config/webhooks/ours", data={"url": address, "secret": SECRET}, trust_env=False)
    assert answer.is_success, answer.text
    return address


def order() -> CreatePayment:
    return new_order("http://127.0.0.1:9/hook")


def confirmed(peer: Peer, provider: StripeProvider) -> PaymentSnapshot:
    created = provider.create_payment(order())
    assert created.state is PaymentState.PENDING
    peer.client().v1.payment_intents.confirm(created.ref.object_id)
    return created


def heard(listener: Listener, address: str, type_: str) -> Inbound:
    found = eventually(lambda: [one for one in listener.about(address) if f'"{type_}"' in one.body.decode()])
    return as_inbound(found[0])


def test_a_payment_is_made_told_by_a_signed_event_and_refunded(peer: Peer, listener: Listener, address: str) -> None:
    provider = peer.provider()
    created = confirmed(peer, provider)
    request = heard(listener, address, "payment_intent.succeeded")
    event = provider.parse_inbound(request).events[0]
    paid = provider.fetch_payment(created.ref)
    assert paid.state is PaymentState.PAID
    assert paid.received == Money(54_000, "USD")
    assert isinstance(event.hint, PaymentSnapshot)
    assert (event.object_id, event.hint.state, event.hint.received) == (
        created.ref.object_id,
        paid.state,
        paid.received,
    )
    assert [each.charge_id for each in event.hint.charges] == [paid.ref.charge_id]
    with pytest.raises(BadSignature):
        StripeProvider(
            StripeSettings(account="peer", secret_key=KEY, webhook_secrets=("whsec_other",), base_url=peer.url)
        ).parse_inbound(request)
    refund = provider.refund(new_refund(paid, 14_000))
    assert (refund.state, refund.amount) == (RefundState.SUCCEEDED, Money(14_000, "USD"))
    assert provider.fetch_refund(str(refund.provider_id), paid.ref).state is RefundState.SUCCEEDED
    assert provider.fetch_payment(created.ref).refunded == Money(14_000, "USD")


def test_a_declined_card_leaves_the_payment_open(peer: Peer, listener: Listener, address: str) -> None:
    client = peer.client()
    card = {"number": "4000000000000341", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
    method = client.v1.payment_methods.create({"type": "card", "card": card})
    provider = peer.provider(method=method.id)
    created = provider.create_payment(order())
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.confirm(created.ref.object_id)
    event = provider.parse_inbound(heard(listener, address, "payment_intent.payment_failed")).events[0]
    seen = provider.fetch_payment(created.ref)
    assert (seen.state, seen.error_kind, seen.charges) == (PaymentState.PENDING, "payer", ())
    assert isinstance(event.hint, PaymentSnapshot)
    assert event.hint.state is PaymentState.PENDING


def test_held_money_is_taken(peer: Peer, address: str) -> None:
    provider = peer.provider(capture="manual")
    created = confirmed(peer, provider)
    held = provider.fetch_payment(created.ref)
    assert (held.state, held.received) == (PaymentState.AUTHORIZED, Money(0, "USD"))
    taken = provider.capture_payment(held.ref, Money(54_000, "USD"), "capture:1")
    assert (taken.state, taken.received) == (PaymentState.PAID, Money(54_000, "USD"))


def test_an_open_payment_is_cancelled(peer: Peer, address: str) -> None:
    provider = peer.provider(method=None)
    created = provider.create_payment(order())
    assert provider.cancel_payment(created.ref, "close:1").state is PaymentState.CANCELLED
