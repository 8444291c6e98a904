"""Calls Stripe. What may go wrong, and what it means, stands in `sdk`."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from freehold.adapters.payments.stripe.settings import StripeSettings
from freehold.ports.payment_gateway import Retryable, Unknown

if TYPE_CHECKING:
    from freehold.adapters.payments.stripe.sdk import Sdk


class StripeApi:
    """Thread-safe. Gives the SDK's `v1` services to `ask`, and returns what they answer as plain JSON."""

    def __init__(self, settings: StripeSettings) -> None:
        self._settings = settings

    @cached_property
    def _sdk(self) -> "Sdk":
        # A tenth of a second and 15 MB: only of processes that call Stripe.
        from freehold.adapters.payments.stripe.sdk import Sdk  # noqa: PLC0415

        return Sdk(self._settings)

    def read(self, ask: Callable[[Any], Any]) -> dict[str, Any]:
        """Nothing can have been executed, so that every disturbance is Retryable."""
        try:
            return self.write(ask)
        except Unknown as error:
            raise Retryable(str(error), code=error.code) from error

    def write(self, ask: Callable[[Any], Any]) -> dict[str, Any]:
        return self._sdk.call(ask)
