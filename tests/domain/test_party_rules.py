from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.party import Party
from freehold.domain.party_rules import PartyRules, PartyRulesError, as_many_as_fit, check_party, check_together
from freehold.domain.periods import Period

parties = st.builds(Party, st.integers(1, 8), st.lists(st.integers(0, 17), max_size=6).map(tuple))
rules_of_any_kind = st.builds(
    PartyRules,
    st.integers(1, 8),
    max_adults=st.none() | st.integers(1, 5),
    max_children=st.none() | st.integers(0, 4),
    infants_beside=st.integers(0, 3),
    min_guest_age=st.integers(0, 18),
)


@given(rules_of_any_kind, parties)
def test_a_party_may_come_exactly_when_it_fits_in_every_respect(rules: PartyRules, party: Party) -> None:
    infants = len([age for age in party.children if age < 2])
    beside = min(infants, rules.infants_beside)
    fits = (
        party.adults + len(party.children) - beside <= rules.capacity
        and (rules.max_adults is None or party.adults <= rules.max_adults)
        and (rules.max_children is None or len(party.children) - beside <= rules.max_children)
        and all(age >= rules.min_guest_age for age in party.children)
    )
    reasons = check_party(rules, party)
    assert (reasons == ()) == fits
    assert len({reason.code for reason in reasons}) == len(reasons)


@given(rules_of_any_kind, parties)
def test_as_many_as_fit_do_fit_and_all_of_them_where_all_may_come(rules: PartyRules, party: Party) -> None:
    part = as_many_as_fit(rules, party)
    codes = {reason.code for reason in check_party(rules, part)}
    assert codes <= {"min_guest_age"}
    if not check_party(rules, party):
        assert part == party


@given(rules_of_any_kind, parties)
def test_fewer_people_are_never_refused_for_their_number(rules: PartyRules, party: Party) -> None:
    smaller = Party(party.adults, party.children[1:])
    assert {reason.code for reason in check_party(rules, smaller)} <= {
        reason.code for reason in check_party(rules, party)
    }


@pytest.mark.parametrize(
    ("rules", "party", "expected"),
    [
        ({}, Party(2, (1,)), "There is room for 2 guests."),
        ({"infants_beside": 1}, Party(2, (1,)), None),
        ({"infants_beside": 1}, Party(2, (0, 1)), "There is room for 2 guests, and for 1 infant beside."),
        ({"infants_beside": 1}, Party(2, (2,)), "There is room for 2 guests, and for 1 infant beside."),
        ({"max_adults": 1}, Party(2), "There is room for 1 adult."),
        ({"max_children": 0}, Party(1, (5,)), "There is no room for children."),
        ({"max_children": 0, "infants_beside": 1}, Party(1, (1,)), None),
        ({"max_children": 1, "capacity": 4}, Party(1, (5, 6)), "There is room for 1 child."),
        ({"max_children": 2, "capacity": 4}, Party(1, (5, 6, 7)), "There is room for 2 children."),
        ({"min_guest_age": 12}, Party(1, (11,)), "Guests are at least 12 years old."),
        ({"min_guest_age": 12}, Party(1, (12,)), None),
        ({"min_guest_age": 18}, Party(1, (17,)), "This is a place for adults only."),
    ],
)
def test_each_rule_says_why(rules: dict[str, Any], party: Party, expected: str | None) -> None:
    reasons = check_party(PartyRules(**({"capacity": 2} | rules)), party)
    assert [reason.detail for reason in reasons] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "rules",
    [{"capacity": 0}, {"max_adults": 0}, {"max_children": -1}, {"infants_beside": -1}, {"min_guest_age": -1}],
)
def test_rules_that_nobody_could_keep_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(PartyRulesError):
        PartyRules(**({"capacity": 2} | rules))


NOON = datetime(2027, 5, 1, 12, tzinfo=UTC)


def stay(first: int, last: int) -> Period:
    return Period(NOON + timedelta(days=first), NOON + timedelta(days=last))


def test_people_of_one_booking_are_counted_together_while_they_are_there_together() -> None:
    together = [(stay(0, 3), 4), (stay(2, 5), 3)]
    assert [reason.detail for reason in check_together(6, together)] == [
        "All together, there is room for 6 guests here."
    ]
    assert check_together(7, together) == ()
    assert check_together(None, together) == ()


def test_who_leaves_takes_no_place_from_those_who_come() -> None:
    assert check_together(4, [(stay(0, 3), 4), (stay(3, 5), 3)]) == ()
    assert check_together(4, []) == ()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5), st.integers(1, 6)), max_size=5), st.integers(1, 20))
def test_the_limit_holds_on_every_day(stays: list[tuple[int, int, int]], limit: int) -> None:
    reasons = check_together(limit, [(stay(first, first + length), count) for first, length, count in stays])
    busiest = max(sum(count for first, length, count in stays if first <= day < first + length) for day in range(15))
    assert bool(reasons) == (busiest > limit)
