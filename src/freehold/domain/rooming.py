"""Who sleeps where: one party over several rooms."""

from collections.abc import Sequence

from freehold.domain.party import MAX_CHILD_AGE, Party, PartyError
from freehold.domain.party_rules import PartyRules
from freehold.domain.reasons import counted


def spread(party: Party, capacities: Sequence[int]) -> tuple[Party, ...]:
    """The party over rooms of these capacities: one adult in each, then each person where most places are left.

    Children come last, the youngest first, and so beside adults. Raises PartyError: `no_rooms`, `too_few_adults` when
    a room would have no adult, `no_room` when there are not places enough.
    """
    if not capacities:
        raise PartyError("no_rooms", "Choose at least one room.")
    if party.adults < len(capacities):
        raise PartyError("too_few_adults", "Each room needs at least one adult.")
    if party.size > sum(capacities):
        raise PartyError("no_room", f"These rooms take {sum(capacities)} guests, and you are {party.size}.")
    adults = [1] * len(capacities)
    children: list[list[int]] = [[] for _ in capacities]

    def roomiest() -> int:
        return max(range(len(capacities)), key=lambda room: capacities[room] - adults[room] - len(children[room]))

    for _ in range(party.adults - len(capacities)):
        adults[roomiest()] += 1
    for age in sorted(party.children):
        children[roomiest()].append(age)
    return tuple(Party(count, tuple(ages)) for count, ages in zip(adults, children, strict=True))


def seat(size: int, rooms: Sequence[PartyRules], named: Sequence[Sequence[int]]) -> tuple[Party, ...]:
    """A party of `size` in these rooms, when so many people are known with their ages (in full years): who is named
    stays in their room, and whoever is not named yet is an adult where most places are left.

    Whether each room takes its party is its rules' to say. Raises PartyError: `too_many_named`, and `no_adult` for a
    room that would have none.
    """
    adults = [sum(age > MAX_CHILD_AGE for age in ages) for ages in named]
    children = [tuple(age for age in ages if age <= MAX_CHILD_AGE) for ages in named]
    unnamed = size - sum(len(ages) for ages in named)
    if unnamed < 0:
        raise PartyError("too_many_named", f"{size - unnamed} guests were named for a party of {size}.")

    def most_wanting(room: int) -> tuple[bool, int]:
        """A room without an adult comes first."""
        return adults[room] == 0, rooms[room].capacity - adults[room] - len(children[room])

    for _ in range(unnamed):
        adults[max(range(len(rooms)), key=most_wanting)] += 1
    if not all(adults):
        raise PartyError("no_adult", f"Each room needs at least one adult (from {counted(MAX_CHILD_AGE + 1, 'year')}).")
    return tuple(Party(count, ages) for count, ages in zip(adults, children, strict=True))
