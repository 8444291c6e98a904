"""Paying by transfer to a bank account, a paybill or a till: no gateway, only words for the payer.

That money came is told by a person who records it or by a bank's credit notice; that it went back, by a person.
"""

from freehold.adapters.payments.bank_transfer.connector import CONNECTOR
from freehold.adapters.payments.bank_transfer.provider import BankTransferProvider
from freehold.adapters.payments.bank_transfer.settings import BankTransferSettings

__all__ = ["CONNECTOR", "BankTransferProvider", "BankTransferSettings"]
