"""What the services of this room, and the rooms above, hand to each other."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.domain.reconciliation import DifferenceKind
from freehold.payments.models import Payment, Refund, ReviewItem

type Source = Literal["call", "fetch", "event"]
"""Where a snapshot comes from: the answer to something we did, to a question, or a message."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What we knew when we asked a gateway.

    An answer that lacks some of it contradicts what we were told before; an answer that lacks what we learned since
    is merely old. Clocks cannot tell the two apart, this can.
    """

    state: PaymentState
    charge_ids: frozenset[str]
    refunds: frozenset[tuple[UUID, str, int]]


@dataclass(frozen=True, slots=True)
class Applied:
    """A payment after a snapshot, and what a person has to look at because of it."""

    payment: Payment
    review: ReviewItem | None


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between a gateway's books and ours. None: that side does not know the thing at all."""

    provider_id: str
    kind: DifferenceKind
    theirs: Money | None
    ours: Money | None
    occurred_at: datetime
    related_id: str = ""
    payment: Payment | None = None
    refund: Refund | None = None
