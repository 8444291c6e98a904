"""Somebody who sends signed messages of the sandbox to a running house, and remembers what was promised.

2xx is the promise that the message is kept. `insist` sends what was refused again, as gateways do; without it a
refusal is the end of the message.
"""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from freehold.simulators.sandbox.signing import HEADER, sign
from tests.support.house import House

EVERY_S = 0.1
PATIENCE = 60.0


@dataclass
class Sender:
    house: House
    kept: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)  # and why
    others: list[str] = field(default_factory=list)  # answers that are neither yes nor "later"

    def __post_init__(self) -> None:
        self._address = f"{self.house.site}/api/v1/webhooks/sandbox/{secrets.token_hex(8)}/"
        self._secret = self.house.home.secret("sandbox_webhook_secret")
        self._run = secrets.token_hex(4)

    @contextmanager
    def sending(self, lines: int = 4) -> Iterator[None]:
        """Meanwhile new messages leave all the time, each once, whatever became of the others."""
        numbers, stop = itertools.count(), threading.Event()

        def send() -> None:
            while not stop.wait(EVERY_S):
                self.send(f"evt_{self._run}_{next(numbers)}")

        threads = [threading.Thread(target=send) for _ in range(lines)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def send(self, name: str) -> bool:
        """Whether the house says that it has it."""
        body = json.dumps(
            {
                "id": name,
                "type": "coupon.made",
                "created": time.time(),
                "livemode": False,
                "account": "acct_sandbox",
                "data": {"object": {"object": "coupon", "id": name}},
            }
        ).encode()
        headers = {HEADER: sign(body, secrets=[self._secret], at=int(time.time()))}
        try:
            answer = httpx.post(self._address, content=body, headers=headers, timeout=20, trust_env=False)
        except httpx.TransportError as error:
            self.refused[name] = type(error).__name__
            return False
        if answer.is_success:
            self.kept.add(name)
            self.refused.pop(name, None)
            return True
        self.refused[name] = str(answer.status_code)
        if answer.status_code != 503:
            self.others.append(f"{answer.status_code} {answer.text[:300]}")
        return False

    def insist(self) -> None:
        """Until the house has everything."""
        deadline = time.monotonic() + PATIENCE
        while self.refused:
            assert time.monotonic() < deadline, self.refused
            for name in list(self.refused):
                if not self.send(name):
                    time.sleep(0.2)
                    break

    def stored(self) -> list[str]:
        """Ids of this sender's messages in the house's database, one per row."""
        rows = self.house.sql(
            "SELECT dedupe_key FROM payments_gatewayevent WHERE dedupe_key LIKE %s ORDER BY 1", f"evt_{self._run}_%"
        )
        return [key for (key,) in rows]
