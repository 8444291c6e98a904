"""The shop, open for one test. Its gateway process is shared by all tests of a worker."""

from collections.abc import Iterator

import pytest
from pytest_django.live_server_helper import LiveServer

from freehold.config.wiring import wire
from freehold.core import events, outside
from freehold.payments.events import MoneyReceived
from tests.apps.payments.shop import Shop
from tests.simulators.conftest import sandbox
from tests.simulators.sandbox_process import SandboxProcess

__all__ = ["sandbox", "shop", "told"]


@pytest.fixture
def shop(
    sandbox: SandboxProcess, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, settings: object
) -> Iterator[Shop]:
    monkeypatch.setattr(settings, "SITE_URL", live_server.url)
    monkeypatch.setattr(outside, "_gateways", {})
    yield Shop(sandbox, live_server.url)
    wire()


@pytest.fixture
def told() -> Iterator[list[MoneyReceived]]:
    """Every MoneyReceived that is announced during the test."""
    heard: list[MoneyReceived] = []
    events.subscribe(MoneyReceived, heard.append)
    yield heard
    wire()
