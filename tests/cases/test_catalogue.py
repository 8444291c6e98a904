"""Every case has its tests, for everybody whom it concerns; the table for people says the same."""

import pytest

from tests.cases.catalogue import CASES, COLUMNS, GATEWAYS, Case
from tests.cases.concerning import numbers
from tests.cases.proofs import names_of_tests, proofs
from tests.cases.table import PAGE, page


def test_there_are_48_cases() -> None:
    assert [case.number for case in CASES] == list(range(1, 49))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"case_{case.number}")
def test_a_case_is_proved_for_everybody_whom_it_concerns(case: Case) -> None:
    proved = {proof.provider for proof in proofs() if proof.number == case.number}
    assert set(case.concerns) - proved == set()
    assert proved <= set(COLUMNS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"case_{case.number}")
def test_whom_it_does_not_concern_has_a_reason(case: Case) -> None:
    assert set(case.why_not) == set(GATEWAYS) - set(case.concerns)


def test_every_twin_is_there() -> None:
    twins = {case.control for case in CASES if case.control.startswith("tests/")}
    assert twins - names_of_tests() == set()


def test_no_test_is_named_after_a_case_that_does_not_concern_its_provider() -> None:
    gateways = [proof for proof in proofs() if proof.provider in GATEWAYS]
    concerned = {(case.number, slug) for case in CASES for slug in case.concerns}
    assert [proof for proof in gateways if (proof.number, proof.provider) not in concerned] == []


def test_the_page_says_what_the_catalogue_does() -> None:
    """Written by `python -m tests.cases.table`."""
    assert PAGE.read_text() == page()


def test_names_are_read_as_they_are_meant() -> None:
    assert numbers("test_case_27_it_is_found") == (27,)
    assert numbers("test_case_3_and_44_time") == (3, 44)
    assert numbers("test_cases_15_to_17_trouble") == (15, 16, 17)
    assert numbers("test_something_else") == ()
