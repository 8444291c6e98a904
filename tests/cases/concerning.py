"""Runs a test once for each provider that its case concerns, as the catalogue has it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.cases.catalogue import BY_NUMBER, GATEWAYS

NAME = re.compile(r"test_cases?_(\d+)(?:_(and|to)_(\d+))?_")


def numbers(name: str) -> tuple[int, ...]:
    """The cases that a test's name speaks of."""
    found = NAME.match(name)
    if found is None:
        return ()
    first, last = int(found[1]), int(found[3] or found[1])
    return (first, last) if found[2] == "and" else tuple(range(first, last + 1))


def concerned(name: str) -> tuple[str, ...]:
    """The gateways that every case of this name concerns."""
    cases = [BY_NUMBER[number] for number in numbers(name)]
    return tuple(slug for slug in GATEWAYS if cases and all(slug in case.concerns for case in cases))


def every_provider(test: Callable[..., Any]) -> Any:
    """For all of them. `providers(...)` takes some."""
    return pytest.mark.parametrize("provider", concerned(test.__name__))(test)


def providers(*slugs: str) -> Any:
    return pytest.mark.parametrize("provider", slugs)
