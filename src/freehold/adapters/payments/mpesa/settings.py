"""What the wiring has to say about one M-Pesa shortcode."""

from dataclasses import dataclass
from typing import Literal

PRODUCTION = "https://api.safaricom.co.ke"
SANDBOX = "https://sandbox.safaricom.co.ke"

type ReceiverKind = Literal["paybill", "till"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MpesaSettings:
    """`shortcode` is the paybill, or the store number of a till; then `till` is the number that payers know.

    `certificate` is M-Pesa's own, for encrypting the initiator's password. Only outside of live mode it may be empty:
    then the password is sent encoded and not encrypted, which only a simulator takes.
    """

    base_url: str
    consumer_key: str
    consumer_secret: str
    shortcode: str
    passkey: str
    initiator: str
    initiator_password: str
    certificate: str = ""
    till: str = ""
    payout_shortcode: str = ""  # of bulk payments, where it is another one
    notify_url: str = ""  # the account's own endpoint at this installation
    allowed_ips: frozenset[str] = frozenset()  # empty: any
    phone_page: str = ""  # a simulator's, where prompts are answered: the number is added
    account: str = "mpesa"
    livemode: bool = False
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 20.0

    def __post_init__(self) -> None:
        for name in ("consumer_key", "consumer_secret", "passkey", "initiator", "initiator_password"):
            if not getattr(self, name):
                raise ValueError(f"{name}: must not be empty")
        for name in ("shortcode", "till", "payout_shortcode"):
            value = getattr(self, name)
            if not (value.isascii() and value.isdigit() and 5 <= len(value) <= 7) and (value or name == "shortcode"):
                raise ValueError(f"{name}: five to seven digits")
        if self.livemode and not self.certificate:
            raise ValueError("certificate: is needed in live mode")

    @property
    def paying_out(self) -> str:
        return self.payout_shortcode or self.shortcode
