"""Who may come: how many in all, how many of each kind, how old, and how many to one place together."""

from collections.abc import Iterable
from dataclasses import dataclass

from freehold.domain.errors import DomainError
from freehold.domain.party import MAX_CHILD_AGE, Party
from freehold.domain.periods import Period
from freehold.domain.reasons import Reason, ReasonCode, counted

INFANTS_BELOW = 2
"""Whoever is younger (in full years) is an infant."""


class PartyRulesError(DomainError):
    """Rules that nobody could keep."""


@dataclass(frozen=True, slots=True)
class PartyRules:
    """Whom a listing takes. None: no limit of its own.

    `infants_beside`: so many infants count neither against the capacity nor as children. `min_guest_age`: nobody is
    younger; adults always are old enough.
    """

    capacity: int
    max_adults: int | None = None
    max_children: int | None = None
    infants_beside: int = 0
    min_guest_age: int = 0

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise PartyRulesError("invalid_capacity", "A listing takes at least one guest.")
        if self.max_adults is not None and self.max_adults < 1:
            raise PartyRulesError("invalid_adults", "A listing takes at least one adult.")
        if min(self.max_children or 0, self.infants_beside, self.min_guest_age) < 0:
            raise PartyRulesError("invalid_party_rules", "Limits of a party are not negative.")

    @property
    def adults(self) -> int:
        """How many adults may come, when nobody else does."""
        return min(self.capacity, self.max_adults or self.capacity)

    def infants_beside_of(self, party: Party) -> int:
        """How many of the party come beside the others."""
        return min(self.infants_beside, sum(age < INFANTS_BELOW for age in party.children))

    def guests_of(self, party: Party) -> int:
        """How many of the party take a place."""
        return party.size - self.infants_beside_of(party)


def as_many_as_fit(rules: PartyRules, party: Party) -> Party:
    """The largest part of the party that there is room for, adults first. How old they may be is another matter."""
    adults = min(party.adults, rules.adults)
    children: list[int] = []
    for age in party.children:
        wider = Party(adults, (*children, age))
        beside = rules.infants_beside_of(wider)
        most = len(party.children) if rules.max_children is None else rules.max_children
        if rules.guests_of(wider) <= rules.capacity and len(wider.children) - beside <= most:
            children.append(age)
    return Party(adults, tuple(children))


def check_party(rules: PartyRules, party: Party) -> tuple[Reason, ...]:
    """Every reason against the party; none means that it may come."""
    reasons: list[Reason] = []
    if rules.guests_of(party) > rules.capacity:
        reasons.append(Reason(ReasonCode.CAPACITY, _room(rules)))
    if rules.max_adults is not None and party.adults > rules.max_adults:
        detail = f"There is room for {counted(rules.max_adults, 'adult')}."
        reasons.append(Reason(ReasonCode.MAX_ADULTS, detail))
    children = len(party.children) - rules.infants_beside_of(party)
    if rules.max_children is not None and children > rules.max_children:
        room = "1 child" if rules.max_children == 1 else f"{rules.max_children} children"
        detail = f"There is room for {room}." if rules.max_children else "There is no room for children."
        reasons.append(Reason(ReasonCode.MAX_CHILDREN, detail))
    if any(age < rules.min_guest_age for age in party.children):
        detail = f"Guests are at least {rules.min_guest_age} years old."
        if rules.min_guest_age > MAX_CHILD_AGE:
            detail = "This is a place for adults only."
        reasons.append(Reason(ReasonCode.MIN_GUEST_AGE, detail))
    return tuple(reasons)


def check_together(limit: int | None, stays: Iterable[tuple[Period, int]]) -> tuple[Reason, ...]:
    """Whether a place that takes `limit` people of one booking takes these: (when, how many), one per item.

    Who leaves before others come takes no place from them. None: no limit.
    """
    if limit is None or _most_at_once(list(stays)) <= limit:
        return ()
    detail = f"All together, there is room for {counted(limit, 'guest')} here."
    return (Reason(ReasonCode.PROPERTY_CAPACITY, detail),)


def _most_at_once(stays: list[tuple[Period, int]]) -> int:
    """The most are there when somebody has just come."""
    return max((sum(count for other, count in stays if other.contains(period.start)) for period, _ in stays), default=0)


def _room(rules: PartyRules) -> str:
    beside = f", and for {counted(rules.infants_beside, 'infant')} beside" if rules.infants_beside else ""
    return f"There is room for {counted(rules.capacity, 'guest')}{beside}."
