"""What a cancellation gives back: one function for the preview and for the real thing.

The rule, all amounts in minor units:

    excess     = max(0, paid - total)              money that was never owed goes back whole, always
    base       = paid - excess
    cleaning   = min(cleaning_fee, base)           given back whole before arrival: nobody cleaned
    refund     = excess + cleaning + percent_of(base - cleaning, tier.basis_points)      before arrival
    refund     = excess                                                                  after arrival
    fee        = paid - refund

so that it never exceeds what was paid. The tier is the one with the most `hours_before` whose deadline
(`starts_at - hours_before`) has not passed; exactly at the deadline counts as before it, and exactly at
`starts_at` counts as before arrival. A shorter notice never gives back more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType

from freehold.domain.errors import DomainError
from freehold.domain.money import WHOLE, CurrencyMismatch, Money, format_basis_points


class CancellationError(DomainError):
    """Terms or amounts that make no cancellation policy."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Cancel at least `hours_before` the start and get `basis_points` of what was paid (10000 is all of
    it)."""

    hours_before: int
    basis_points: int

    def __post_init__(self) -> None:
        if self.hours_before < 0:
            raise CancellationError("invalid_tier", "A deadline lies before the start, or at it.")
        if not 0 <= self.basis_points <= WHOLE:
            raise CancellationError("invalid_tier", "A refund is 0 % to 100 %.")

    def deadline(self, starts_at: datetime) -> datetime:
        """The last instant at which this tier applies, in UTC."""
        return starts_at.astimezone(UTC) - timedelta(hours=self.hours_before)


@dataclass(frozen=True, slots=True)
class CancellationTerms:
    """Tiers, kept with the longest notice first. A longer notice must not give back less. No tiers: no
    refund."""

    tiers: tuple[Tier, ...]
    policy_name: str

    def __post_init__(self) -> None:
        tiers = tuple(sorted(self.tiers, key=lambda tier: -tier.hours_before))
        object.__setattr__(self, "tiers", tiers)
        for longer, shorter in pairwise(tiers):
            if longer.hours_before == shorter.hours_before:
                raise CancellationError("duplicate_tier", "Two tiers have the same deadline.")
            if longer.basis_points < shorter.basis_points:
                raise CancellationError("tiers_not_monotone", "A longer notice must not give back less.")

    def tier_at(self, *, starts_at: datetime, as_of: datetime) -> Tier | None:
        """The tier that applies at an instant; None when every deadline has passed."""
        return next((tier for tier in self.tiers if as_of <= tier.deadline(starts_at)), None)


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """What goes back, what is kept, and the rule in plain words. `refund` + `fee` is what was paid."""

    refund: Money
    fee: Money
    tier: Tier | None
    policy: str


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """Cancelling up to and including `until` gives back `refund`; None means from then on."""

    until: datetime | None
    refund: Money


def compute_refund(
    terms: CancellationTerms,
    *,
    paid: Money,
    total: Money,
    cleaning_fee: Money,
    starts_at: datetime,
    as_of: datetime,
) -> RefundOutcome:
    """The refund of a cancellation at `as_of`. `total` is the price of the whole stay with its taxes, and
    `cleaning_fee` the part of it that is paid for cleaning. Instants are aware. Raises CancellationError and
    CurrencyMismatch."""
    _check(paid, total, cleaning_fee, starts_at, as_of)
    excess = max(paid - total, Money.zero(paid.currency))
    base = paid - excess
    if as_of > starts_at:
        return RefundOutcome(excess, base, None, f"{terms.policy_name}: no refund after arrival.")
    cleaning = min(cleaning_fee, base)
    tier = terms.tier_at(starts_at=starts_at, as_of=as_of)
    share = (base - cleaning).percent(tier.basis_points if tier else 0)
    refund = excess + cleaning + share
    return RefundOutcome(refund, paid - refund, tier, _policy_text(terms, tier, cleaning))


def refund_timeline(
    terms: CancellationTerms,
    *,
    total_paid: Money,
    cleaning_fee: Money,
    starts_at: datetime,
    total: Money | None = None,
    as_of: datetime | None = None,
) -> tuple[TimelineStep, ...]:
    """What cancelling would give back, from now to after arrival, made of compute_refund itself.

    Steps come in time order, neighbours differ, and the last has `until=None`. `total` defaults to
    `total_paid`. With `as_of`, steps that have passed are left out.
    """
    deadlines = [tier.deadline(starts_at) for tier in terms.tiers]
    start = starts_at.astimezone(UTC)
    instants = [*deadlines, start] if start not in deadlines else deadlines

    def refund_at(instant: datetime) -> Money:
        return compute_refund(
            terms,
            paid=total_paid,
            total=total_paid if total is None else total,
            cleaning_fee=cleaning_fee,
            starts_at=starts_at,
            as_of=instant,
        ).refund

    steps = [TimelineStep(until, refund_at(until)) for until in instants if as_of is None or as_of <= until]
    steps.append(TimelineStep(None, refund_at(start + timedelta(microseconds=1))))
    return _without_repetition(steps)


@dataclass(frozen=True, slots=True)
class RefundPart:
    """One item of a booking, with terms of its own."""

    terms: CancellationTerms
    total: Money
    cleaning_fee: Money
    starts_at: datetime


def compute_refund_of_parts(parts: Sequence[RefundPart], *, paid: Money, as_of: datetime) -> RefundOutcome:
    """The refund of a booking of several items: what was paid is shared out by the items' totals, each share follows
    its item's terms, and what was never owed goes back whole. For one part this is compute_refund. `tier` is that of
    the only part, else None. Raises CancellationError for no parts."""
    if not parts:
        raise CancellationError("no_parts", "There is nothing to cancel.")
    total = Money.sum((part.total for part in parts), paid.currency)
    excess = max(paid - total, Money.zero(paid.currency))
    owed = paid - excess
    shares = owed.allocate([part.total.minor for part in parts]) if owed.is_positive else (owed,) * len(parts)
    outcomes = [
        compute_refund(
            part.terms,
            paid=share,
            total=part.total,
            cleaning_fee=part.cleaning_fee,
            starts_at=part.starts_at,
            as_of=as_of,
        )
        for part, share in zip(parts, shares, strict=True)
    ]
    refund = excess + Money.sum((outcome.refund for outcome in outcomes), paid.currency)
    return RefundOutcome(
        refund=refund,
        fee=paid - refund,
        tier=outcomes[0].tier if len(outcomes) == 1 else None,
        policy=" ".join(dict.fromkeys(outcome.policy for outcome in outcomes)),
    )


def refund_timeline_of_parts(parts: Sequence[RefundPart], *, paid: Money, as_of: datetime) -> tuple[TimelineStep, ...]:
    """refund_timeline for several items: a step wherever any item's refund changes, from `as_of` on."""
    instants = {deadline.deadline(part.starts_at) for part in parts for deadline in part.terms.tiers}
    instants |= {part.starts_at.astimezone(UTC) for part in parts}
    steps = [
        TimelineStep(instant, compute_refund_of_parts(parts, paid=paid, as_of=instant).refund)
        for instant in sorted(instants)
        if as_of <= instant
    ]
    afterwards = max([*instants, as_of]) + timedelta(microseconds=1)
    steps.append(TimelineStep(None, compute_refund_of_parts(parts, paid=paid, as_of=afterwards).refund))
    return _without_repetition(steps)


