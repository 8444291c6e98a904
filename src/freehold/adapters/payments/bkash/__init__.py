"""The client of bKash's tokenized checkout: everything of its wire format that Freehold knows."""

from freehold.adapters.payments.bkash.connector import CONNECTOR
from freehold.adapters.payments.bkash.provider import BkashProvider
from freehold.adapters.payments.bkash.settings import BkashSettings

__all__ = ["CONNECTOR", "BkashProvider", "BkashSettings"]
