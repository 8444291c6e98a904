"""The M-Pesa simulator as a real process, and what the owner of a telephone does with it."""

from pathlib import Path
from typing import Any

import httpx

from tests.simulators.process import SimulatorProcess

SHORTCODE = "600638"
KEYS = {
    "CONSUMER_KEY": "key_for_tests",
    "CONSUMER_SECRET": "secret_for_tests",
    "PASSKEY": "passkey_for_tests",
    "INITIATOR": "operator",
    "INITIATOR_PASSWORD": "Safaricom999!*!",
    "CONTROL_KEY": "desk_for_tests",
}


class MpesaProcess(SimulatorProcess):
    def __init__(self, home: Path) -> None:
        environment = {f"FREEHOLD_MPESA_{name}": value for name, value in {**KEYS, "SHORTCODE": SHORTCODE}.items()}
        super().__init__("mpesa", home, environment=environment, control_key=KEYS["CONTROL_KEY"])

    def certificate(self) -> str:
        return httpx.get(f"{self.url}/certificate", trust_env=False).text

    def row(self, table: str, **wanted: Any) -> dict[str, Any]:
        """The one row of the simulator's books with these values."""
        (row,) = self.rows(table, **wanted)
        return row

    def rows(self, table: str, **wanted: Any) -> list[dict[str, Any]]:
        return [row for row in self.books()[table] if all(row[name] == value for name, value in wanted.items())]

    def press(self, checkout_request_id: str, scenario: str, **fields: str) -> None:
        """Press a button of the telephone that shows this prompt."""
        token = self.row("push", id=checkout_request_id)["token"]
        answer = httpx.post(f"{self.url}/prompt/{token}", data={"scenario": scenario, **fields}, trust_env=False)
        assert answer.status_code == 303, answer.text

    def plan(self, kind: str, outcome: str, **fields: Any) -> None:
        """What becomes of the next request of this kind that is answered later."""
        self.control("plan", kind=kind, outcome=outcome, **fields)
