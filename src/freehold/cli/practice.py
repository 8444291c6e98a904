"""Payment providers to practise with: simulators that run beside a home, whose keys are made for this home alone.

They stand in for providers of which the environment names no account. Who names accounts in
FREEHOLD_PAYMENT_GATEWAYS gets those instead.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

type Key = Callable[[str], str]
"""Makes the key of this name; the same one at every start."""

SANDBOX = "sandbox"
NAMES = {"stripe": "Stripe", "razorpay": "Razorpay", "bkash": "bKash", "mpesa": "M-Pesa"}
"""The simulators in the order in which guests are offered them."""

# What the simulators know without being told: the topic of bKash's messages, the account that payouts are made from.
BKASH_TOPIC = "arn:aws:sns:ap-southeast-1:000000000000:bkash-simulator"
RAZORPAY_PAYOUT_ACCOUNT = "7878780080316316"
MPESA_SHORTCODE = "600638"

WEBHOOK_SECRETS = {
    "stripe": "FREEHOLD_STRIPE_WEBHOOK_SECRET",
    "razorpay": "FREEHOLD_RAZORPAY_WEBHOOK_SECRET",
    "bkash": "FREEHOLD_BKASH_TOPIC_ARN",
}
"""What says that messages of this provider are signed. Who sets one for a demonstration wants them to be: the simulator
signs with it, and nothing that is unsigned counts."""


def are_wanted(environment: Mapping[str, str]) -> bool:
    return not environment.get("FREEHOLD_PAYMENT_GATEWAYS")


def port_name(simulator: str) -> str:
    """Under which name the home's state remembers the port."""
    return f"{simulator}_port"


def address(state: Mapping[str, Any], simulator: str) -> str:
    return f"http://127.0.0.1:{state.get(port_name(simulator), 0)}"


def gateways_of(
    *, state: Mapping[str, Any], secret: str, site: str, environment: Mapping[str, str]
) -> Mapping[str, str]:
    """What the processes of a home are told of payment providers. The sandbox is always there."""
    if not are_wanted(environment):
        named = [name.strip() for name in environment["FREEHOLD_PAYMENT_GATEWAYS"].split(",")]
        return {"FREEHOLD_PAYMENT_GATEWAYS": ",".join(dict.fromkeys([SANDBOX, *filter(None, named)]))}

    def key(name: str) -> str:
        return hmac.digest(secret.encode(), name.encode(), "sha256").hex()[:40]

    told = {
        "PAYMENT_GATEWAYS": ",".join([SANDBOX, *NAMES]),
        "GATEWAYS_LIVE": "false",
        **{f"{name.upper()}_URL": address(state, name) for name in NAMES},
        "UNSIGNED_WEBHOOKS": ",".join(name for name, secret in WEBHOOK_SECRETS.items() if not environment.get(secret)),
        **_stripe(key, site, environment.get(WEBHOOK_SECRETS["stripe"], "")),
        **_razorpay(key, site, environment.get(WEBHOOK_SECRETS["razorpay"], "")),
        **_bkash(key, site),
        **_mpesa(key),
    }
    return {f"FREEHOLD_{name}": value for name, value in told.items()}


def _webhook(site: str, provider: str) -> str:
    """Signatures tell whose messages these are, so that the address need not be a secret."""
    return f"{site}/api/v1/webhooks/{provider}/installation/"


def _stripe(key: Key, site: str, given: str) -> dict[str, str]:
    secret_key, webhook_secret = f"sk_test_{key('stripe key')}", given or f"whsec_{key('stripe webhook')}"
    return {
        "STRIPE_SECRET_KEY": secret_key,
        "STRIPE_WEBHOOK_SECRET": webhook_secret,
        "STRIPE_PUBLISHABLE_KEY": f"pk_test_{key('stripe publishable')}",
        "STRIPE_SIM_KEY": secret_key,
        "STRIPE_SIM_SECRETS": webhook_secret,
        "STRIPE_SIM_WEBHOOK_URL": _webhook(site, "stripe"),
        "STRIPE_SIM_CONTROL_KEY": key("stripe desk"),
    }


def _razorpay(key: Key, site: str, given: str) -> dict[str, str]:
    return {
        "RAZORPAY_KEY_ID": f"rzp_test_{key('razorpay key id')[:14]}",
        "RAZORPAY_KEY_SECRET": key("razorpay key secret"),
        "RAZORPAY_WEBHOOK_SECRET": given or key("razorpay webhook"),
        "RAZORPAY_WEBHOOK_URL": _webhook(site, "razorpay"),
        "RAZORPAY_PAYOUT_ACCOUNT": RAZORPAY_PAYOUT_ACCOUNT,
    }


def _bkash(key: Key, site: str) -> dict[str, str]:
    return {
        "BKASH_USERNAME": "freehold",
        "BKASH_PASSWORD": key("bkash password"),
        "BKASH_APP_KEY": key("bkash app key"),
        "BKASH_APP_SECRET": key("bkash app secret"),
        "BKASH_DESK_KEY": key("bkash desk"),
        "BKASH_TOPIC_ARN": BKASH_TOPIC,
        "BKASH_NOTICES": _webhook(site, "bkash"),
        "BKASH_AUTHORIZATION": "yes",
        "BKASH_PAYOUTS": "yes",
        # Programs that know no browser create a payment and execute it. Who opens the page has to approve there.
        "BKASH_APPROVE_UNOPENED": "yes",
    }


def _mpesa(key: Key) -> dict[str, str]:
    """Its messages go to addresses that each request names."""
    return {
        "MPESA_SHORTCODE": MPESA_SHORTCODE,
        "MPESA_CONSUMER_KEY": key("mpesa consumer key"),
        "MPESA_CONSUMER_SECRET": key("mpesa consumer secret"),
        "MPESA_PASSKEY": key("mpesa passkey"),
        "MPESA_INITIATOR": "freehold",
        "MPESA_INITIATOR_PASSWORD": key("mpesa initiator"),
        "MPESA_CONTROL_KEY": key("mpesa desk"),
    }
