"""Stripe's rig: the simulator, and a webhook endpoint of its own for every test."""

from dataclasses import replace
from typing import Literal

from freehold.adapters.payments.stripe import StripeProvider, StripeSettings
from freehold.domain.money import Money
from freehold.ports.payment_gateway import Inbound, PaymentProvider, PaymentSnapshot
from tests.contract.provider_rig import OPERATIONS, as_inbound
from tests.simulators.process import Listener
from tests.simulators.stripe_process import API_KEY, StripeProcess

CHECKOUT = {
    "create_payment": "create_checkout_session",
    "get_payment": "get_checkout_session",
    "cancel_payment": "expire_checkout_session",
    "create_refund": "create_refund",
    "create_payout": "create_transfer",
}
INTENT = {
    **CHECKOUT,
    "create_payment": "create_payment_intent",
    "get_payment": "get_payment_intent",
    "cancel_payment": "cancel_payment_intent",
    "capture_payment": "capture_payment_intent",
}


class StripeRig:
    def __init__(
        self, simulator: StripeProcess, listener: Listener, *, mode: Literal["checkout", "intent"] = "checkout"
    ) -> None:
        self.simulator = simulator
        self._listener = listener
        self._names = CHECKOUT if mode == "checkout" else INTENT
        self.address = listener.new_address()
        simulator.close_endpoints()
        self.secret = simulator.endpoint(self.address)
        self.settings = StripeSettings(
            account="house",
            secret_key=API_KEY,
            publishable_key="pk_test_fortests",
            webhook_secrets=(self.secret,),
            mode=mode,
            base_url=simulator.url,
        )
        self.provider: PaymentProvider = StripeProvider(self.settings)
        self.currency = "USD"
        self.amounts = [
            *[Money(7_500, "JPY"), Money(12_340, "KWD"), Money(99, "USD"), Money(10_050, "KES")],
            *[Money(1_500, "ISK"), Money(50_000, "UGX"), Money(10_000, "MGA")],
        ]
        self.deeds = frozenset({"pay", "decline", "duplicate_webhook", "refund_fails_later", "refund_events"})
        self.destinations = {
            "owner": {"acct": "acct_owner"},
            "reject": {"external_account": "ba_fail"},
            "bounce": {"acct": "acct_bounce"},
        }
        self.operations = frozenset(OPERATIONS) & self._names.keys()

    def impatient(self) -> PaymentProvider:
        return StripeProvider(replace(self.settings, read_timeout_s=0.3))

    def unreachable(self) -> PaymentProvider:
        return StripeProvider(replace(self.settings, base_url="http://127.0.0.1:9"))

    def wrong_key(self) -> PaymentProvider:
        return StripeProvider(replace(self.settings, secret_key="sk_test_wrong"))

    def new_notify_url(self) -> str:
        """Stripe knows endpoints of an account, and none of a payment."""
        return self.address

    def page(self, payment: PaymentSnapshot) -> str:
        """Where the payer chooses: Stripe's page, or the one that the script in ours leads to."""
        action = payment.next_action
        if action.kind == "redirect":
            return str(action.url)
        secret = action.client["client_secret"]
        return f"{self.simulator.url}/pay/{payment.ref.object_id}?client_secret={secret}&return_url=http://127.0.0.1:9/"

    def act(self, payment: PaymentSnapshot, deed: str, **details: str) -> None:
        answer = self.simulator.press(self.page(payment), deed, **details)
        assert answer.status_code == 303, answer.text

    def arrived(self, notify_url: str, count: int = 1) -> list[Inbound]:
        return [as_inbound(heard) for heard in self._listener.wait(notify_url, count)]

    def trouble(self, operation: str, kind: str, *, executed: bool = False) -> None:
        self.simulator.fault(self._names[operation], kind, executed=executed)
