"""The client of Razorpay: everything of its wire format that Freehold knows."""

from freehold.adapters.payments.razorpay.connector import CONNECTOR
from freehold.adapters.payments.razorpay.provider import RazorpayProvider
from freehold.adapters.payments.razorpay.settings import RazorpaySettings

__all__ = ["CONNECTOR", "RazorpayProvider", "RazorpaySettings"]
