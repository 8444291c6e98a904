"""The rows of this room, one module per family."""

from freehold.payments.models.account import GatewayAccount, GatewaySecret
from freehold.payments.models.credit import Credit
from freehold.payments.models.dispute import Dispute
from freehold.payments.models.link import PayLink
from freehold.payments.models.payment import (
    IS_OPEN_ATTEMPT,
    OPEN_STATES,
    Charge,
    GatewayEvent,
    Payment,
    Refund,
    ReviewItem,
)
from freehold.payments.models.reconciliation import Comparison, Difference, GatewayFee, StuckNotice
from freehold.payments.models.transfer import Transfer

__all__ = [
    "IS_OPEN_ATTEMPT",
    "OPEN_STATES",
    "Charge",
    "Comparison",
    "Credit",
    "Difference",
    "Dispute",
    "GatewayAccount",
    "GatewayEvent",
    "GatewayFee",
    "GatewaySecret",
    "PayLink",
    "Payment",
    "Refund",
    "ReviewItem",
    "StuckNotice",
    "Transfer",
]
