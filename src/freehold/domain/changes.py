"""What changing a booking costs: one function for the preview and for the real thing.

Every item has a price before and after; an item that is given up costs nothing after. All amounts in minor units:

    fall(i)   = max(0, before(i) - after(i))
    paid(i)   = the share of what was paid that belongs to item i (by the totals before)
    gone(i)   = round(paid(i) * fall(i) / before(i))      what was paid for that which is given up
    kept(i)   = gone(i) - compute_refund(terms(i), paid=gone(i), cleaning_fee=cleaning given up, as_of).refund
    fee       = sum of kept(i)
    owed      = sum of after(i) + fee
    refund    = max(0, min(paid, paid + credited - owed))    `credited`: reductions that were granted
    due       = max(0, due_now + fee - paid - credited)              `due_now`: what of the new price confirms it
    difference = owed - sum of before(i)

so that shortening while all goes back gives the whole difference of the prices, a fee is never more than what was
paid for what is given up, a refund is never more than what was paid, and not both a refund and a payment are due.
What falls at one item does not pay the fee of another, but it does pay a rise of another.

A later arrival must not buy a cheaper cancellation: `terms_after_move` caps every tier at the one that was in force
when the change was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from freehold.domain.cancellation import CancellationError, CancellationTerms, Tier, compute_refund
from freehold.domain.money import CurrencyMismatch, Money, round_half_up


@dataclass(frozen=True, slots=True)
class ChangedPart:
    """One item of a booking: its promised terms and prices, and its price afterwards (zero when it is given up).

    `cleaning_fee`: the part of the fall that is paid for cleaning.
    """

    terms: CancellationTerms
    before: Money
    after: Money
    cleaning_fee: Money
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """`after` is the new price, `fee` what is kept of the old one, `difference` both together less the old price.

    `refund` goes back now, `due` must be paid before the change is made; at most one of them is positive.
    """

    before: Money
    after: Money
    fee: Money
    difference: Money
    refund: Money
    due: Money
    policy: str

    @property
    def owed(self) -> Money:
        """What the booking costs from now on, the fee included."""
        return self.after + self.fee


def compute_change(
    parts: Sequence[ChangedPart], *, paid: Money, due_now: Money, as_of: datetime, credited: Money | None = None
) -> ChangeOutcome:
    """The outcome of a change at `as_of`. `paid` is what was paid for these parts, without fees of earlier changes,
    `credited` what of the old price nobody has to pay, and of the new one neither.

    Raises CancellationError for no parts and negative amounts, CurrencyMismatch.
    """
    _check(parts, paid, due_now)
    currency = paid.currency
    before = Money.sum((part.before for part in parts), currency)
    after = Money.sum((part.after for part in parts), currency)
    zero = Money.zero(currency)
    within = min(paid, before)
    shares = within.allocate([part.before.minor for part in parts]) if within.is_positive else (zero,) * len(parts)
    fee, words = zero, []
    for part, share in zip(parts, shares, strict=True):
        fall = max(part.before - part.after, zero)
        if fall.is_zero:
            continue
        gone = Money(round_half_up(share.minor * fall.minor, part.before.minor), currency)
        outcome = compute_refund(
            part.terms,
            paid=gone,
            total=fall,
            cleaning_fee=min(part.cleaning_fee, gone),
            starts_at=part.starts_at,
            as_of=as_of,
        )
        fee += outcome.fee
        words.append(outcome.policy)
    owed = after + fee
    covered = paid if credited is None else paid + credited
    return ChangeOutcome(
        before=before,
        after=after,
        fee=fee,
        difference=owed - before,
        refund=min(max(covered - owed, zero), paid),
        due=max(min(due_now + fee, owed) - covered, zero),
        policy=" ".join(dict.fromkeys(words)),
    )


def terms_after_move(
    terms: CancellationTerms, *, promised: CancellationTerms, starts_at: datetime, as_of: datetime
) -> CancellationTerms:
    """`terms` for what follows an item that was `promised` with a start at `starts_at`: no tier gives back more than
    cancelling that item at `as_of` would have."""
    tier = None if as_of > starts_at else promised.tier_at(starts_at=starts_at, as_of=as_of)
    cap = tier.basis_points if tier else 0
    tiers = (Tier(each.hours_before, min(each.basis_points, cap)) for each in terms.tiers)
    return CancellationTerms(tuple(each for each in tiers if each.basis_points), terms.policy_name)


def _check(parts: Sequence[ChangedPart], paid: Money, due_now: Money) -> None:
    if not parts:
        raise CancellationError("no_parts", "There is nothing to change.")
    amounts = [amount for part in parts for amount in (part.before, part.after, part.cleaning_fee)]
    for amount in (*amounts, due_now):
        if amount.currency != paid.currency:
            raise CurrencyMismatch(paid.currency, amount.currency)
    if min(amount.minor for amount in (*amounts, due_now, paid)) < 0:
        raise CancellationError("negative_amount", "Prices, fees and what was paid are not negative.")
