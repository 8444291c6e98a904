"""The addresses that providers were given for the estate API's payments."""

from django.urls import path

from freehold.api.compat.estate.shapes import BKASH
from freehold.api.compat.fixed_addresses import FixedAddressView


class StripeWebhookView(FixedAddressView):
    provider = "stripe"


class BkashWebhookView(FixedAddressView):
    provider = BKASH


urlpatterns = [
    path("payments/webhook/stripe/", StripeWebhookView.as_view(), name="estate-webhook-stripe"),
    path("payments/webhook/bkash/", BkashWebhookView.as_view(), name="estate-webhook-bkash"),
]
