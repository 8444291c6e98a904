"""The client of M-Pesa's Daraja: everything of its wire format that Freehold knows."""

from freehold.adapters.payments.mpesa.connector import CONNECTOR
from freehold.adapters.payments.mpesa.provider import MpesaProvider
from freehold.adapters.payments.mpesa.settings import MpesaSettings

__all__ = ["CONNECTOR", "MpesaProvider", "MpesaSettings"]
