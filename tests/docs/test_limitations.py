"""The page about the 52 limitations of the stays API: none is left out, and what is called solved has tests."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "limitations-solved.md"
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (\w+) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)
TEST = re.compile(r"`([^`]+)`")
HOW_MANY = 52
SHORTEST_REASON = 40


@dataclass(frozen=True, slots=True)
class Limitation:
    number: int
    title: str
    state: str
    words: str
    tests: tuple[str, ...]


def limitations() -> list[Limitation]:
    return [
        Limitation(int(number), title, state, words, tuple(TEST.findall(tests)))
        for number, title, state, words, tests in ROW.findall(PAGE.read_text())
    ]


ROWS = limitations()


def test_all_are_there_once_and_in_order() -> None:
    assert [row.number for row in ROWS] == list(range(1, HOW_MANY + 1))
    assert len({row.title for row in ROWS}) == HOW_MANY
    # A row that is spelled otherwise would be overlooked.
    assert len(re.findall(r"^\| *\d", PAGE.read_text(), re.MULTILINE)) == HOW_MANY


@pytest.mark.parametrize("row", ROWS, ids=[str(row.number) for row in ROWS])
def test_what_is_solved_names_its_tests_and_what_is_open_its_reason(row: Limitation) -> None:
    assert row.state in {"solved", "open"}
    if row.state == "open":
        assert len(row.words) >= SHORTEST_REASON
        assert not row.tests, "an open row claims nothing"
    else:
        assert row.tests, "nothing is solved without a test"
    assert [test for test in row.tests if not is_there(test)] == []


def test_a_test_that_does_not_exist_would_be_found() -> None:
    own = "tests/docs/test_limitations.py::"
    assert is_there(f"{own}test_all_are_there_once_and_in_order")
    assert not is_there(f"{own}test_that_nobody_wrote")
    assert not is_there("tests/docs/test_nowhere.py::test_all_are_there_once_and_in_order")
    assert not is_there(f"{own}limitations")


def is_there(test: str) -> bool:
    """Whether pytest would collect it: `path::test_name`, or `path::TestClass::test_name`."""
    path, *names = test.split("::")
    return names[-1].startswith("test_") and "::".join(names) in known_in(path)


@cache
def known_in(path: str) -> frozenset[str]:
    file = ROOT / path
    if not (file.is_file() and file.name.startswith("test_")):
        return frozenset()
    found = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef) and "Test" in node.name:
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(found)
