"""The settings of the installation's own accounts at payment providers: FREEHOLD_<PROVIDER>_<FIELD>."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, NoDecode

CommaSeparated = Annotated[tuple[str, ...], NoDecode]

DEVELOPMENT_GATEWAYS = frozenset({"sandbox"})


class Mode(StrEnum):
    """How this process runs; chosen by the settings module, never guessed."""

    DEV = "dev"
    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


class GatewaySettings(BaseSettings):
    """`<provider>_account` is the account's name there, `<provider>_url` a simulator's address; the other names are
    those of the fields with which a company connects its own account.
    """

    # Stands first: the validators of the other fields read it.
    mode: Mode

    # Whose accounts are open to all companies.
    payment_gateways: CommaSeparated = ()
    # Whether the keys are those of real money; as a rule in production only.
    gateways_live: bool | None = None

    sandbox_url: str = "http://127.0.0.1:8100"
    sandbox_account: str = "acct_sandbox"
    sandbox_api_key: SecretStr = SecretStr("sk_sandbox")
    sandbox_secrets: CommaSeparated = ("whsec_sandbox",)

    def gateway_value(self, provider: str, name: str) -> str:
        """One setting as text; empty when it is not set, or this provider has none of this name."""
        value: Any = getattr(self, f"{provider}_{name}", "")
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        return ",".join(value) if isinstance(value, tuple) else str(value)
