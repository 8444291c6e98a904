import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.references import (
    ALPHABET,
    RANDOM_BITS,
    InvalidReference,
    booking_reference,
    gateway_reference,
    normalise_reference,
)

numbers = st.integers(0, 2**50 - 1) | st.integers(0, 2**RANDOM_BITS - 1)
references = numbers.map(booking_reference)


@given(numbers, numbers)
def test_each_number_has_its_own_reference(first: int, second: int) -> None:
    assert (booking_reference(first) == booking_reference(second)) == (first == second)


@given(references)
def test_references_have_no_letters_that_look_like_digits(reference: str) -> None:
    assert re.fullmatch(r"FH-[0-9A-HJKMNP-TV-Z]{6,10}", reference)
    assert not set("ILOU") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32


@given(st.integers(0, 2**30 - 1))
def test_thirty_bits_make_six_characters(number: int) -> None:
    assert len(booking_reference(number)) == len("FH-") + 6
    assert RANDOM_BITS == 30


@given(references)
def test_gateways_accept_the_reference(reference: str) -> None:
    assert re.fullmatch(r"[A-Z0-9]{6,12}", gateway_reference(reference))
    assert normalise_reference(gateway_reference(reference)) == reference


@given(references, st.data())
def test_typed_references_are_understood(reference: str, data: st.DataObject) -> None:
    typed = ""
    for character in reference:
        lookalikes = {"0": "0oO", "1": "1iIlL", "-": "- ", "F": "Ff", "H": "Hh"}.get(
            character, character + character.lower()
        )
        typed += data.draw(st.sampled_from(lookalikes)) + data.draw(st.sampled_from(["", "", "", " ", "-"]))
    typed = f" {typed}\n"
    assert normalise_reference(typed) == reference
    assert normalise_reference(normalise_reference(typed)) == reference


@given(st.integers(0, 2**RANDOM_BITS - 1))
def test_six_characters_are_understood_without_the_prefix(number: int) -> None:
    reference = booking_reference(number)
    assert normalise_reference(reference.removeprefix("FH-").lower()) == reference


@pytest.mark.parametrize(
    ("typed", "reference"),
    [
        ("fh7k2q", "FH-FH7K2Q"),  # six characters that begin like the prefix
        ("FH FH7K2Q", "FH-FH7K2Q"),
        ("fhfh7k2q", "FH-FH7K2Q"),
        ("fh7k2q9m", "FH-7K2Q9M"),
    ],
)
def test_a_code_that_begins_like_the_prefix_is_told_apart(typed: str, reference: str) -> None:
    assert normalise_reference(typed) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FH-",
        "FH-12345",
        "FH-7K2Q9U",
        "7K2Q9!",
        "FH-7K2Q9M7K2Q9",
        "ＦＨ７Ｋ２Ｑ９Ｍ",
        "' OR 1=1 --",
        "١٢٣٤٥٦",
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        normalise_reference(text)


@given(st.text(max_size=20))
def test_any_text_gives_a_reference_or_a_refusal(text: str) -> None:
    try:
        reference = normalise_reference(text)
    except InvalidReference:
        return
    assert normalise_reference(reference) == reference


@pytest.mark.parametrize("number", [-1, 2**50])
def test_numbers_without_a_reference_are_refused(number: int) -> None:
    with pytest.raises(InvalidReference):
        booking_reference(number)
