"""A merchant's side of the M-Pesa simulator: the adapter, telephones, and messages as they arrive."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from freehold.adapters.payments.mpesa import MpesaProvider, MpesaSettings
from freehold.domain.money import Money
from freehold.ports.payment_gateway import (
    CreatePayment,
    Hint,
    Inbound,
    Payer,
    PaymentProvider,
    PaymentSnapshot,
    PayoutRequest,
    ProviderEvent,
    ProviderRef,
    RefundRequest,
)
from freehold.ports.token_store import AccessToken, TokenStore
from tests.simulators.mpesa_process import KEYS, SHORTCODE, MpesaProcess
from tests.simulators.process import Heard, Listener, eventually
from tests.support.memory_tokens import MemoryTokens

_phones = itertools.count(254712000001)


FAULTS = {"create_payment": "push", "get_payment": "push_query", "create_payout": "b2c"}
TOLD_AT_ONCE = frozenset({"pay", "decline"})


class CountedTokens(MemoryTokens):
    """Knows how often a token was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.renewals = 0

    def token(self, key: str, renew: Callable[[AccessToken | None], AccessToken]) -> AccessToken:
        def counted(old: AccessToken | None) -> AccessToken:
            self.renewals += 1
            return renew(old)

        return super().token(key, counted)


class HearingProvider(MpesaProvider):
    """Fetches as the rooms do: with what messages told. And every order has a telephone of its own."""

    def __init__(self, settings: MpesaSettings, tokens: TokenStore, listener: Listener) -> None:
        super().__init__(settings, tokens)
        self._listener = listener

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        return super().create_payment(replace(req, payer=replace(req.payer, phone_e164=new_phone())))

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        for heard in self._listener.about(ref.extra.get("notify_url", "")):
            hint = self.parse_inbound(as_inbound(heard)).events[0].hint
            if isinstance(hint, PaymentSnapshot) and hint.ref.object_id == ref.object_id:
                ref = merged(ref, hint)
        return super().fetch_payment(ref)


class MpesaRig:
    def __init__(self, simulator: MpesaProcess, listener: Listener, *, hears: bool = False) -> None:
        self.simulator = simulator
        self._hears = hears
        self._listener = listener
        self.tokens = CountedTokens()
        self.account_url = listener.new_address()
        self.settings = MpesaSettings(
            base_url=simulator.url,
            shortcode=SHORTCODE,
            consumer_key=KEYS["CONSUMER_KEY"],
            consumer_secret=KEYS["CONSUMER_SECRET"],
            passkey=KEYS["PASSKEY"],
            initiator=KEYS["INITIATOR"],
            initiator_password=KEYS["INITIATOR_PASSWORD"],
            certificate=simulator.certificate(),
            notify_url=self.account_url,
            read_timeout_s=10,
        )
        self.provider: PaymentProvider = self.with_settings()
        self.currency = "KES"
        self.amounts = [Money(100, "KES"), Money(750_000, "KES"), Money(25_000_000, "KES")]
        self.deeds = frozenset({"pay", "decline", "duplicate_webhook"})
        self.destinations = {"owner": {"msisdn": "0712345678"}}
        self.operations = frozenset(FAULTS)

    def with_settings(self, **changes: Any) -> MpesaProvider:
        settings = replace(self.settings, **changes)
        if self._hears:
            return HearingProvider(settings, self.tokens, self._listener)
        return MpesaProvider(settings, self.tokens)

    def impatient(self) -> PaymentProvider:
        return self.with_settings(read_timeout_s=0.4)

    def unreachable(self) -> PaymentProvider:
        return self.with_settings(base_url="http://127.0.0.1:9")

    def wrong_key(self) -> PaymentProvider:
        return self.with_settings(consumer_key="wrong")

    def act(self, payment: PaymentSnapshot, deed: str, **details: str) -> None:
        self.simulator.press(payment.ref.object_id, deed, **details)
        if deed in TOLD_AT_ONCE:
            name, url = payment.ref.object_id.encode(), payment.ref.extra["notify_url"]
            eventually(lambda: any(name in heard.body for heard in self._listener.about(url)))

    def trouble(self, operation: str, kind: str, *, executed: bool = False) -> None:
        self.simulator.fault(FAULTS[operation], kind, executed=executed)

    def new_notify_url(self) -> str:
        return self._listener.new_address()

    def arrived(self, notify_url: str, count: int = 1) -> list[Inbound]:
        return [as_inbound(heard) for heard in self._listener.wait(notify_url, count)]

    def event(self, notify_url: str, count: int = 1) -> ProviderEvent:
        """What the message with this number, counted from one, is read as."""
        (event,) = self.provider.parse_inbound(self.arrived(notify_url, count)[count - 1]).events
        return event

    # --- what a merchant does -----------------------------------------------------------------------------

    def pushed(self, notify_url: str, **changes: Any) -> PaymentSnapshot:
        return self.provider.create_payment(new_order(notify_url, **changes))

    def paid(self, notify_url: str, **changes: Any) -> PaymentSnapshot:
        """Pushed, approved, heard of and verified."""
        created = self.pushed(notify_url, **changes)
        self.simulator.press(created.ref.object_id, "pay")
        return self.provider.fetch_payment(merged(created.ref, self.event(notify_url).hint))


def merged(ref: ProviderRef, hint: Hint | None) -> ProviderRef:
    """What a fetch is given after an untrusted event: the hint's words over what is stored."""
    assert isinstance(hint, PaymentSnapshot)
    return ProviderRef(ref.object_id or hint.ref.object_id, ref.charge_id, {**ref.extra, **hint.ref.extra})


def as_inbound(heard: Heard, **changes: Any) -> Inbound:
    parts = urlsplit(heard.path)
    inbound = Inbound(
        method="POST",
        path=parts.path,
        query=dict(parse_qsl(parts.query)),
        headers=heard.headers,
        body=heard.body,
        remote_ip="127.0.0.1",
        token_ok=True,
        received_at=heard.at,
    )
    return replace(inbound, **changes)


def new_phone() -> str:
    """A telephone of its own for every payment: one that shows a prompt is locked for others."""
    return f"+{next(_phones)}"


def new_order(notify_url: str, **changes: Any) -> CreatePayment:
    order = CreatePayment(
        payment_id=str(uuid4()),
        attempt=1,
        reference="FH-7K2Q9M",
        amount=Money(750_000, "KES"),
        description="Two nights in Diani, sea view",
        payer=Payer(email="guest@example.com", name="Ada Guest", phone_e164=new_phone()),
        return_url="http://127.0.0.1:9/back",
        notify_url=notify_url,
        expires_at=datetime.now(UTC) + timedelta(minutes=15),
    )
    return replace(order, **changes)


def new_refund(payment: PaymentSnapshot, minor: int) -> RefundRequest:
    return RefundRequest(refund_id=str(uuid4()), ref=payment.ref, amount=Money(minor, "KES"), reason="cancelled")


def new_payout(notify_url: str, **changes: Any) -> PayoutRequest:
    request = PayoutRequest(
        payout_id=str(uuid4()),
        purpose="owner_payout",
        amount=Money(3_000_000, "KES"),
        destination={"msisdn": "0712345678"},
        description="November",
        notify_url=notify_url,
    )
    return replace(request, **changes)
