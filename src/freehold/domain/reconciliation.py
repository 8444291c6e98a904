"""What can be done about a difference between a provider's books and ours. Nothing is mended by itself.

Money that a provider reports is recorded; money that it does not know is asked about first, and given up or left alone
only with a reason and a second pair of eyes. What was paid is never unpaid: a correction is an entry of its own.
"""

from dataclasses import dataclass
from enum import StrEnum

from freehold.domain.money import Money


class DifferenceKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    FEE = "fee"
    PAYOUT = "payout"


class Repair(StrEnum):
    FETCH = "fetch"  # ask the provider about the payment or refund, and record what it says
    CREDIT = "credit"  # keep the money as a credit that somebody allocates
    RECORD_DISPUTE = "record_dispute"
    MARK_FAILED = "mark_failed"  # say why the refund never left: once somebody else agrees, it is owed again
    WRITE_OFF = "write_off"  # say why the books are to be corrected; somebody else has to agree
    AGREE = "agree"  # the second pair of eyes: the correction is written
    SETTLE = "settle"  # leave it, with a note


BY_SOMEBODY_ELSE = frozenset({Repair.AGREE, Repair.SETTLE})  # than who has proposed something
NEEDS_REASON = frozenset({Repair.MARK_FAILED, Repair.WRITE_OFF, Repair.SETTLE})


@dataclass(frozen=True, slots=True)
class Sides:
    """A difference. None: that side does not know the thing; zero: it does, and no money has moved."""

    kind: DifferenceKind
    theirs: Money | None
    ours: Money | None
    is_payment_known: bool
    was_asked: bool = False  # the provider, and people may decide on what it has answered
    is_proposed: bool = False  # by a person, that it be given up

    @property
    def is_missing_there(self) -> bool:
        """Whether money that our books have moved is not in the provider's at all."""
        if not self.is_payment_known or self.ours is None or not self.ours.is_positive:
            return False
        if self.kind is DifferenceKind.REFUND:
            return self.theirs is None or not self.theirs.is_positive
        return self.kind is DifferenceKind.PAYMENT and self.theirs is None


def agrees(theirs: Money | None, ours: Money | None) -> bool:
    """Whether both sides say the same; nothing and zero are the same."""
    if theirs is None or ours is None:
        known = theirs if ours is None else ours
        return known is None or known.is_zero
    return theirs == ours


def proposals(sides: Sides) -> tuple[Repair, ...]:
    """What may be done, the best first; none once the sides agree.

    A note alone never closes what is missing at the provider: one person proposes, and another agrees or says why not.
    """
    if agrees(sides.theirs, sides.ours):
        return ()
    if not sides.is_missing_there:
        return (*_FOR[sides.kind](sides), Repair.SETTLE)
    if not sides.was_asked:
        return (Repair.FETCH,)
    if sides.is_proposed:
        return (Repair.AGREE, Repair.SETTLE)
    return (Repair.FETCH, Repair.MARK_FAILED if sides.kind is DifferenceKind.REFUND else Repair.WRITE_OFF)


def _for_payment(sides: Sides) -> tuple[Repair, ...]:
    if not sides.is_payment_known:
        return (Repair.CREDIT,) if sides.theirs is not None and sides.theirs.is_positive else ()
    return (Repair.FETCH,)


def _for_refund(sides: Sides) -> tuple[Repair, ...]:
    return (Repair.FETCH,) if sides.is_payment_known else ()


def _for_dispute(sides: Sides) -> tuple[Repair, ...]:
    is_away = sides.theirs is not None and sides.theirs.is_positive
    return (Repair.RECORD_DISPUTE,) if sides.is_payment_known and is_away else ()


def _for_people(sides: Sides) -> tuple[Repair, ...]:
    """Whose fee it is, or what became of money that was sent, is found out elsewhere."""
    return ()


_FOR = {
    DifferenceKind.PAYMENT: _for_payment,
    DifferenceKind.REFUND: _for_refund,
    DifferenceKind.DISPUTE: _for_dispute,
    DifferenceKind.FEE: _for_people,
    DifferenceKind.PAYOUT: _for_people,
}
