"""Which commitment a typed reference, a telephone number and an amount point to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.money import Money
from freehold.domain.references import (
    ALPHABET,
    Clue,
    Owed,
    booking_reference,
    candidates,
    gateway_reference,
    named_by,
    phone_key,
    references_in,
)

references = st.integers(0, 2**50 - 1).map(booking_reference)
codes = st.text(ALPHABET, min_size=6, max_size=6).map(lambda code: f"FH-{code}")
SHILLINGS = Money(750_000, "KES")


def owed(reference: str, minor: int = 750_000, currency: str = "KES", *phones: str) -> Owed:
    return Owed(reference, Money(minor, currency), frozenset(phones))


@st.composite
def typed(draw: st.DrawFn, reference: str) -> str:
    """The reference as somebody may write it on a telephone or a bank's form."""
    text = ""
    for character in reference:
        looks = {"0": "0oO", "1": "1iIlL", "-": ["-", " ", "", " - "]}.get(character, character + character.lower())
        text += draw(st.sampled_from(list(looks)))
    return text


@given(references, st.data())
def test_what_was_typed_by_hand_names_its_commitment(reference: str, data: st.DataObject) -> None:
    text = data.draw(typed(reference))
    assert named_by(text, [owed(reference)], currency="KES") == owed(reference)


@given(codes, st.data())
def test_a_reference_is_found_in_the_middle_of_a_sentence(reference: str, data: st.DataObject) -> None:
    before, after = data.draw(st.sampled_from(["", "stay ", "Pay for: "])), data.draw(st.sampled_from(["", " thanks!"]))
    text = f"{before}{data.draw(typed(reference))}{after}"
    assert reference in references_in(text)


@given(codes, st.integers(1, 5), st.booleans())
def test_a_reference_may_be_torn_apart(reference: str, cut: int, prefixed: bool) -> None:
    whole = gateway_reference(reference) if prefixed else reference.removeprefix("FH-")
    text = f"room {whole[:cut]} {whole[cut:]} asante"
    assert reference in references_in(text)


@given(st.text(max_size=400), references)
def test_any_text_is_read_and_decides_nothing_about_what_it_does_not_name(text: str, reference: str) -> None:
    found = references_in(text)
    assert len(set(found)) == len(found)
    decided = named_by(text, [owed(reference)], currency="KES")
    assert (decided is not None) == (reference in found)


@given(codes, codes)
def test_a_text_that_names_two_commitments_decides_nothing(first: str, second: str) -> None:
    both = {first: owed(first), second: owed(second)}
    decided = named_by(f"{first}, {second}", both.values(), currency="KES")
    assert decided == (owed(first) if first == second else None)


def test_a_reference_in_another_currency_decides_nothing() -> None:
    assert named_by("FH-7K2Q9M", [owed("FH-7K2Q9M", 750_000, "USD")], currency="KES") is None


@given(codes, st.data())
def test_one_slip_is_a_suggestion_and_never_a_decision(reference: str, data: st.DataObject) -> None:
    code = reference.removeprefix("FH-")
    place = data.draw(st.integers(0, 5))
    wrong = data.draw(st.sampled_from([character for character in ALPHABET if character != code[place]]))
    slip = data.draw(
        st.sampled_from(
            [
                code[:place] + wrong + code[place + 1 :],
                code[:place] + code[place + 1 :],
                code[:place] + wrong + code[place:],
            ]
        )
    )
    if reference in references_in(slip):
        return
    assert named_by(slip, [owed(reference)], currency="KES") is None
    (found,) = candidates(text=slip, phone="", amount=Money(1, "KES"), owed=[owed(reference)])
    assert found.clues == {Clue.SIMILAR}


def test_swapped_neighbours_are_one_slip() -> None:
    (found,) = candidates(text="7K2QM9", phone="", amount=Money(1, "KES"), owed=[owed("FH-7K2Q9M")])
    assert found.clues == {Clue.SIMILAR}


def test_candidates_come_the_likeliest_first() -> None:
    named = owed("FH-7K2Q9M", 100)
    caller = owed("FH-AAAAAA", 750_000, "KES", "0712 345 678")
    equal = owed("FH-BBBBBB")
    nobody = owed("FH-CCCCCC", 5)
    foreign = owed("FH-DDDDDD", 750_000, "USD", "0712345678")
    found = candidates(
        text="fh 7k2q9m", phone="254712345678", amount=SHILLINGS, owed=[nobody, foreign, equal, caller, named]
    )
    assert [(one.owed, set(one.clues)) for one in found] == [
        (named, {Clue.REFERENCE}),
        (caller, {Clue.PHONE, Clue.AMOUNT}),
        (equal, {Clue.AMOUNT}),
    ]


def test_a_part_of_what_is_owed_and_the_payers_names_are_clues() -> None:
    wanted = Owed("FH-7K2Q9M", SHILLINGS, parts=frozenset({Money(100, "KES")}), names=frozenset({"Wanjiru N. Kamau"}))
    (found,) = candidates(text="", phone="", amount=Money(100, "KES"), owed=[wanted], name="KAMAU, WANJIRU")
    assert found.clues == {Clue.AMOUNT, Clue.NAME}
    assert candidates(text="", phone="", amount=Money(1, "KES"), owed=[wanted], name="Wanjiru Otieno") == ()


def test_the_wanted_amount_of_the_right_caller_is_still_only_a_suggestion() -> None:
    one = owed("FH-7K2Q9M", 750_000, "KES", "254712345678")
    assert named_by("school fees", [one], currency="KES") is None
    assert candidates(text="school fees", phone="0712345678", amount=SHILLINGS, owed=[one])


@pytest.mark.parametrize("text", ["+254 712 345 678", "254712345678", "0712345678", "0712-345-678"])
def test_a_number_is_the_same_however_it_is_written(text: str) -> None:
    assert phone_key(text) == "712345678"


@pytest.mark.parametrize("text", ["", "12345", "2547*****678", "0712xxx678", "f" * 64, "9" * 40])
def test_a_masked_or_hashed_number_is_no_clue(text: str) -> None:
    assert phone_key(text) is None