def _without_repetition(steps: Sequence[TimelineStep]) -> tuple[TimelineStep, ...]:
    """Of neighbours with one refund the last stays."""
    return tuple(
        step
        for step, following in zip(steps, [*steps[1:], None], strict=True)
        if following is None or following.refund != step.refund
    )


def _check(paid: Money, total: Money, cleaning_fee: Money, starts_at: datetime, as_of: datetime) -> None:
    for amount in (total, cleaning_fee):
        if amount.currency != paid.currency:
            raise CurrencyMismatch(paid.currency, amount.currency)
    if min(paid.minor, total.minor, cleaning_fee.minor) < 0:
        raise CancellationError("negative_amount", "What was paid, the total and the fee are not negative.")
    if starts_at.tzinfo is None or as_of.tzinfo is None:
        raise CancellationError("naive_datetime", "Instants carry a time zone.")


def _policy_text(terms: CancellationTerms, tier: Tier | None, cleaning: Money) -> str:
    if tier is None:
        share = "no refund" if cleaning.is_zero else "only the cleaning fee goes back"
    else:
        share = f"{format_basis_points(tier.basis_points)} back {_notice(tier.hours_before)}"
        share += "" if cleaning.is_zero else ", and all of the cleaning fee"
    return f"{terms.policy_name}: {share}."


def _notice(hours: int) -> str:
    if hours == 0:
        return "until arrival"
    count, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"until {count} {unit}{'' if count == 1 else 's'} before arrival"


FLEXIBLE = CancellationTerms((Tier(24, WHOLE),), "Flexible")
MODERATE = CancellationTerms((Tier(120, WHOLE), Tier(24, WHOLE // 2)), "Moderate")
STRICT = CancellationTerms((Tier(336, WHOLE), Tier(168, WHOLE // 2)), "Strict")
NON_REFUNDABLE = CancellationTerms((), "Non-refundable")

PRESETS: Mapping[str, CancellationTerms] = MappingProxyType(
    {"flexible": FLEXIBLE, "moderate": MODERATE, "strict": STRICT, "non_refundable": NON_REFUNDABLE}
)
