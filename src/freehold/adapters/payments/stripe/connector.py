"""How a company connects its Stripe account."""

import re

from freehold.adapters.payments.stripe.provider import StripeProvider
from freehold.adapters.payments.stripe.settings import BASE_URL, MOST_SECRETS, SCRIPT, StripeSettings
from freehold.ports.payment_gateway import (
    AccountConfig,
    AccountField,
    Connector,
    DestinationField,
    DestinationShape,
)

SECRET_KEY = re.compile(r"[sr]k_(test|live)_[A-Za-z0-9]+")
PUBLISHABLE_KEY = re.compile(r"pk_(test|live)_[A-Za-z0-9]+")
CONNECTED_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]+")

FIELDS = (
    AccountField("secret_key", "Secret key", secret=True, help="Begins with sk_ or rk_, and _test_ or _live_."),
    AccountField(
        "webhook_secret",
        "Signing secret of the webhook",
        secret=True,
        rotates=True,
        help="Begins with whsec_. Shown when the endpoint was added in the dashboard.",
    ),
    AccountField("publishable_key", "Publishable key", required=False, help="Begins with pk_; needed for mode intent."),
    AccountField("mode", "Way to pay", required=False, help="checkout: on Stripe's page (usual). intent: in ours."),
    AccountField("connected_account", "Connected account", required=False, help="acct_… of a platform's account."),
)


def connect(config: AccountConfig) -> StripeProvider:
    """Raises ValueError, naming the field, for a bad value."""
    values = {name: value.strip() for name, value in config.values.items()}
    mode = values.get("mode") or "checkout"
    if mode not in ("checkout", "intent"):
        raise ValueError("mode: checkout or intent")
    connected = values.get("connected_account", "")
    if connected and not CONNECTED_ACCOUNT.fullmatch(connected):
        raise ValueError("connected_account: begins with acct_")
    base_url = config.base_url.rstrip("/").removesuffix("/v1")
    return StripeProvider(
        StripeSettings(
            account=config.account,
            secret_key=_key(SECRET_KEY, "secret_key", values, livemode=config.livemode),
            webhook_secrets=_secrets(values.get("webhook_secret", "")),
            publishable_key=_publishable_key(values, mode, livemode=config.livemode),
            connected_account=connected,
            livemode=config.livemode,
            mode="intent" if mode == "intent" else "checkout",
            base_url=base_url or BASE_URL,
            script=f"{base_url}/v3/" if base_url else SCRIPT,
        )
    )


def _key(pattern: re.Pattern[str], name: str, values: dict[str, str], *, livemode: bool) -> str:
    found = pattern.fullmatch(values.get(name, ""))
    word = "live" if livemode else "test"
    if found is None or found[1] != word:
        raise ValueError(f"{name}: a key of this account contains _{word}_")
    return found[0]


def _publishable_key(values: dict[str, str], mode: str, *, livemode: bool) -> str:
    if mode != "intent" and not values.get("publishable_key"):
        return ""
    return _key(PUBLISHABLE_KEY, "publishable_key", values, livemode=livemode)


def _secrets(listed: str) -> tuple[str, ...]:
    secrets = tuple(secret.strip() for secret in listed.split(","))
    if not all(secrets) or len(secrets) > MOST_SECRETS:
        raise ValueError(f"webhook_secret: one value, or up to {MOST_SECRETS} separated by commas while it is rolled")
    return secrets


DESTINATIONS = (
    DestinationShape("account", "Connected account", (DestinationField("acct", "Account", r"acct_[A-Za-z0-9]{1,60}"),)),
    DestinationShape(
        "bank",
        "Bank account at Stripe",
        (DestinationField("external_account", "Bank account", r"(ba|card)_[A-Za-z0-9]{1,60}"),),
    ),
)

CONNECTOR = Connector(
    slug="stripe",
    label="Stripe",
    fields=FIELDS,
    connect=connect,
    destinations=DESTINATIONS,
    script_origins=("https://js.stripe.com", "https://*.stripe.com"),
)
