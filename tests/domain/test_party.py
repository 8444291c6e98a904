import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.party import Party, PartyError

parties = st.builds(
    Party,
    st.integers(1, 1_000),
    st.lists(st.integers(0, 17), max_size=50).map(tuple),
)


@given(parties)
def test_everybody_is_counted(party: Party) -> None:
    assert party.size == party.adults + len(party.children)
    assert party.chargeable(0) == party.size
    assert party.chargeable(18) == party.adults


@given(parties, st.integers(0, 20))
def test_a_higher_age_limit_never_charges_more(party: Party, age: int) -> None:
    assert party.adults <= party.chargeable(age + 1) <= party.chargeable(age) <= party.size
    assert party.chargeable(age) - party.chargeable(age + 1) == party.children.count(age)


@given(parties)
def test_the_json_form_comes_back(party: Party) -> None:
    assert Party.from_json(party.to_json()) == party


@pytest.mark.parametrize(
    ("adults", "children", "code"),
    [
        (0, (), "invalid_adults"),
        (-1, (), "invalid_adults"),
        (1_001, (), "invalid_adults"),
        (True, (), "invalid_adults"),
        (2.0, (), "invalid_adults"),
        ("2", (), "invalid_adults"),
        (2, (-1,), "invalid_child_age"),
        (2, (5, 18), "invalid_child_age"),
        (2, ("5",), "invalid_child_age"),
        (2, (False,), "invalid_child_age"),
        (2, (1,) * (51), "too_many_children"),
    ],
)
def test_impossible_parties_are_refused(adults: object, children: tuple[object, ...], code: str) -> None:
    with pytest.raises(PartyError) as refused:
        Party(adults, children)  # type: ignore[arg-type]
    assert refused.value.code == code


@pytest.mark.parametrize(
    "data",
    [{}, {"adults": None}, {"adults": "2"}, {"adults": 2, "children": "5"}, {"adults": 2, "children": 5}],
)
def test_json_that_is_no_party_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(PartyError):
        Party.from_json(data)


def test_children_may_be_left_out_and_given_as_a_list() -> None:
    assert Party.from_json({"adults": 2}) == Party(2)
    assert Party(2, [5]) == Party(2, (5,))  # type: ignore[arg-type]


def test_the_largest_party_is_accepted() -> None:
    assert Party(50, (17,) * 50).size == 100
