"""Damage deposits: what is held for a stay, how long, and what becomes of it.

`planned -> asked -> held -> released` is the straight road: agreed with the booking, asked for shortly before arrival,
held while the guest is there, let go some days after the departure. Where a provider can hold money without taking it,
that is all that happens; elsewhere the deposit is charged, and goes back. A host who finds damage claims a part before
the release is due: that part is kept, the rest goes back at once.

Banks hold money for some days only. A long stay has its deposit held anew before that, by the saved card or by asking
the guest; one that ran out without being held anew is `lapsed`, and people know that nothing is held any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from freehold.domain.errors import DomainError
from freehold.domain.money import CurrencyMismatch, Money


class DepositState(StrEnum):
    PLANNED = "planned"  # agreed with the booking; nobody was asked yet
    ASKED = "asked"  # the guest was told to leave it
    HELD = "held"  # held by the guest's bank, or charged
    LAPSED = "lapsed"  # what was held is held no more, and nobody has decided anything
    CLAIMED = "claimed"  # the host keeps a part, and the provider has not taken it yet
    KEPT = "kept"  # a part was taken, or all of it; the rest went back
    RELEASED = "released"  # all of it went back
    WAIVED = "waived"  # the host does without
    DROPPED = "dropped"  # the booking ended before anything was held


_S = DepositState

TRANSITIONS: MappingProxyType[DepositState, frozenset[DepositState]] = MappingProxyType(
    {
        _S.PLANNED: frozenset({_S.ASKED, _S.HELD, _S.WAIVED, _S.DROPPED}),
        _S.ASKED: frozenset({_S.HELD, _S.WAIVED, _S.DROPPED}),
        _S.HELD: frozenset({_S.LAPSED, _S.CLAIMED, _S.RELEASED}),
        _S.LAPSED: frozenset({_S.HELD, _S.WAIVED, _S.DROPPED}),
        _S.CLAIMED: frozenset({_S.KEPT, _S.LAPSED}),
        _S.KEPT: frozenset(),
        _S.RELEASED: frozenset(),
        _S.WAIVED: frozenset(),
        _S.DROPPED: frozenset(),
    }
)

WANTED = frozenset({_S.PLANNED, _S.ASKED, _S.LAPSED})
"""Nothing is held, and the guest may leave it."""

OPEN = frozenset(state for state, following in TRANSITIONS.items() if following)
"""Something is still to happen."""


class DepositMethod(StrEnum):
    AUTHORIZATION = "authorization"  # held by the guest's bank: no money of ours until it is captured
    CHARGE = "charge"  # taken, and owed back


class IllegalDepositStep(DomainError):
    """A step that the table does not list."""

    def __init__(self, current: DepositState, to: DepositState) -> None:
        super().__init__("illegal_deposit_step", f"A deposit that is {current} cannot become {to}.")


def deposit_step(current: DepositState | str, to: DepositState) -> DepositState:
    """The new state, or IllegalDepositStep."""
    current = DepositState(current)
    if to not in TRANSITIONS[current]:
        raise IllegalDepositStep(current, to)
    return to


# --- terms ---------------------------------------------------------------------------------------------------

MOST_DAYS = 60
RENEW_BEFORE = timedelta(days=3)
"""What is held is held anew so long before the bank lets it go, which leaves days to ask the guest; but never in the
first half of the time that it is held."""

LEFT_EARLY = timedelta(days=5)
"""Before the guest is asked, a deposit is taken so early at most: banks hold money for about as long."""


@dataclass(frozen=True, slots=True)
class DepositTerms:
    """What was agreed: the guest is asked so many days before arrival, and gets it back so many days after leaving."""

    amount: Money
    ask_days: int = 1
    return_days: int = 7

    def __post_init__(self) -> None:
        if not self.amount.is_positive:
            raise DomainError("deposit_amount", "A deposit is a positive amount.")
        if not (0 <= self.ask_days <= MOST_DAYS and 0 <= self.return_days <= MOST_DAYS):
            raise DomainError("deposit_days", f"From 0 to {MOST_DAYS} days.")


def deposit_of_all(terms: list[DepositTerms]) -> DepositTerms | None:
    """One deposit for everything that is booked together: the sum, asked for with the first, returned with the last."""
    if not terms:
        return None
    return DepositTerms(
        amount=Money.sum((each.amount for each in terms), terms[0].amount.currency),
        ask_days=max(each.ask_days for each in terms),
        return_days=max(each.return_days for each in terms),
    )


def ask_at(starts_at: datetime, ask_days: int) -> datetime:
    return starts_at - timedelta(days=ask_days)


def leave_from(starts_at: datetime, ask_days: int) -> datetime:
    """What a bank holds from then on lasts until the guest is asked; earlier it would be let go long before arrival."""
    return ask_at(starts_at, ask_days) - LEFT_EARLY


def return_at(ends_at: datetime, return_days: int) -> datetime | None:
    """When it goes back by itself; None for a stay without an end."""
    try:
        return ends_at + timedelta(days=return_days)
    except OverflowError:
        return None


def renews_at(
    held_until: datetime | None, *, held_from: datetime | None, returned_at: datetime | None
) -> datetime | None:
    """When it has to be held anew; None when what is held lasts until it goes back."""
    if held_until is None or (returned_at is not None and held_until >= returned_at):
        return None
    if held_from is None:
        return held_until - RENEW_BEFORE
    return held_until - min(RENEW_BEFORE, max((held_until - held_from) / 2, timedelta(0)))


class DepositStep(StrEnum):
    """What is to be done about a deposit by itself."""

    ASK = "ask"  # the guest is to leave it
    RENEW = "renew"  # what is held runs out before it goes back
    RELEASE = "release"
    DROP = "drop"  # nothing is held, and nothing will be needed


@dataclass(frozen=True, slots=True)
class DepositFacts:
    """`stands`: the booking is confirmed, or the guest is in. `fell_through`: it never came about, or was cancelled.
    `renewal_asked_at`: when somebody was last asked to have it held anew."""

    state: DepositState
    stands: bool
    fell_through: bool
    asked_from: datetime
    departure: datetime | None
    returned_at: datetime | None
    renews_from: datetime | None
    renewal_asked_at: datetime | None = None


ASK_AGAIN_AFTER = timedelta(days=1)


def next_step(facts: DepositFacts, *, now: datetime) -> DepositStep | None:
    """What is due now; None when nothing is. A claim waits for the provider, and for nobody else."""
    if facts.state is _S.HELD:
        if facts.fell_through or (facts.returned_at is not None and facts.returned_at <= now):
            return DepositStep.RELEASE
        asked = facts.renewal_asked_at
        is_asked = asked is not None and now < asked + ASK_AGAIN_AFTER
        is_due = facts.renews_from is not None and facts.renews_from <= now
        return DepositStep.RENEW if is_due and not is_asked else None
    if facts.state not in WANTED:
        return None
    is_over = facts.departure is not None and facts.departure <= now
    if facts.fell_through or is_over:
        return DepositStep.DROP
    is_due = facts.state is _S.PLANNED and facts.stands and facts.asked_from <= now
    return DepositStep.ASK if is_due else None


# --- amounts -------------------------------------------------------------------------------------------------


def checked_part(held: Money, part: Money) -> Money:
    """What of `held` is taken. Raises CurrencyMismatch, DomainError `more_than_held` or `amount_not_positive`."""
    if part.currency != held.currency:
        raise CurrencyMismatch(held.currency, part.currency)
    if not part.is_positive:
        raise DomainError("amount_not_positive", "Only a positive amount can be taken.")
    if part > held:
        raise DomainError("more_than_held", f"Only {held} is held.")
    return part


def amount_to_capture(held: Money, part: Money, *, partial_capture: bool) -> Money:
    """What the provider is asked to take for `part`: all of it where no less can be taken; the rest goes back after.

    Raises what `checked_part` raises.
    """
    wanted = checked_part(held, part)
    return wanted if partial_capture else held


def shares_of_captured(received: Money, claimed: Money) -> tuple[Money, Money]:
    """Of what the provider took: what is kept, and what goes back."""
    kept = min(received, claimed)
    return kept, received - kept
