"""The Razorpay simulator as a real process, with a merchant of its own."""

from pathlib import Path
from typing import Any

import httpx

from tests.simulators.process import Heard, Listener, SimulatorProcess

KEY_ID = "rzp_test_ForTests001"
KEY_SECRET = "secret_for_tests"
WEBHOOK_SECRET = "webhook_secret_for_tests"
ACCOUNT = "acc_FreeholdSim001"
PAYOUT_ACCOUNT = "7878780080316316"


class RazorpayProcess(SimulatorProcess):
    def __init__(self, home: Path) -> None:
        environment = {
            "FREEHOLD_RAZORPAY_KEY_ID": KEY_ID,
            "FREEHOLD_RAZORPAY_KEY_SECRET": KEY_SECRET,
            "FREEHOLD_RAZORPAY_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
        super().__init__("razorpay", home, environment=environment, control_key=KEY_SECRET)
        self.api = httpx.Client(base_url=self.url, auth=(KEY_ID, KEY_SECRET), timeout=10, trust_env=False)

    # --- the dashboard, the bank and the payer ----------------------------------------------------------

    def control(self, deed: str, **fields: Any) -> dict[str, Any]:
        answer = self.desk.post(f"/control/{deed}", json=fields)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def listen(self, listener: Listener, *, secret: str = WEBHOOK_SECRET) -> str:
        """Send the account's webhooks to a new address of the listener from now on."""
        address = listener.new_address()
        self.control("webhook", address=address, secret=secret)
        return address

    def fault(self, operation: str, kind: str, *, executed: bool = False, times: int = 1) -> None:
        self.control("faults", operation=operation, kind=kind, executed=executed, times=times)

    def act(self, order_id: str, scenario: str, **fields: float) -> str | None:
        return self.control("pay", order_id=order_id, scenario=scenario, **fields)["payment_id"]

    def press(self, order_id: str, scenario: str, **query: str) -> httpx.Response:
        """Press a button of the checkout page."""
        return httpx.post(
            f"{self.url}/checkout",
            params={"key_id": KEY_ID, "order_id": order_id, **query},
            data={"scenario": scenario},
            trust_env=False,
        )

    def order(self, **changes: Any) -> dict[str, Any]:
        body = {"amount": 54_000, "currency": "INR", "receipt": "FH-7K2Q9M-1", **changes}
        answer = self.api.post("/v1/orders", json=body)
        assert answer.is_success, answer.text
        return dict(answer.json())


def names(heard: list[Heard]) -> list[str]:
    """The events in order of arrival."""
    return [str(httpx.Response(200, content=one.body).json()["event"]) for one in heard]
