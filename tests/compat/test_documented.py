"""docs/compat.md and what the older documents name are in step, and each test that the page names exists."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.compat.documented import DOCUMENTED, PAGE, Row, missing, rows

TESTS = Path(__file__).parents[1]


@cache
def names_in(path: str) -> frozenset[str]:
    """`test_this`, `TestThat::test_other`."""
    found = set()
    for node in ast.parse((TESTS / path).read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return frozenset(found)


def exists(test: str) -> bool:
    path, _colons, name = test.partition("::")
    return (TESTS / path).is_file() and name in names_in(path)


def every_row() -> list[Row]:
    return [row for api in DOCUMENTED for row in rows(api)]


@pytest.mark.parametrize("api", DOCUMENTED)
def test_the_table_names_nothing_that_the_documents_do_not(api: str) -> None:
    known = DOCUMENTED[api]
    for row in rows(api):
        assert row.endpoint in known, row
        assert set(row.fields) <= set(known[row.endpoint]), row


@pytest.mark.parametrize("api", DOCUMENTED)
def test_the_table_names_everything_that_the_documents_do(api: str) -> None:
    assert missing(api) == []


def test_each_row_says_what_it_is_here_and_names_tests_that_exist() -> None:
    for row in every_row():
        assert row.ours, row
        assert row.tests, row
        assert [test for test in row.tests if not exists(test)] == [], row


def test_every_test_that_the_page_names_exists() -> None:
    named = [part for part in PAGE.read_text().split("`") if "::" in part]
    assert [test for test in named if not exists(test)] == []


def test_each_deviation_names_a_test() -> None:
    _before, _heading, rest = PAGE.read_text().partition("## Deviations on purpose\n")
    deviations = rest.partition("\n## ")[0].split("\n- ")[1:]
    assert len(deviations) > 10
    assert [each for each in deviations if "::test_" not in each] == []
