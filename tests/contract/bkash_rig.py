"""bKash's rig. What the payer does on bKash's page takes effect when the browser comes back, as it does in earnest."""

from dataclasses import replace

from freehold.adapters.payments.bkash import BkashProvider, BkashSettings
from freehold.domain.money import Money
from freehold.ports.payment_gateway import Inbound, PaymentProvider, PaymentSnapshot
from tests.contract.provider_rig import as_inbound
from tests.simulators.bkash_process import APP_KEY, APP_SECRET, PASSWORD, TOPIC, USERNAME, BkashProcess
from tests.simulators.process import Heard, Listener, eventually
from tests.support.memory_tokens import MemoryTokens

FAULTS = {"create_payment": "create", "get_payment": "query", "create_refund": "refund", "create_payout": "pay_out"}


def settings_for(simulator: BkashProcess) -> BkashSettings:
    return BkashSettings(
        origin=simulator.url,
        sns_origin=simulator.url,
        username=USERNAME,
        password=PASSWORD,
        app_key=APP_KEY,
        app_secret=APP_SECRET,
        account="house",
        topics=(TOPIC,),
    )


class BkashRig:
    def __init__(self, simulator: BkashProcess, listener: Listener) -> None:
        self.simulator = simulator
        self.listener = listener
        self.settings = settings_for(simulator)
        self.tokens = MemoryTokens()
        self.bkash = BkashProvider(self.settings, self.tokens)
        self.provider: PaymentProvider = self.bkash
        self.currency = "BDT"
        self.amounts = [Money(100, "BDT"), Money(10_050, "BDT"), Money(75_000_099, "BDT")]
        # That a payer failed is told to the browser only, and a payment serves one execution.
        self.deeds = frozenset({"pay", "wrong_amount", "duplicate_webhook"})
        self.destinations: dict[str, dict[str, str]] = {}
        self.operations = frozenset({"create_payment", "create_refund", "get_payment"})

    def impatient(self) -> BkashProvider:
        """Authorised already: what it loses patience with is the call itself."""
        return self.like(read_timeout_s=0.5)

    def like(self, **changes: object) -> BkashProvider:
        return BkashProvider(replace(self.settings, **changes), self.tokens)  # type: ignore[arg-type]

    def unreachable(self) -> BkashProvider:
        return self.like(origin="http://127.0.0.1:9")

    def wrong_key(self) -> BkashProvider:
        return self.like(app_secret="wrong")

    def new_notify_url(self) -> str:
        """Amazon's service sends everything to one address, which confirms that it wants it."""
        address = self.listener.new_address()
        self.simulator.control("subscribe", url=address)
        (request,) = self.listener.wait(address)
        self.provider.parse_inbound(as_inbound(request))
        return address

    def act(self, payment: PaymentSnapshot, deed: str, **details: str) -> None:
        self.come_back(payment, deed, **details)

    def come_back(self, payment: PaymentSnapshot, deed: str, **details: str) -> PaymentSnapshot:
        """The payer presses a button, and the browser returns to the merchant."""
        assert payment.next_action.url is not None
        return self.provider.complete_return(
            payment.ref, self.simulator.press(payment.next_action.url, deed, **details)
        )

    def arrived(self, notify_url: str, count: int = 1) -> list[Inbound]:
        def look() -> list[Heard] | None:
            told = self.listener.about(notify_url)
            heard = [one for one in told if one.headers["x-amz-sns-message-type"] == "Notification"]
            return heard if len(heard) >= count else None

        return [as_inbound(one) for one in (eventually(look) if count else look()) or ()]

    def trouble(self, operation: str, kind: str, *, executed: bool = False) -> None:
        self.simulator.fault(FAULTS[operation], kind, executed=executed)
