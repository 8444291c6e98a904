"""Who sleeps where: one party over several rooms."""

from collections.abc import Sequence

from freehold.domain.party import Party, PartyError


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
