"""The way out: the one rule about calling gateways, and what they can take."""

from collections.abc import Callable

from django.db import connection

from freehold.core.errors import BadInput
from freehold.domain.money import Money
from freehold.payments.models import Payment
from freehold.ports.payment_gateway import Capabilities, ProviderRef


def forbid_transaction() -> None:
    """A slow gateway must never hold a lock, and a rollback must never forget what a gateway did.

    Raises RuntimeError inside a transaction.
    """
    if connection.in_atomic_block:
        raise RuntimeError("Gateways are called outside of any transaction: commit first, then call.")


def call[**P, R](operation: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Every call to a gateway goes through here. Raises what the gateway raises: `ProviderError`."""
    forbid_transaction()
    return operation(*args, **kwargs)


def reference_of(payment: Payment) -> ProviderRef:
    return ProviderRef(payment.object_id, payment.charge_id or None, payment.provider_extra)


AMOUNT_REFUSED = frozenset({"amount_not_positive", "currency_not_supported", "amount_too_small", "amount_step"})
"""What `check_amount` says is wrong."""


def check_amount(caps: Capabilities, amount: Money) -> None:
    """Raises BadInput for an amount that this gateway cannot take."""
    if not amount.is_positive:
        raise BadInput("Only a positive amount can be paid.", code="amount_not_positive")
    if caps.currencies and amount.currency not in caps.currencies:
        raise BadInput(f"This provider does not take {amount.currency}.", code="currency_not_supported")
    if amount.minor < caps.min_minor.get(amount.currency, 0):
        raise BadInput("This provider does not take such a small amount.", code="amount_too_small")
    if amount.minor % caps.step_minor.get(amount.currency, 1):
        raise BadInput("This provider takes whole amounts only.", code="amount_step")
