"""What every test has: the run's database server, a process without anything left behind, and a house if it wants."""

from __future__ import annotations

import time
from collections.abc import Iterator
from copy import copy
from datetime import timedelta

import pytest

from tests.server import pytest_collection_modifyitems, pytest_configure, pytest_unconfigure
from tests.support.house import house

__all__ = ["house", "pytest_collection_modifyitems", "pytest_configure", "pytest_unconfigure"]

BOUND = ("_connectors", "_credit_sources", "_gateways", "_test_gateways", "_practice_payers")
"""What tests bind in `core.outside`."""


@pytest.fixture(autouse=True, scope="session")
def quick_emptying() -> None:
    """Needs the settings, which are complete only now."""
    from django.test import TransactionTestCase

    from tests.support.emptying import empty_quickly

    TransactionTestCase._fixture_teardown = empty_quickly


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """A test leaves nothing behind in the process: no moved clock, nothing that a cache counted, no provider."""
    from django.core.cache import cache

    from freehold.core import blocks, clock, outside

    # Every test begins with an unmoved clock and nobody blocked, and need not ask the database for it.
    clock._cached_offset = (time.monotonic() + 3600, timedelta(0))
    blocks._cached = (time.monotonic() + 3600, {})
    cache.clear()
    bound = {name: copy(getattr(outside, name)) for name in BOUND}
    yield
    for name, was in bound.items():
        setattr(outside, name, was)
