"""The sandbox gateway as a real process."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.simulators.process import SOURCE, Heard, Listener, SimulatorProcess, eventually, free_port

__all__ = [
    "API_KEY",
    "SECRET",
    "SOURCE",
    "Heard",
    "Listener",
    "SandboxProcess",
    "eventually",
    "free_port",
]

API_KEY = "sk_for_tests"
SECRET = "whsec_for_tests"


class SandboxProcess(SimulatorProcess):
    def __init__(self, home: Path, *, webhook_secrets: tuple[str, ...] = (SECRET,)) -> None:
        environment = {"FREEHOLD_SANDBOX_API_KEY": API_KEY, "FREEHOLD_SANDBOX_SECRETS": ",".join(webhook_secrets)}
        super().__init__("sandbox", home, environment=environment, control_key=API_KEY)
        self.api = self.desk

    # --- what a payer and a merchant do -----------------------------------------------------------------

    def order(self, listener: Listener, **changes: Any) -> dict[str, Any]:
        """A payment that a merchant asked for."""
        body = {
            "reference": "FH-7K2Q9M",
            "amount": 54_000,
            "currency": "USD",
            "merchant": "Beacon Hill Stays",
            "description": "Two nights in Back Bay",
            "return_url": "http://127.0.0.1:9/back?booking=1",
            "notify_url": listener.new_address(),
            "expires_at": time.time() + 900,
            **changes,
        }
        answer = self.api.post("/v1/payments", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def press(self, payment: Mapping[str, Any], scenario: str, **fields: str) -> httpx.Response:
        """Press a button of the hosted page."""
        return httpx.post(payment["checkout_url"], data={"scenario": scenario, **fields}, trust_env=False)

    def payment(self, payment: Mapping[str, Any]) -> dict[str, Any]:
        return dict(self.api.get(f"/v1/payments/{payment['id']}").json())
