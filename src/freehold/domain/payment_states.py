"""How payments, refunds and payouts move on, and what late money becomes.

Gateways report the same facts several times and in any order, so no state machine here trusts order: a state
is taken when it ranks higher than what is known. `paid` never regresses. A refund or payout may still fail
after it was reported done (the bank sends it back days later), so there `failed` ranks highest.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from freehold.domain.money import Money


class _GatewayState(StrEnum):
    """Spelled `cancelled`; gateways' own `canceled` is understood."""

    @classmethod
    def _missing_(cls, value: object) -> "_GatewayState | None":
        return cls("cancelled") if value == "canceled" else None


class PaymentState(_GatewayState):
    CREATED = "created"  # our row exists, the gateway was not called yet
    PENDING = "pending"  # the gateway's object is open; the payer acts or may try again
    PROCESSING = "processing"  # the payer acted, the gateway has no final answer
    UNKNOWN = "unknown"  # our call timed out: nothing may be assumed, only asked
    FAILED = "failed"  # this object can no longer succeed in the normal way
    CANCELLED = "cancelled"
    CANCELED = "cancelled"
    EXPIRED = "expired"
    AUTHORIZED = "authorized"  # funds held, not captured
    PAID = "paid"  # money is ours


class RefundState(_GatewayState):
    CREATED = "created"
    UNKNOWN = "unknown"
    PENDING = "pending"
    CANCELLED = "cancelled"
    CANCELED = "cancelled"
    SUCCEEDED = "succeeded"
    CHARGED_BACK = "chargeback"  # never sent: the payer's bank gave the money back instead
    FAILED = "failed"


class PayoutState(_GatewayState):
    CREATED = "created"
    UNKNOWN = "unknown"
    PENDING = "pending"
    CANCELLED = "cancelled"
    CANCELED = "cancelled"
    PAID = "paid"
    FAILED = "failed"
    REVERSED = "reversed"


