"""The installation's accounts at four providers, as the servers of this measurement and their senders know them."""

from __future__ import annotations

STRIPE_SECRET = "whsec_bench"
RAZORPAY_SECRET = "razorpay-bench"
RAZORPAY_ACCOUNT = "acc_Bench"
BKASH_TOPIC = "arn:aws:sns:ap-southeast-1:000000000000:bench"
MPESA_SECRET = "consumer-secret-bench"
MPESA_PASSKEY = "passkey-bench"
CURRENCIES = {"stripe": "USD", "razorpay": "INR", "bkash": "BDT", "mpesa": "KES"}
STRIPE_VALUES = {
    "secret_key": "sk_test_bench",
    "webhook_secret": STRIPE_SECRET,
    "publishable_key": "pk_test_bench",
    "mode": "intent",
}
PROVIDERS = tuple(CURRENCIES)


def account_of(provider: str) -> str:
    return f"{provider}-installation"


def settings_of(vendors_url: str) -> dict[str, str]:
    """The environment that opens the four accounts; `vendors_url` answers for the two that are asked."""
    return {
        "FREEHOLD_PAYMENT_GATEWAYS": ",".join(PROVIDERS),
        **{f"FREEHOLD_STRIPE_{name.upper()}": value for name, value in STRIPE_VALUES.items()},
        "FREEHOLD_STRIPE_URL": vendors_url,
        "FREEHOLD_RAZORPAY_KEY_ID": "rzp_test_Bench",
        "FREEHOLD_RAZORPAY_KEY_SECRET": "key-secret-bench",
        "FREEHOLD_RAZORPAY_WEBHOOK_SECRET": RAZORPAY_SECRET,
        "FREEHOLD_RAZORPAY_MERCHANT_ID": RAZORPAY_ACCOUNT,
        "FREEHOLD_RAZORPAY_URL": vendors_url,
        "FREEHOLD_BKASH_USERNAME": "bench",
        "FREEHOLD_BKASH_PASSWORD": "password-bench",
        "FREEHOLD_BKASH_APP_KEY": "app-key-bench",
        "FREEHOLD_BKASH_APP_SECRET": "app-secret-bench",
        "FREEHOLD_BKASH_TOPIC_ARN": BKASH_TOPIC,
        "FREEHOLD_BKASH_URL": vendors_url,
        "FREEHOLD_MPESA_SHORTCODE": "600638",
        "FREEHOLD_MPESA_CONSUMER_KEY": "consumer-key-bench",
        "FREEHOLD_MPESA_CONSUMER_SECRET": MPESA_SECRET,
        "FREEHOLD_MPESA_PASSKEY": MPESA_PASSKEY,
        "FREEHOLD_MPESA_INITIATOR": "operator",
        "FREEHOLD_MPESA_INITIATOR_PASSWORD": "initiator-bench",
        "FREEHOLD_MPESA_URL": vendors_url,
    }
