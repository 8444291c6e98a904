"""Import `open_inn` and `SIMULATORS` into a conftest: `from tests.support.gateways.fixtures import *`."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest
from django.conf import LazySettings

from freehold.config.wiring import wire
from freehold.core import events, outside
from tests.simulators.conftest import (
    bkash_simulator,
    mpesa_simulator,
    razorpay_simulator,
    sandbox,
    stripe_simulator,
)
from tests.simulators.process import Listener
from tests.support.gateways.clocks import move_adapters_along
from tests.support.gateways.inn import Inn
from tests.support.gateways.tills import TILLS

__all__ = [
    "bkash_simulator",
    "mpesa_simulator",
    "open_inn",
    "razorpay_simulator",
    "sandbox",
    "stripe_simulator",
]

SIMULATORS = {
    "sandbox": "sandbox",
    "stripe": "stripe_simulator",
    "stripe_intent": "stripe_simulator",
    "razorpay": "razorpay_simulator",
    "bkash": "bkash_simulator",
    "mpesa": "mpesa_simulator",
}


class OpenInn(Protocol):
    def __call__(self, *names: str, patience_s: float | None = None) -> Inn:
        """Tills by the names of `TILLS`, the usual one first. `patience_s`: how long providers are waited for."""
        ...


@pytest.fixture
def open_inn(
    request: pytest.FixtureRequest,
    transactional_db: None,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[OpenInn]:
    """Simulators are started at the first need, and serve all tests of this process with empty books for each."""
    listener = Listener()
    settings.SITE_URL = f"http://127.0.0.1:{listener.port}"
    monkeypatch.setattr(outside, "_gateways", {})
    move_adapters_along(monkeypatch)
    with ExitStack() as stack:
        listener.start()
        stack.callback(listener.stop)
        stack.callback(wire)
        stack.enter_context(events.unheard("freehold.messaging"))

        def open_(*names: str, patience_s: float | None = None) -> Inn:
            tills = [TILLS[name](request.getfixturevalue(SIMULATORS[name])) for name in names]
            inn = Inn(tills, listener, patience_s=patience_s)
            stack.callback(inn.close)
            return inn

        yield open_
