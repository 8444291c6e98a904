"""The shop, open for one test. Its gateway process is shared by all tests of a worker."""

import threading
from collections.abc import Iterator
from functools import cache

import pytest
from django.http import HttpRequest, HttpResponse
from pytest_django.live_server_helper import LiveServer

from freehold.api.v1.webhooks import GatewayWebhookView
from freehold.config.wiring import wire
from freehold.core import events, outside
from freehold.payments.events import MoneyReceived
from freehold.payments.models import Payment, Transfer
from tests.apps.payments.shop import Shop
from tests.simulators.conftest import sandbox
from tests.simulators.sandbox_process import SandboxProcess

__all__ = ["sandbox", "shop", "told"]


class Door:
    """The webhook's view while the shop is open.

    The gateway goes on sending when a test is over. What it owes to earlier tests is turned away, and a database is
    emptied only when nobody is inside.
    """

    def __init__(self) -> None:
        self._post = GatewayWebhookView.post
        self._state = threading.Condition()
        self._is_open = False
        self._inside = 0
        self._own: set[str] = set()

    def enter(self, view: GatewayWebhookView, request: HttpRequest, token: str, provider: str = "") -> HttpResponse:
        if not request.headers.get("User-Agent", "").startswith("freehold-"):
            return self._post(view, request, token, provider)
        with self._state:
            if not self._is_open:
                return HttpResponse(status=503)
            self._inside += 1
        try:
            if not self._knows(token):
                return HttpResponse(status=503)
            return self._post(view, request, token, provider)
        finally:
            with self._state:
                self._inside -= 1
                self._state.notify_all()

    def _knows(self, token: str) -> bool:
        rows = (Payment.objects.system("door"), Transfer.objects.system("door"))
        return token in self._own or any(each.filter(notify_token=token).exists() for each in rows)

    def always_open_at(self, token: str) -> None:
        """An account's own address, which belongs to no payment."""
        self._own.add(token)

    def open(self) -> None:
        with self._state:
            self._is_open = True

    def close(self) -> None:
        with self._state:
            self._is_open = False
            self._state.wait_for(lambda: self._inside == 0, timeout=10)


@cache
def the_door() -> Door:
    """Put in at the first need, and there to stay: what must be kept out comes between tests."""
    door = Door()
    GatewayWebhookView.post = lambda view, request, **names: door.enter(view, request, **names)  # type: ignore[method-assign]
    return door


@pytest.fixture
def shop(
    sandbox: SandboxProcess, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch, settings: object
) -> Iterator[Shop]:
    door = the_door()
    monkeypatch.setattr(settings, "SITE_URL", live_server.url)
    monkeypatch.setattr(outside, "_gateways", {})
    door.open()
    yield Shop(sandbox, live_server.url)
    door.close()
    wire()


@pytest.fixture
def told() -> Iterator[list[MoneyReceived]]:
    """Every MoneyReceived that is announced during the test."""
    heard: list[MoneyReceived] = []
    events.subscribe(MoneyReceived, heard.append)
    yield heard
    wire()
