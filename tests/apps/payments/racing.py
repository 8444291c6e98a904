"""Makes races certain, and shows what happens without the guard.

A test names the place where the acts must meet for the race to happen. With the guard in place they cannot both get
there, the meeting times out, and the outcome is right; the negative control takes the guard away, they meet, and the
outcome is wrong. So each test knows that it would have seen the race.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models import QuerySet

MEETING_PATIENCE = 0.4


def meet_before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, *, parties: int = 2) -> None:
    """Makes callers of `owner.name` wait for each other, for a moment, before they go on."""
    meeting = threading.Barrier(parties)
    original = getattr(owner, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            meeting.wait(MEETING_PATIENCE)
        except threading.BrokenBarrierError:
            meeting.reset()
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, wrapper)


@contextmanager
def without_row_locks() -> Iterator[None]:
    """Turns every SELECT ... FOR UPDATE into a plain SELECT: the negative control's world."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lambda self, **options: self._chain())
        yield
