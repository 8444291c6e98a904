"""The life of money that a company pays out: what it owes to owners, and what suppliers bill. One table.

`draft -> submitted -> approved -> sending -> paid` is the straight road. Who makes a payment and who approves it are
two people; what was approved is not changed any more. Once it is being sent only the provider's word, or that of a
person who looked there, decides: nobody cancels what may be gone.

Two steps look backwards. Money that was paid may come back (`returned`), and money that was said to have failed may
turn out to have gone.
"""

from collections.abc import Collection
from enum import StrEnum
from types import MappingProxyType

from freehold.domain.errors import DomainError
from freehold.domain.money import Money


class OutgoingState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"  # waits for somebody else to approve it
    APPROVED = "approved"  # frozen; not sent yet, or for a person to send
    SENDING = "sending"  # a provider may know of it
    PAID = "paid"
    FAILED = "failed"  # nothing left; trying again is another one
    RETURNED = "returned"  # it was paid, and came back
    CANCELLED = "cancelled"


class OutgoingStep(StrEnum):
    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    SEND = "send"
    PAY = "pay"
    FAIL = "fail"
    RETURN = "return"


_S = OutgoingState

STEPS: MappingProxyType[OutgoingStep, MappingProxyType[OutgoingState, OutgoingState]] = MappingProxyType(
    {
        OutgoingStep.EDIT: MappingProxyType({_S.DRAFT: _S.DRAFT, _S.SUBMITTED: _S.DRAFT}),
        OutgoingStep.SUBMIT: MappingProxyType({_S.DRAFT: _S.SUBMITTED}),
        OutgoingStep.APPROVE: MappingProxyType({_S.SUBMITTED: _S.APPROVED}),
        OutgoingStep.REJECT: MappingProxyType({_S.SUBMITTED: _S.DRAFT}),
        OutgoingStep.CANCEL: MappingProxyType(dict.fromkeys((_S.DRAFT, _S.SUBMITTED, _S.APPROVED), _S.CANCELLED)),
        OutgoingStep.SEND: MappingProxyType({_S.APPROVED: _S.SENDING}),
        OutgoingStep.PAY: MappingProxyType({_S.SENDING: _S.PAID, _S.FAILED: _S.PAID}),
        OutgoingStep.FAIL: MappingProxyType({_S.SENDING: _S.FAILED}),
        OutgoingStep.RETURN: MappingProxyType({_S.PAID: _S.RETURNED}),
    }
)

RESERVED = frozenset({_S.APPROVED, _S.SENDING})
"""Decided, and not in the books yet: what is left for others is less by this."""

UNDER_WAY = RESERVED | {_S.SUBMITTED}
"""Somebody decides on it, or has: what they read of it stays."""

REPEATABLE = frozenset({_S.FAILED, _S.RETURNED})
"""The debt stands: it may be paid by another one."""


_IS = MappingProxyType(
    {
        _S.DRAFT: "is a draft",
        _S.SUBMITTED: "waits to be approved",
        _S.APPROVED: "is approved",
        _S.SENDING: "is on its way",
        _S.PAID: "is paid",
        _S.FAILED: "has failed",
        _S.RETURNED: "came back",
        _S.CANCELLED: "is cancelled",
    }
)
_DONE = MappingProxyType(
    {
        OutgoingStep.EDIT: "changed",
        OutgoingStep.SUBMIT: "submitted",
        OutgoingStep.APPROVE: "approved",
        OutgoingStep.REJECT: "sent back",
        OutgoingStep.CANCEL: "cancelled",
        OutgoingStep.SEND: "sent",
        OutgoingStep.PAY: "recorded as paid",
        OutgoingStep.FAIL: "recorded as failed",
        OutgoingStep.RETURN: "recorded as returned",
    }
)


class IllegalStep(DomainError):
    """A step that the table does not list."""

    def __init__(self, current: OutgoingState, step: OutgoingStep) -> None:
        super().__init__("illegal_step", f"This {_IS[current]}: it cannot be {_DONE[step]} now.")


def after(current: OutgoingState, step: OutgoingStep) -> OutgoingState:
    """The state after the step. Raises IllegalStep."""
    following = STEPS[step].get(OutgoingState(current))
    if following is None:
        raise IllegalStep(OutgoingState(current), step)
    return following


def steps_from(current: OutgoingState) -> frozenset[OutgoingStep]:
    return frozenset(step for step, ways in STEPS.items() if current in ways)


def is_second_pair_of_eyes[Person](person: Person, *, makers: Collection[Person]) -> bool:
    """Whether this person had no hand in making it: no draft, no edit, no submission, under whatever role."""
    return person not in makers


def left_to_pay_out(*, balance: Money, reserved: Money) -> Money:
    """What may still be promised to an owner whose account stands at `balance`. Raises CurrencyMismatch."""
    return balance - reserved
