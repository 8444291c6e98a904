"""What the wiring has to say about one Razorpay account."""

from dataclasses import dataclass, field

BASE_URL = "https://api.razorpay.com"
CHECKOUT_SCRIPT = "https://checkout.razorpay.com/v1/checkout.js"


@dataclass(frozen=True, slots=True, kw_only=True)
class RazorpaySettings:
    """`webhook_secrets`: the current one, and the previous one: old deliveries stay signed with it. RazorpayX, which
    pays out, has a dashboard and a secret of its own.

    With a `checkout_url` the payer is sent to that hosted page; without, the browser opens Razorpay's own script.
    """

    account: str
    key_id: str
    key_secret: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    merchant_id: str = ""  # "acc_...": events of another one are refused
    payout_account: str = ""  # the RazorpayX account number that payouts come from; empty: no payouts
    currencies: frozenset[str] = frozenset({"INR"})
    base_url: str = BASE_URL
    checkout_url: str = ""
    checkout_script: str = CHECKOUT_SCRIPT
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 15.0

    def __post_init__(self) -> None:
        if not self.webhook_secrets or not all(self.webhook_secrets):
            raise ValueError("webhook_secret must not be empty: anybody could sign with an empty secret")
        if len(self.webhook_secrets) > 3:
            raise ValueError("webhook_secret: at most the current and the previous, and one of RazorpayX")
        if not self.key_id or not self.key_secret:
            raise ValueError("key_id and key_secret must not be empty")
