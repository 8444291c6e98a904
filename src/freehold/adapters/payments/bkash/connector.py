"""How a merchant account at bKash is connected."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from freehold.adapters.payments.bkash.provider import BkashProvider
from freehold.adapters.payments.bkash.settings import (
    LIVE_CHECKOUT_ORIGIN,
    LIVE_ORIGIN,
    SANDBOX_CHECKOUT_ORIGIN,
    SANDBOX_ORIGIN,
    VERSION,
    BkashSettings,
)
from freehold.ports.payment_gateway import (
    AccountConfig,
    AccountField,
    Connector,
    DestinationField,
    DestinationShape,
)

USUAL_REFUND_DAYS = 15
LONGEST_REFUND_DAYS = 365
YES, NO = frozenset({"yes", "true", "1", "on"}), frozenset({"", "no", "false", "0", "off"})
_TOPIC = re.compile(r"arn:aws(-cn)?:sns:[a-z0-9-]+:[0-9]+:[A-Za-z0-9_.-]+")

FIELDS = (
    AccountField("username", "Username", help="Of the API, as bKash sent it."),
    AccountField("password", "Password", secret=True),
    AccountField("app_key", "App key", secret=True),
    AccountField("app_secret", "App secret", secret=True),
    AccountField(
        "topic_arn",
        "Topic of the payment notifications",
        required=False,
        help="Begins with arn:aws:sns. Without it, messages of bKash are refused, and payments are asked for.",
    ),
    AccountField(
        "refund_window_days",
        "Refunds within days",
        required=False,
        help=f"How long bKash lets this account refund a payment. Usually {USUAL_REFUND_DAYS}.",
    ),
    AccountField(
        "authorization", "Authorize and capture", required=False, help="yes, if bKash enabled it for this account."
    ),
    AccountField("payouts", "Payouts to wallets", required=False, help="yes, if bKash enabled them for this account."),
)


def connect(config: AccountConfig) -> BkashProvider:
    """Raises ValueError, naming the field, for a bad value."""
    values = {name: value.strip() for name, value in config.values.items()}
    for field in FIELDS:
        if field.required and not values.get(field.name):
            raise ValueError(f"{field.name}: must not be empty")
    origin = _origin(config)
    settings = BkashSettings(
        origin=origin or (LIVE_ORIGIN if config.livemode else SANDBOX_ORIGIN),
        checkout_origin=origin or (LIVE_CHECKOUT_ORIGIN if config.livemode else SANDBOX_CHECKOUT_ORIGIN),
        # Only a simulator signs with a certificate of its own.
        sns_origin="" if config.livemode else origin,
        account=config.account,
        livemode=config.livemode,
        username=values["username"],
        password=values["password"],
        app_key=values["app_key"],
        app_secret=values["app_secret"],
        topics=_topics(values.get("topic_arn", "")),
        refund_window_days=_days(values.get("refund_window_days", "")),
        authorization=_flag(values, "authorization"),
        payouts=_flag(values, "payouts"),
    )
    return BkashProvider(settings, config.tokens)


def _origin(config: AccountConfig) -> str:
    """The host of another address than bKash's own; its path, if it has one, is the API's version."""
    url = config.base_url.rstrip("/").removesuffix(f"/{VERSION}")
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ValueError("base_url: an address of a host, such as https://tokenized.pay.bka.sh")
    if config.livemode and parts.scheme != "https":
        raise ValueError("base_url: real money travels by https only")
    return url


def _topics(listed: str) -> tuple[str, ...]:
    topics = tuple(part for part in re.split(r"[\s,]+", listed) if part)
    if not all(_TOPIC.fullmatch(topic) for topic in topics):
        raise ValueError("topic_arn: begins with arn:aws:sns and names a topic")
    return topics


def _days(text: str) -> int:
    if not text:
        return USUAL_REFUND_DAYS
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LONGEST_REFUND_DAYS):
        raise ValueError(f"refund_window_days: days, from 1 to {LONGEST_REFUND_DAYS}")
    return int(text)


def _flag(values: Mapping[str, str], name: str) -> bool:
    value = values.get(name, "").lower()
    if value not in YES | NO:
        raise ValueError(f"{name}: yes or no")
    return value in YES


DESTINATIONS = (
    DestinationShape(
        "wallet", "bKash wallet", (DestinationField("msisdn", "Number of the wallet", r"(\+?88)?01[3-9][0-9]{8}"),)
    ),
)

CONNECTOR = Connector(slug="bkash", label="bKash", fields=FIELDS, connect=connect, destinations=DESTINATIONS)
