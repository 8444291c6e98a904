"""How accounts at the sandbox gateway are connected."""

from freehold.adapters.payments.sandbox.provider import SandboxProvider
from freehold.adapters.payments.sandbox.settings import SandboxSettings
from freehold.ports.payment_gateway import (
    AccountConfig,
    AccountField,
    Connector,
    DestinationField,
    DestinationShape,
)


def connect(config: AccountConfig) -> SandboxProvider:
    return SandboxProvider(
        SandboxSettings(
            base_url=config.base_url,
            api_key=config.values.get("api_key", ""),
            webhook_secrets=tuple(config.values.get("secrets", "").split(",")),
            account=config.account,
            livemode=config.livemode,
        )
    )


DESTINATIONS = (
    DestinationShape("telephone", "Telephone", (DestinationField("msisdn", "Telephone", r"\+?[0-9]{6,15}"),)),
    DestinationShape("account", "Account", (DestinationField("acct", "Account", r"[A-Za-z0-9_-]{1,60}"),)),
)

CONNECTOR = Connector(
    slug="sandbox",
    label="Practice payments",
    fields=(
        AccountField("api_key", "API key", secret=True),
        AccountField("secrets", "Webhook secret", secret=True, rotates=True),
    ),
    connect=connect,
    destinations=DESTINATIONS,
)
