"""Callers and the mails that they were sent."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from freehold.accounts.events import AccountMailRequested
from freehold.core import events

Call = Callable[..., Any]


@pytest.fixture
def call() -> Call:
    """call("auth/login/", {...}, bearer=token) -> response; a fresh client each time."""

    def send(path: str, body: Any = None, *, method: str = "post", bearer: str = "", **headers: str) -> Any:
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        return Client().generic(
            method.upper(),
            f"/api/v1/{path}",
            b"" if body is None else orjson.dumps(body),
            content_type="application/json",
            headers=headers,
        )

    return send


@pytest.fixture
def mails() -> Any:
    """The account mails that were announced."""
    seen: list[AccountMailRequested] = []
    events.subscribe(AccountMailRequested, seen.append)
    yield seen
    events._in_transaction[AccountMailRequested].remove(seen.append)
