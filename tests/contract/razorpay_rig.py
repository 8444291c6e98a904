"""Razorpay's rig: its simulator, which sends the webhooks of one account to the address that was asked for last."""

import json
from dataclasses import replace

from freehold.adapters.payments.razorpay import RazorpayProvider, RazorpaySettings
from freehold.domain.money import Money
from freehold.ports.payment_gateway import Inbound, PaymentProvider, PaymentSnapshot
from tests.contract.provider_rig import as_inbound
from tests.simulators.process import Heard, Listener, eventually
from tests.simulators.razorpay_process import (
    ACCOUNT,
    KEY_ID,
    KEY_SECRET,
    PAYOUT_ACCOUNT,
    WEBHOOK_SECRET,
    RazorpayProcess,
)

FAULTS = {
    "create_payment": "create_order",
    "get_payment": "get_order",
    "create_refund": "create_refund",
    "create_payout": "create_payout",
}
ON_THE_WAY = frozenset({"payment.authorized", "payment.captured", "refund.created", "payout.initiated"})
"""What Razorpay tells before the event that says how it ended."""


def settings_for(simulator: RazorpayProcess) -> RazorpaySettings:
    return RazorpaySettings(
        account="house",
        key_id=KEY_ID,
        key_secret=KEY_SECRET,
        webhook_secrets=(WEBHOOK_SECRET,),
        merchant_id=ACCOUNT,
        payout_account=PAYOUT_ACCOUNT,
        currencies=frozenset({"INR", "USD", "JPY", "KWD"}),
        base_url=simulator.url,
        checkout_url=f"{simulator.url}/checkout",
    )


class RazorpayRig:
    def __init__(self, simulator: RazorpayProcess, listener: Listener) -> None:
        self.simulator = simulator
        self._listener = listener
        self.settings = settings_for(simulator)
        self.provider: PaymentProvider = RazorpayProvider(self.settings)
        self.currency = "INR"
        self.amounts = [Money(7_500, "JPY"), Money(12_340, "KWD"), Money(99, "USD"), Money(10_050, "INR")]
        self.deeds = frozenset(
            {"pay", "decline", "pay_twice", "wrong_amount", "duplicate_webhook", "refund_fails_later", "refund_events"}
        )
        self.destinations = {word: {"acct": f"fa_{word}"} for word in ("owner", "reject", "bounce")}
        self.operations = frozenset(FAULTS)

    def impatient(self) -> PaymentProvider:
        return RazorpayProvider(replace(self.settings, read_timeout_s=0.4))

    def unreachable(self) -> PaymentProvider:
        return RazorpayProvider(replace(self.settings, base_url="http://127.0.0.1:9"))

    def wrong_key(self) -> PaymentProvider:
        return RazorpayProvider(replace(self.settings, key_secret="wrong"))

    def new_notify_url(self) -> str:
        return self.simulator.listen(self._listener)

    def act(self, payment: PaymentSnapshot, deed: str, **details: str) -> None:
        self.simulator.act(payment.ref.object_id, deed, **{name: float(value) for name, value in details.items()})

    def arrived(self, notify_url: str, count: int = 1) -> list[Inbound]:
        def look() -> list[Heard] | None:
            heard = [one for one in self._listener.about(notify_url) if event_name(one.body) not in ON_THE_WAY]
            return heard if len(heard) >= count else None

        heard = eventually(look) if count else look()
        return [as_inbound(one) for one in heard or ()]

    def everything(self, notify_url: str, count: int) -> list[Inbound]:
        """Also what is told on the way."""
        return [as_inbound(one) for one in self._listener.wait(notify_url, count)]

    def trouble(self, operation: str, kind: str, *, executed: bool = False) -> None:
        self.simulator.fault(FAULTS.get(operation, operation), kind, executed=executed)


def event_name(body: bytes) -> str:
    return str(json.loads(body)["event"])
