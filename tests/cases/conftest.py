"""The inn of `tests.support.gateways`, with the till of the provider that a test runs for."""

from collections.abc import Callable, Iterator

import pytest

from freehold.bookings.events import BookingConfirmed, PaymentSentBack
from freehold.config.wiring import wire
from freehold.core import events
from freehold.core.events import Event
from tests.support.gateways.fixtures import *  # noqa: F403 - fixtures, found by their names
from tests.support.gateways.fixtures import OpenInn
from tests.support.gateways.inn import Inn


@pytest.fixture
def inn(open_inn: OpenInn, provider: str) -> Inn:
    return open_inn(provider)


@pytest.fixture
def hasty(open_inn: OpenInn, provider: str) -> Inn:
    """One that waits for answers for a moment only."""
    return open_inn(provider, patience_s=1.5)


@pytest.fixture
def letters(open_inn: Callable[..., Inn]) -> Iterator[list[Event]]:
    """What guests are written about: confirmations, and money that goes back."""
    written: list[Event] = []
    for event in (BookingConfirmed, PaymentSentBack):
        events.subscribe(event, written.append)
    yield written
    wire()
