"""What a contract test needs beside a provider: somebody who pays, webhooks that arrive, and trouble on request.

A further provider joins the contract by a further rig.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from freehold.adapters.payments.sandbox import SandboxProvider, SandboxSettings
from freehold.domain.money import Money
from freehold.ports.payment_gateway import (
    CreatePayment,
    Inbound,
    Payer,
    PaymentProvider,
    PaymentSnapshot,
    PayoutRequest,
    RefundRequest,
)
from tests.simulators.sandbox_process import API_KEY, SECRET, Heard, Listener, SandboxProcess


class Rig(Protocol):
    provider: PaymentProvider

    def impatient(self) -> PaymentProvider:
        """The same account behind a client that gives up quickly."""
        ...

    def unreachable(self) -> PaymentProvider:
        """The same account at an address where nobody listens."""
        ...

    def wrong_key(self) -> PaymentProvider: ...
    def new_notify_url(self) -> str: ...

    def act(self, payment: PaymentSnapshot, deed: str, **details: str) -> None:
        """The payer acts: pay, decline, pay_twice, refund_fails_later."""
        ...

    def arrived(self, notify_url: str, count: int = 1) -> list[Inbound]: ...
    def trouble(self, operation: str, kind: str, *, executed: bool = False) -> None: ...


class SandboxRig:
    def __init__(self, sandbox: SandboxProcess, listener: Listener) -> None:
        self._sandbox = sandbox
        self._listener = listener
        self._settings = SandboxSettings(
            base_url=sandbox.url, api_key=API_KEY, webhook_secrets=(SECRET,), read_timeout_s=10
        )
        self.provider: PaymentProvider = SandboxProvider(self._settings)

    def impatient(self) -> PaymentProvider:
        return SandboxProvider(replace(self._settings, read_timeout_s=0.3))

    def unreachable(self) -> PaymentProvider:
        return SandboxProvider(replace(self._settings, base_url="http://127.0.0.1:9"))

    def wrong_key(self) -> PaymentProvider:
        return SandboxProvider(replace(self._settings, api_key="sk_wrong"))

    def new_notify_url(self) -> str:
        return self._listener.new_address()

    def act(self, payment: PaymentSnapshot, deed: str, **details: str) -> None:
        assert payment.next_action.url is not None
        data = {"scenario": deed, **details}
        answer = httpx.post(payment.next_action.url, data=data, trust_env=False)
        assert answer.status_code == 303, answer.text

    def arrived(self, notify_url: str, count: int = 1) -> list[Inbound]:
        return [as_inbound(heard) for heard in self._listener.wait(notify_url, count)]

    def trouble(self, operation: str, kind: str, *, executed: bool = False) -> None:
        self._sandbox.fault(operation, kind, executed=executed)


def as_inbound(heard: Heard, **changes: Any) -> Inbound:
    inbound = Inbound(
        method="POST",
        path=urlsplit(heard.path).path,
        query={},
        headers=heard.headers,
        body=heard.body,
        remote_ip="127.0.0.1",
        token_ok=True,
        received_at=heard.at,
    )
    return replace(inbound, **changes)


def new_order(notify_url: str, **changes: Any) -> CreatePayment:
    order = CreatePayment(
        payment_id=str(uuid4()),
        attempt=1,
        reference="FH-7K2Q9M",
        amount=Money(54_000, "USD"),
        description="Two nights in Back Bay",
        payer=Payer(email="guest@example.com", name="Ada Guest"),
        return_url="http://127.0.0.1:9/back",
        notify_url=notify_url,
        expires_at=datetime.now(UTC) + timedelta(minutes=15),
        metadata={"merchant": "Beacon Hill Stays"},
    )
    return replace(order, **changes)


def new_refund(payment: PaymentSnapshot, minor: int) -> RefundRequest:
    assert payment.amount is not None
    amount = Money(minor, payment.amount.currency)
    return RefundRequest(refund_id=str(uuid4()), ref=payment.ref, amount=amount, reason="cancelled by guest")


def new_payout(notify_url: str, destination: Mapping[str, str]) -> PayoutRequest:
    return PayoutRequest(
        payout_id=str(uuid4()),
        purpose="owner_payout",
        amount=Money(30_000, "USD"),
        destination=destination,
        description="November",
        notify_url=notify_url,
    )
