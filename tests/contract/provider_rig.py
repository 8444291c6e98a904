"""What a contract test needs beside a provider: somebody who pays, webhooks that arrive, and trouble on request.

A further provider joins the contract by a further rig: a class like `SandboxRig`, a fixture `<name>_rig` in the
conftest, and its name in `RIGS`. What its vendor cannot do is left out of `deeds`, `destinations` or the provider's
capabilities, and the tests about it are skipped.
"""

from collections.abc import Callable, Mapping, Sequence
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
    ProviderEvent,
    RefundRequest,
)
from tests.simulators.sandbox_process import API_KEY, SECRET, Heard, Listener, SandboxProcess, eventually

RIGS = ["sandbox", "razorpay", "bkash", "mpesa", "stripe", "stripe_intent"]

OPERATIONS = (
    "create_payment",
    "get_payment",
    "cancel_payment",
    "capture_payment",
    "create_refund",
    "create_payout",
)
"""Where the tests ask for trouble."""


class Rig(Protocol):
    provider: PaymentProvider
    currency: str  # of the usual order: 540.00 of it
    amounts: Sequence[Money]  # that this provider must carry exactly, in currencies of every kind that it takes
    deeds: frozenset[str]  # what `act` can do; and "refund_events" where refunds are announced
    destinations: Mapping[str, Mapping[str, str]]  # of payouts: "owner" is paid, "reject" fails, "bounce" comes back
    operations: frozenset[str]  # of OPERATIONS, where `trouble` can be had

    def impatient(self) -> PaymentProvider:
        """The same account behind a client that gives up quickly."""
        ...

    def unreachable(self) -> PaymentProvider:
        """The same account at an address where nobody listens."""
        ...

    def wrong_key(self) -> PaymentProvider: ...
    def new_notify_url(self) -> str: ...

    def act(self, payment: PaymentSnapshot, deed: str, **details: str) -> None:
        """The payer acts: pay, decline, pay_twice, wrong_amount, duplicate_webhook, refund_fails_later."""
        ...

    def arrived(self, notify_url: str, count: int = 1) -> list[Inbound]:
        """What the provider has sent about this order or payout, in order, once there are at least `count`."""
        ...

    def trouble(self, operation: str, kind: str, *, executed: bool = False) -> None: ...


class SandboxRig:
    def __init__(self, sandbox: SandboxProcess, listener: Listener) -> None:
        self._sandbox = sandbox
        self._listener = listener
        self._settings = SandboxSettings(
            base_url=sandbox.url, api_key=API_KEY, webhook_secrets=(SECRET,), read_timeout_s=10
        )
        self.provider: PaymentProvider = SandboxProvider(self._settings)
        self.currency = "USD"
        self.amounts = [Money(7_500, "JPY"), Money(12_340, "KWD"), Money(99, "USD"), Money(10_050, "KES")]
        self.deeds = frozenset(
            {"pay", "decline", "pay_twice", "wrong_amount", "duplicate_webhook", "refund_fails_later", "refund_events"}
        )
        self.destinations = {word: {"acct": word} for word in ("owner", "reject", "bounce")}
        self.operations = frozenset(OPERATIONS)

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


def usual_order(rig: Rig, notify_url: str, **changes: Any) -> CreatePayment:
    return new_order(notify_url, **{"amount": Money(54_000, rig.currency), **changes})


def new_order(notify_url: str, **changes: Any) -> CreatePayment:
    order = CreatePayment(
        payment_id=str(uuid4()),
        attempt=1,
        reference="FH-7K2Q9M",
        amount=Money(54_000, "USD"),
        description="Two nights in Back Bay",
        payer=Payer(email="guest@example.com", phone_e164="+254712345678", name="Ada Guest"),
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


def usual_payout(rig: Rig, notify_url: str, destination: str) -> PayoutRequest:
    return PayoutRequest(
        payout_id=str(uuid4()),
        purpose="owner_payout",
        amount=Money(30_000, rig.currency),
        destination=rig.destinations[destination],
        description="November",
        notify_url=notify_url,
    )


def event_about(
    rig: Rig, notify_url: str, subject: str, fits: Callable[[ProviderEvent], bool] = lambda event: True
) -> ProviderEvent:
    """The first event about `subject` that fits, as the provider reads it. Waits for it."""

    def look() -> ProviderEvent | None:
        events = (rig.provider.parse_inbound(one).events for one in rig.arrived(notify_url, 0))
        return next((each for several in events for each in several if each.subject == subject and fits(each)), None)

    event = eventually(look)
    assert event is not None
    return event
