"""Homes for real clusters."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def temporary_home() -> Iterator[Path]:
    """Not below pytest's own directory: each run of pytest closes that to other users, and PostgreSQL is one."""
    home = Path(tempfile.mkdtemp(prefix="freehold-home-"))
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home that all tests of a module use one after the other, so that only the first one prepares it."""
    yield from temporary_home()


@pytest.fixture
def other_home() -> Iterator[Path]:
    """A new home for one test."""
    yield from temporary_home()
