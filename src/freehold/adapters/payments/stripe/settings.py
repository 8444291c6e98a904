"""What the wiring has to say about one Stripe account."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

BASE_URL = "https://api.stripe.com"
SCRIPT = "https://js.stripe.com/v3/"
API_VERSION = "2026-10-28.endive"
MOST_SECRETS = 4

type Mode = Literal["checkout", "intent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeSettings:
    """`webhook_secrets`: one per endpoint that sends to us, and the previous one while it is rolled.

    `mode`: the payer pays on Stripe's page (`checkout`) or in ours through Stripe's script (`intent`).
    `extra_create_params` are laid over what a creation sends; a value of None leaves the parameter out.
    """

    account: str
    secret_key: str
    webhook_secrets: tuple[str, ...]
    publishable_key: str = ""  # for the browser; only `intent` needs it
    connected_account: str = ""  # "acct_...": act as this account of a platform, and take only its events
    livemode: bool = False
    mode: Mode = "checkout"
    base_url: str = BASE_URL
    script: str = SCRIPT
    extra_create_params: Mapping[str, object] = field(default_factory=dict)
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 20.0
    signature_age_s: int = 300  # how old a signature may be
    signature_lead_s: int = 300  # how far Stripe's clock may be ahead of ours

    def __post_init__(self) -> None:
        if not self.webhook_secrets or not all(self.webhook_secrets):
            raise ValueError("webhook_secret must not be empty: anybody could sign with an empty secret")
        if len(self.webhook_secrets) > MOST_SECRETS:
            raise ValueError(f"webhook_secret: at most {MOST_SECRETS}")
        if not self.secret_key:
            raise ValueError("secret_key must not be empty")
