"""The life of a booking as one table. Anything that the table does not list raises.

`held -> pending_payment -> confirmed -> in_house -> completed` is the straight road. A request (`requested`) claims
its space until the host has answered or the time to answer is over; accepting makes it a hold with time to pay.

Three steps look backwards. Late money may confirm a booking whose hold expired, when its space could be claimed
again. And a tap at the desk can be taken back: a check-in that was none, a departure that was none.
"""

from enum import StrEnum
from types import MappingProxyType

from freehold.domain.errors import DomainError


class BookingState(StrEnum):
    REQUESTED = "requested"  # waits for the host's answer; space claimed until the deadline for it
    HELD = "held"  # space claimed until the hold's deadline
    PENDING_PAYMENT = "pending_payment"  # held, and the payer was sent to a gateway
    CONFIRMED = "confirmed"
    IN_HOUSE = "in_house"
    COMPLETED = "completed"
    EXPIRED = "expired"  # the hold ran out; late money may still confirm it
    CANCELLED = "cancelled"
    DECLINED = "declined"
    NO_SHOW = "no_show"


_S = BookingState

TRANSITIONS: MappingProxyType[BookingState, frozenset[BookingState]] = MappingProxyType(
    {
        _S.REQUESTED: frozenset({_S.HELD, _S.DECLINED, _S.EXPIRED, _S.CANCELLED}),
        _S.HELD: frozenset({_S.PENDING_PAYMENT, _S.CONFIRMED, _S.EXPIRED, _S.CANCELLED}),
        _S.PENDING_PAYMENT: frozenset({_S.HELD, _S.CONFIRMED, _S.EXPIRED, _S.CANCELLED}),
        _S.CONFIRMED: frozenset({_S.IN_HOUSE, _S.CANCELLED, _S.NO_SHOW}),
        _S.IN_HOUSE: frozenset({_S.COMPLETED, _S.CONFIRMED}),
        _S.EXPIRED: frozenset({_S.CONFIRMED}),
        _S.COMPLETED: frozenset({_S.IN_HOUSE}),
        _S.CANCELLED: frozenset(),
        _S.DECLINED: frozenset(),
        _S.NO_SHOW: frozenset(),
    }
)

HOLDING = frozenset({_S.HELD, _S.PENDING_PAYMENT})
"""Claims space, but only until the hold's deadline; paying confirms it."""

PROVISIONAL = HOLDING | {_S.REQUESTED}
"""Claims space until a deadline, and nothing is charged yet."""

ACTIVE = PROVISIONAL | {_S.CONFIRMED, _S.IN_HOUSE}
"""Claims space: exactly these bookings have allocations in the calendar (a completed one may keep those of
its past nights)."""

FINAL = frozenset(state for state, following in TRANSITIONS.items() if not following)
"""Nothing follows any more. `expired` is not among them, since late money may still come, nor is `completed`, since a
departure can be taken back."""

CANCELLABLE = frozenset(state for state, following in TRANSITIONS.items() if _S.CANCELLED in following)


class IllegalTransition(DomainError):
    """A step that the table does not list."""

    def __init__(self, current: BookingState, to: BookingState) -> None:
        super().__init__("illegal_transition", f"A booking that is {current} cannot become {to}.")
        self.current = current
        self.to = to


def can_transition(current: BookingState, to: BookingState) -> bool:
    return to in TRANSITIONS[current]


def transition(current: BookingState, to: BookingState) -> BookingState:
    """The new state, or IllegalTransition. Staying in a state is no transition either."""
    current, to = BookingState(current), BookingState(to)
    if not can_transition(current, to):
        raise IllegalTransition(current, to)
    return to