class DisputeState(StrEnum):
    """A chargeback. Its money is gone while it is open, mostly, and stays gone when it is lost."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


RANK: MappingProxyType[PaymentState, int] = MappingProxyType(
    {
        PaymentState.CREATED: 0,
        PaymentState.PENDING: 10,
        PaymentState.PROCESSING: 20,
        PaymentState.UNKNOWN: 20,
        PaymentState.FAILED: 30,
        PaymentState.CANCELLED: 30,
        PaymentState.EXPIRED: 30,
        PaymentState.AUTHORIZED: 40,
        PaymentState.PAID: 50,
    }
)

REFUND_RANK: MappingProxyType[RefundState, int] = MappingProxyType(
    {
        RefundState.CREATED: 0,
        RefundState.UNKNOWN: 10,
        RefundState.PENDING: 20,
        RefundState.CANCELLED: 30,
        RefundState.SUCCEEDED: 40,
        RefundState.CHARGED_BACK: 45,
        RefundState.FAILED: 50,
    }
)

PAYOUT_RANK: MappingProxyType[PayoutState, int] = MappingProxyType(
    {
        PayoutState.CREATED: 0,
        PayoutState.UNKNOWN: 10,
        PayoutState.PENDING: 20,
        PayoutState.CANCELLED: 30,
        PayoutState.PAID: 40,
        PayoutState.FAILED: 50,
        PayoutState.REVERSED: 50,
    }
)

DISPUTE_RANK: MappingProxyType[DisputeState, int] = MappingProxyType(
    {DisputeState.OPEN: 10, DisputeState.LOST: 20, DisputeState.WON: 30}
)
"""Won ranks highest: a lost dispute is sometimes reopened and won, a won one is never lost."""

UNSETTLED = frozenset(state for state, rank in RANK.items() if rank < RANK[PaymentState.FAILED])
"""The gateway has not said its last word: the reconciler keeps asking."""


def next_state(current: PaymentState, seen: PaymentState) -> PaymentState:
    """The state after `seen` was reported. Forward only; late money (failed, expired or cancelled, then
    authorized or paid) is allowed."""
    if current is PaymentState.UNKNOWN and seen in (PaymentState.PENDING, PaymentState.PROCESSING):
        return seen  # a query gave a definite answer
    if current is PaymentState.AUTHORIZED and seen in (PaymentState.CANCELLED, PaymentState.EXPIRED):
        return seen  # held funds may be let go
    return seen if RANK[seen] > RANK[current] else current


def next_refund_state(current: RefundState, seen: RefundState) -> RefundState:
    """The state after `seen` was reported. A refund that succeeded may still fail; one that failed stays so,
    and trying again is a new refund."""
    return seen if REFUND_RANK[seen] > REFUND_RANK[current] else current


def next_payout_state(current: PayoutState, seen: PayoutState) -> PayoutState:
    """The state after `seen` was reported. A payout that was paid may still fail or be reversed."""
    return seen if PAYOUT_RANK[seen] > PAYOUT_RANK[current] else current


def next_dispute_state(current: DisputeState, seen: DisputeState) -> DisputeState:
    """The state after `seen` was reported: forward only, as everything that gateways tell."""
    return seen if DISPUTE_RANK[seen] > DISPUTE_RANK[current] else current


def may_leave(amount: int, *, received: int, gone: int, disputed: int) -> bool:
    """Whether a refund of `amount` may be sent while payers' banks dispute or took back `disputed` of what a payment
    received, and `gone` of it was refunded: the same money is not given back twice."""
    return amount <= received - gone - disputed


class AmountVerdict(StrEnum):
    EXACT = "exact"
    UNDER = "under"
    OVER = "over"
    OTHER_CURRENCY = "other_currency"


def judge_amount(*, asked: Money, received: Money) -> AmountVerdict:
    """What was received against what was asked. Only EXACT and OVER may confirm anything."""
    if asked.currency != received.currency:
        return AmountVerdict.OTHER_CURRENCY
    if received == asked:
        return AmountVerdict.EXACT
    return AmountVerdict.UNDER if received < asked else AmountVerdict.OVER


class Situation(StrEnum):
    """What money finds when it arrives for a booking."""

    HELD = "held"  # the hold is alive
    GATHERING = "gathering"  # the hold is alive, and others have to pay their shares
    EXPIRED_REACQUIRED = "expired_reacquired"  # the hold died, and the space could be claimed again
    EXPIRED_TAKEN = "expired_taken"  # the hold died, and the space is gone
    EXPIRED_SHORT = "expired_short"  # the hold died before everybody had paid their share
    EXPIRED_PAST = "expired_past"  # the hold died, and the first night has passed
    OWING = "owing"  # confirmed, and this money was still due
    ALREADY_PAID = "already_paid"  # another payment paid it
    CANCELLED = "cancelled"  # cancelled or declined: nothing to pay for


class Action(StrEnum):
    CONFIRM = "confirm"
    REBOOK = "rebook"
    SETTLE = "settle"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with money. `refund_key` is set for refunds only: one refund per key, however often it is
    decided."""

    action: Action
    refund_key: str | None = None
    reason: str = ""


_REFUNDED: dict[Situation, tuple[str, str]] = {
    Situation.EXPIRED_TAKEN: ("late", "The payment came after the hold expired, and the space was taken."),
    Situation.EXPIRED_SHORT: ("short", "The hold expired before everybody had paid their share."),
    Situation.EXPIRED_PAST: ("past", "The payment came after the hold expired, and the first night has passed."),
    Situation.ALREADY_PAID: ("dup", "The booking was already paid by another payment."),
    Situation.CANCELLED: ("cancelled", "The booking was cancelled before the payment came."),
}
_KEPT: dict[Situation, Action] = {
    Situation.HELD: Action.CONFIRM,
    Situation.EXPIRED_REACQUIRED: Action.REBOOK,
    Situation.GATHERING: Action.SETTLE,
    Situation.OWING: Action.SETTLE,
}


def late_money(situation: Situation, *, payment_id: str) -> Decision:
    """What becomes of a newly paid payment. Never nothing: it confirms, re-books, settles, or goes back."""
    if situation in _KEPT:
        return Decision(_KEPT[situation])
    prefix, reason = _REFUNDED[situation]
    return Decision(Action.REFUND, refund_key=f"{prefix}:{payment_id}", reason=reason)
