"""The settings of the installation's own accounts at payment providers: FREEHOLD_<PROVIDER>_<FIELD>."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings, NoDecode

CommaSeparated = Annotated[tuple[str, ...], NoDecode]

DEVELOPMENT_GATEWAYS = frozenset({"sandbox"})

# The sandbox, which has no other address, is refused by its name. The provider's own page is no simulator: whoever
# connects the account sees to it that with real money it is the provider's.
_NO_SIMULATOR = frozenset({"sandbox_url", "razorpay_checkout_url"})


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
    # Whether the keys are those of real money: always in production, elsewhere only if it is said.
    gateways_live: bool | None = None

    # Of whom unsigned messages to the older APIs make the simulator's payer act: in a demonstration only.
    unsigned_webhooks: CommaSeparated = ()

    sandbox_url: str = "http://127.0.0.1:8100"
    sandbox_account: str = "acct_sandbox"
    sandbox_api_key: SecretStr = SecretStr("sk_sandbox")
    sandbox_secrets: CommaSeparated = ("whsec_sandbox",)

    stripe_url: str = ""
    stripe_account: str = ""
    stripe_secret_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_publishable_key: str = ""
    stripe_mode: str = ""
    stripe_connected_account: str = ""

    razorpay_url: str = ""
    razorpay_account: str = ""
    razorpay_key_id: str = ""
    razorpay_key_secret: SecretStr = SecretStr("")
    razorpay_webhook_secret: SecretStr = SecretStr("")
    razorpay_merchant_id: str = ""
    razorpay_currencies: str = ""
    razorpay_payout_account: str = ""
    razorpay_payout_webhook_secret: SecretStr = SecretStr("")
    razorpay_checkout_url: str = ""

    bkash_url: str = ""
    bkash_account: str = ""
    bkash_username: str = ""
    bkash_password: SecretStr = SecretStr("")
    bkash_app_key: SecretStr = SecretStr("")
    bkash_app_secret: SecretStr = SecretStr("")
    bkash_topic_arn: str = ""
    bkash_refund_window_days: str = ""
    bkash_authorization: str = ""
    bkash_payouts: str = ""

    mpesa_url: str = ""
    mpesa_account: str = ""
    mpesa_shortcode: str = ""
    mpesa_till: str = ""
    mpesa_consumer_key: SecretStr = SecretStr("")
    mpesa_consumer_secret: SecretStr = SecretStr("")
    mpesa_passkey: SecretStr = SecretStr("")
    mpesa_initiator: str = ""
    mpesa_initiator_password: SecretStr = SecretStr("")
    mpesa_certificate: str = ""
    mpesa_payout_shortcode: str = ""
    mpesa_allowed_ips: str = ""

    bank_transfer_account: str = ""
    bank_transfer_account_holder: str = ""
    bank_transfer_bank_name: str = ""
    bank_transfer_iban: str = ""
    bank_transfer_account_number: str = ""
    bank_transfer_bic: str = ""
    bank_transfer_branch: str = ""
    bank_transfer_paybill: str = ""
    bank_transfer_till: str = ""
    bank_transfer_note: str = ""
    bank_transfer_currencies: str = ""

    def gateway_value(self, provider: str, name: str) -> str:
        """One setting as text; empty when it is not set, or this provider has none of this name."""
        value: Any = getattr(self, f"{provider}_{name}", "")
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        return ",".join(value) if isinstance(value, tuple) else str(value)


def simulator_addresses() -> list[str]:
    """The settings that name a simulator instead of the provider."""
    return [name for name in GatewaySettings.model_fields if name.endswith("_url") and name not in _NO_SIMULATOR]
