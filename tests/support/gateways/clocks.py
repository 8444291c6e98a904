"""Adapters read the machine's clock, because vendors do not move with ours. Here the vendors do move: simulators are
told the time, so that what adapters read has to go along. Signatures alone stay with the machine's time on both sides.
"""

import sys
import time
from datetime import datetime, tzinfo
from types import SimpleNamespace
from typing import Any

import pytest

from freehold.core import clock

ADAPTERS = "freehold.adapters.payments."


class _Meta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, datetime)


class MovedDatetime(datetime, metaclass=_Meta):
    """`datetime`, but that `now` goes along with Freehold's clock."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + clock.offset()


MOVED_TIME = SimpleNamespace(
    time=lambda: time.time() + clock.offset().total_seconds(), monotonic=time.monotonic, sleep=time.sleep
)


def move_adapters_along(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(ADAPTERS):
            if getattr(module, "datetime", None) is datetime:
                monkeypatch.setattr(module, "datetime", MovedDatetime)
            if getattr(module, "time", None) is time:
                monkeypatch.setattr(module, "time", MOVED_TIME)
