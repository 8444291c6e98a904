"""One party over several rooms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.party import Party, PartyError
from freehold.domain.rooming import spread


def test_each_room_has_an_adult_and_nobody_is_lost() -> None:
    assert spread(Party(3, (4,)), [2, 3]) == (Party(1, (4,)), Party(2))
    assert spread(Party(2, (9, 3)), [4]) == (Party(2, (3, 9)),)


@pytest.mark.parametrize(
    ("party", "capacities", "code"),
    [
        (Party(1), [], "no_rooms"),
        (Party(1, (5,)), [2, 2], "too_few_adults"),
        (Party(5), [2, 2], "no_room"),
    ],
)
def test_what_does_not_fit_is_refused(party: Party, capacities: list[int], code: str) -> None:
    with pytest.raises(PartyError) as refusal:
        spread(party, capacities)
    assert refusal.value.code == code


@given(
    st.integers(1, 20),
    st.lists(st.integers(0, 17), max_size=8),
    st.lists(st.integers(1, 6), min_size=1, max_size=8),
)
def test_whatever_fits_is_spread_within_every_capacity(adults: int, ages: list[int], capacities: list[int]) -> None:
    party = Party(adults, tuple(ages))
    if adults < len(capacities) or party.size > sum(capacities):
        return
    rooms = spread(party, capacities)
    assert sum(room.adults for room in rooms) == adults
    assert sorted(age for room in rooms for age in room.children) == sorted(ages)
    assert all(room.adults >= 1 and room.size <= most for room, most in zip(rooms, capacities, strict=True))
