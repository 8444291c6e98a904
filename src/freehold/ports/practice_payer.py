"""Whoever plays the payer at a provider's simulator. Only a demonstration has one: real payers pay for themselves."""

from collections.abc import Mapping
from typing import Any, Protocol

from freehold.ports.payment_gateway import ProviderRef


class PracticePayer(Protocol):
    """Presses a button of the payer's page. `action` is what the payer was told to do next, as `NextAction` says it."""

    def act(self, *, pays: bool, ref: ProviderRef, action: Mapping[str, Any]) -> Mapping[str, str]:
        """Pays, or is declined; what the browser then brings back to the merchant. Raises ProviderError."""
