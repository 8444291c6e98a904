"""How a company connects its Razorpay account."""

import re
from urllib.parse import urlsplit

from freehold.adapters.payments.razorpay.amounts import EXPONENTS
from freehold.adapters.payments.razorpay.provider import RazorpayProvider
from freehold.adapters.payments.razorpay.settings import BASE_URL, CHECKOUT_SCRIPT, RazorpaySettings
from freehold.ports.payment_gateway import (
    AccountConfig,
    AccountField,
    Connector,
    DestinationField,
    DestinationShape,
)

KEY_ID = re.compile(r"rzp_(test|live)_[A-Za-z0-9]+")
RAZORPAY_HOST = re.compile(r"([a-z0-9-]+\.)*razorpay\.com|rzp\.io")
MERCHANT_ID = re.compile(r"acc_[A-Za-z0-9]+")

FIELDS = (
    AccountField("key_id", "Key id", help="Begins with rzp_test_ or rzp_live_."),
    AccountField("key_secret", "Key secret", secret=True),
    AccountField(
        "webhook_secret",
        "Webhook secret",
        secret=True,
        rotates=True,
        help="What you typed when you added the webhook in the dashboard.",
    ),
    AccountField(
        "merchant_id", "Account id", required=False, help="acc_… Webhooks of another account are refused then."
    ),
    AccountField("currencies", "Currencies", required=False, help="INR, and others once Razorpay has enabled them."),
    AccountField("payout_account", "RazorpayX account number", required=False, help="What payouts are made from."),
    AccountField("payout_webhook_secret", "RazorpayX webhook secret", secret=True, required=False),
    AccountField("checkout_url", "Hosted checkout page", required=False, help="Instead of the window in our page."),
)


def connect(config: AccountConfig) -> RazorpayProvider:
    """Raises ValueError, naming the field, for a bad value."""
    values = {name: value.strip() for name, value in config.values.items()}
    mode = "live" if config.livemode else "test"
    found = KEY_ID.fullmatch(values.get("key_id", ""))
    if found is None or found[1] != mode:
        raise ValueError(f"key_id: a key of this account begins with rzp_{mode}_")
    if not values.get("key_secret"):
        raise ValueError("key_secret: must not be empty")
    if (merchant_id := values.get("merchant_id", "")) and not MERCHANT_ID.fullmatch(merchant_id):
        raise ValueError("merchant_id: begins with acc_")
    base_url = config.base_url.rstrip("/").removesuffix("/v1")
    return RazorpayProvider(
        RazorpaySettings(
            account=config.account,
            key_id=values["key_id"],
            key_secret=values["key_secret"],
            webhook_secrets=_secrets(values),
            merchant_id=merchant_id,
            payout_account=values.get("payout_account", ""),
            currencies=_currencies(values.get("currencies", "")),
            base_url=base_url or BASE_URL,
            checkout_url=_address(values.get("checkout_url", ""), livemode=config.livemode),
            checkout_script=f"{base_url}/v1/checkout.js" if base_url and not config.livemode else CHECKOUT_SCRIPT,
        )
    )


def _secrets(values: dict[str, str]) -> tuple[str, ...]:
    listed = [secret.strip() for secret in values.get("webhook_secret", "").split(",")]
    if not all(listed) or len(listed) > 2:
        raise ValueError("webhook_secret: one value, or the new and the old one separated by a comma")
    payout = values.get("payout_webhook_secret", "")
    return (*listed, *([payout] if payout else []))


def _currencies(listed: str) -> frozenset[str]:
    codes = frozenset(code for code in re.split(r"[\s,]+", listed.upper()) if code) or frozenset({"INR"})
    if unknown := sorted(codes - EXPONENTS.keys()):
        raise ValueError(f"currencies: Razorpay does not know {', '.join(unknown)}")
    return codes


def _address(url: str, *, livemode: bool) -> str:
    """Guests are sent there to pay: with real money, only to Razorpay."""
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("checkout_url: an address without a query, beginning with https://")
    # The bare name of a host: what stands before an @ or behind a backslash is read in more than one way.
    if livemode and (parts.scheme != "https" or not RAZORPAY_HOST.fullmatch(parts.netloc.lower())):
        raise ValueError("checkout_url: a page of Razorpay's, beginning with https://")
    return url


_NAME = DestinationField("name", "Name of the account", r".{1,50}", is_name=True)
DESTINATIONS = (
    DestinationShape("fund_account", "Fund account", (DestinationField("acct", "Account", r"fa_[A-Za-z0-9]{1,60}"),)),
    DestinationShape(
        "upi", "UPI address", (DestinationField("vpa", "Address", r"[A-Za-z0-9._-]{2,100}@[A-Za-z]{2,60}"), _NAME)
    ),
    DestinationShape(
        "bank",
        "Bank account",
        (
            DestinationField("account", "Account number", r"[A-Za-z0-9]{5,35}"),
            DestinationField("ifsc", "IFSC", r"[A-Z]{4}0[A-Z0-9]{6}"),
            _NAME,
        ),
    ),
)

CONNECTOR = Connector(
    slug="razorpay",
    label="Razorpay",
    fields=FIELDS,
    connect=connect,
    destinations=DESTINATIONS,
    script_origins=("https://checkout.razorpay.com", "https://*.razorpay.com"),
)
