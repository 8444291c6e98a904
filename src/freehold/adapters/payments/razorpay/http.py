"""Calls Razorpay. What may go wrong, and what it means, stands in `sdk`."""

from collections.abc import Callable
from typing import Any

from freehold.adapters.payments.razorpay.settings import RazorpaySettings
from freehold.ports.payment_gateway import Retryable, Unknown


class RazorpayHttp:
    """Thread-safe: every call has its own client."""

    def __init__(self, settings: RazorpaySettings) -> None:
        self._settings = settings

    def read(self, ask: Callable[[Any], Any]) -> dict[str, Any]:
        """Nothing can have been executed, so that every disturbance is Retryable."""
        try:
            return self.write(ask)
        except Unknown as error:
            raise Retryable(str(error), code=error.code) from error

    def write(self, ask: Callable[[Any], Any]) -> dict[str, Any]:
        """Gives `ask` the SDK's client, and returns what it answers."""
        # The SDK takes its time to be imported: who has no account at Razorpay never waits for it.
        from freehold.adapters.payments.razorpay import sdk  # noqa: PLC0415

        with sdk.open_session(self._settings) as session:
            return dict(ask(sdk.open_client(self._settings, session)))
