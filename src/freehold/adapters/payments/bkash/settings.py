"""What has to be known about one merchant account at bKash."""

from dataclasses import dataclass, field

VERSION = "v1.2.0-beta"
LIVE_ORIGIN = "https://tokenized.pay.bka.sh"
SANDBOX_ORIGIN = "https://tokenized.sandbox.bka.sh"
LIVE_CHECKOUT_ORIGIN = "https://checkout.pay.bka.sh"
SANDBOX_CHECKOUT_ORIGIN = "https://checkout.sandbox.bka.sh"


@dataclass(frozen=True, slots=True, kw_only=True)
class BkashSettings:
    """`origin` is the host of the tokenized product, `checkout_origin` that of the product which pays out.

    `sns_origin` is where a simulator keeps the certificate that signs its messages; empty: Amazon's hosts only.
    """

    origin: str
    username: str
    password: str = field(repr=False)
    app_key: str = field(repr=False)
    app_secret: str = field(repr=False)
    account: str = "bkash"
    livemode: bool = False
    checkout_origin: str = ""
    topics: tuple[str, ...] = ()
    sns_origin: str = ""
    refund_window_days: int | None = 15
    authorization: bool = False  # bKash enabled `intent: authorization` for this merchant
    payouts: bool = False
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 30.0  # bKash's own figure

    def __post_init__(self) -> None:
        for name in ("username", "password", "app_key", "app_secret"):
            if not getattr(self, name):
                raise ValueError(f"{name} must not be empty")
        if self.livemode and self.sns_origin:
            raise ValueError("sns_origin is for simulators: in live mode only Amazon's certificates count")

    @property
    def tokenized_url(self) -> str:
        return f"{self.origin}/{VERSION}/tokenized/checkout"

    @property
    def refund_url(self) -> str:
        """Hangs off the host's root: the path has a version of its own."""
        return f"{self.origin}/v2/tokenized-checkout/refund/payment"

    @property
    def checkout_url(self) -> str:
        return f"{self.checkout_origin or self.origin}/{VERSION}/checkout"
