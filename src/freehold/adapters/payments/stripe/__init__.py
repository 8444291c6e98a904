"""Stripe: Checkout or bare PaymentIntents, refunds, transfers and payouts, its balance, and its webhooks."""

from freehold.adapters.payments.stripe.connector import CONNECTOR
from freehold.adapters.payments.stripe.provider import StripeProvider
from freehold.adapters.payments.stripe.settings import StripeSettings

__all__ = ["CONNECTOR", "StripeProvider", "StripeSettings"]
