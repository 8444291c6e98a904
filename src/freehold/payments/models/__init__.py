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

__all__ = [
    "IS_OPEN_ATTEMPT",
    "OPEN_STATES",
    "Charge",
    "Credit",
    "Dispute",
    "GatewayAccount",
    "GatewayEvent",
    "GatewaySecret",
    "PayLink",
    "Payment",
    "Refund",
    "ReviewItem",
]
