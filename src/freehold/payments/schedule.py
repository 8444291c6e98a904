"""When to ask a gateway again. Webhooks are the fast way, asking is the sure one."""

from datetime import datetime, timedelta

from freehold.domain.payment_states import UNSETTLED, PaymentState, PayoutState, RefundState

_SECOND, _MINUTE, _HOUR, _DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))

WHILE_OPEN = (30 * _SECOND, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR)
"""The last one repeats."""

WHILE_HELD = (15 * _MINUTE, _HOUR, 6 * _HOUR)
"""The last one repeats. Messages tell faster when a bank lets go what it holds."""

AFTER_THE_END = (15 * _MINUTE, _HOUR, 6 * _HOUR, _DAY, 3 * _DAY)
"""A gateway's last word is not always the last: late money, money paid twice, refunds in its dashboard."""

AFTER_A_REFUND = (_DAY, 3 * _DAY, 7 * _DAY)
"""The payer's bank may send a refund back days later."""

LOOK_BEFORE_DEADLINE = 20 * _SECOND
GIVE_UP_ON_PAYMENT = 3 * _DAY
GIVE_UP_ON_REFUND = 14 * _DAY
KEY_IS_SAFE_FOR = 20 * _HOUR
"""Gateways forget idempotency keys after a day. Repeating a call is safe within this time of the first one."""


def first_look(moment: datetime) -> datetime:
    return moment + WHILE_OPEN[0]


def next_payment_look(
    *, state: PaymentState, looks: int, moment: datetime, deadline: datetime, final_at: datetime | None = None
) -> datetime | None:
    """When to fetch a payment again after `looks` fetches in this state; None: never.

    `deadline` is when the payer has to be done: money that came just before it is noticed just before it. `final_at`
    is when the gateway's silence is final; three days after the deadline, where that is not known.
    """
    if state in UNSETTLED or state is PaymentState.AUTHORIZED:
        over = final_at if final_at is not None and state in UNSETTLED else deadline + GIVE_UP_ON_PAYMENT
        if moment >= over:
            return None
        planned = min(moment + WHILE_OPEN[min(looks, len(WHILE_OPEN) - 1)], over)
        last_chance = deadline - LOOK_BEFORE_DEADLINE
        return last_chance if moment < last_chance < planned else planned
    return moment + AFTER_THE_END[looks] if looks < len(AFTER_THE_END) else None


def next_held_look(*, looks: int, moment: datetime, until: datetime) -> datetime | None:
    """When to ask again about money that is held, and that nobody takes yet: now and then, and when it runs out."""
    if moment > until + GIVE_UP_ON_PAYMENT:
        return None
    planned = moment + WHILE_HELD[min(looks, len(WHILE_HELD) - 1)]
    return until if moment < until < planned else planned


def next_refund_look(
    *, state: RefundState, looks: int, moment: datetime, requested_at: datetime, may_come_back: bool
) -> datetime | None:
    """When to ask for a refund again; None: never. `may_come_back`: the gateway reports success before it is final."""
    if state in (RefundState.FAILED, RefundState.CANCELLED):
        return None
    if state is RefundState.SUCCEEDED:
        return moment + AFTER_A_REFUND[looks] if may_come_back and looks < len(AFTER_A_REFUND) else None
    if moment > requested_at + GIVE_UP_ON_REFUND:
        return None
    return moment + WHILE_OPEN[min(looks, len(WHILE_OPEN) - 1)]


def next_transfer_look(*, state: PayoutState, looks: int, moment: datetime, requested_at: datetime) -> datetime | None:
    """When to ask for a transfer again; None: never. What was paid may still come back."""
    if state in (PayoutState.FAILED, PayoutState.REVERSED, PayoutState.CANCELLED):
        return None
    if state is PayoutState.PAID:
        return moment + AFTER_A_REFUND[looks] if looks < len(AFTER_A_REFUND) else None
    if moment > requested_at + GIVE_UP_ON_REFUND:
        return None
    return moment + WHILE_OPEN[min(looks, len(WHILE_OPEN) - 1)]
