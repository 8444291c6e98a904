"""Crash tests inside the services use the shop of the payment tests: a gateway process, and webhooks that arrive."""

from tests.apps.payments.conftest import sandbox, shop

__all__ = ["sandbox", "shop"]
