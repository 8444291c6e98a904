"""The Stripe simulator as a real process."""

from pathlib import Path
from typing import Any

import httpx
import stripe

from tests.simulators.process import SimulatorProcess

API_KEY = "sk_test_fortests"


class StripeProcess(SimulatorProcess):
    def __init__(self, home: Path) -> None:
        environment = {"FREEHOLD_STRIPE_SIM_KEY": API_KEY}
        super().__init__("stripe", home, environment=environment, control_key=API_KEY)

    def sdk(self, **options: Any) -> Any:
        """The official client's services."""
        base: Any = {"api": self.url}
        options = {"max_network_retries": 0, **options}
        return stripe.StripeClient(options.pop("key", API_KEY), base_addresses=base, **options).v1

    def press(self, url: str, scenario: str, **fields: str) -> httpx.Response:
        """Press a button of a hosted page."""
        return httpx.post(url, data={"scenario": scenario, **fields}, trust_env=False)

    def endpoint(self, url: str, *events: str) -> str:
        """A new webhook endpoint; its secret."""
        made = self.sdk().webhook_endpoints.create({"url": url, "enabled_events": list(events) or ["*"]})
        return str(made.secret)

    def close_endpoints(self) -> None:
        sdk = self.sdk()
        for endpoint in sdk.webhook_endpoints.list({"limit": 100}).data:
            if endpoint.status == "enabled":
                sdk.webhook_endpoints.delete(endpoint.id)
