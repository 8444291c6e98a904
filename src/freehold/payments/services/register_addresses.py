"""Tell providers where to announce what payers send by themselves, where no dashboard asks for it."""

from collections.abc import Iterator

import structlog

from freehold.core import outside
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, FreeholdError, NotFound, TemporarilyUnavailable
from freehold.payments.accounts import connected, installed_endpoint, notify_url
from freehold.payments.gateways import call
from freehold.payments.models import GatewayAccount
from freehold.ports.credit_source import ToldWhere
from freehold.ports.payment_gateway import Misconfigured, PaymentProvider, ProviderError, Retryable, Unknown

log = structlog.get_logger(__name__)

VALIDATION = "?step=validation"


def accounts_to_tell() -> Iterator[tuple[PaymentProvider, str]]:
    """Each account that has to be told, the installation's and the companies', with the address of it."""
    for gateway in outside.payment_gateways().values():
        if isinstance(gateway, ToldWhere):
            yield gateway, notify_url(gateway.slug, installed_endpoint(gateway.slug, gateway.account))
    for row in GatewayAccount.objects.system("addresses").filter(is_enabled=True).order_by("created_at", "id"):
        try:
            gateway = connected(row)
        except Misconfigured:
            continue
        if isinstance(gateway, ToldWhere):
            yield gateway, notify_url(row.provider, row.endpoint_token)


def register_addresses(*, actor: Actor, account: str, completes: bool = True) -> str:
    """Tells one account's provider. Returns the address.

    `completes`: whether payments go through while we cannot be reached. Raises NotFound for an account that needs no
    telling, BadInput for an address or keys that the provider does not take, TemporarilyUnavailable.
    """
    found = [(gateway, address) for gateway, address in accounts_to_tell() if gateway.account == account]
    if not found:
        raise NotFound("There is no such account at a provider that has to be told.")
    gateway, address = found[0]
    assert isinstance(gateway, ToldWhere)
    try:
        call(
            gateway.register_c2b_addresses,
            confirmation_url=address,
            validation_url=f"{address}{VALIDATION}",
            completes=completes,
        )
    except (ValueError, ProviderError) as error:
        raise _refusal(error) from error
    log.info("addresses_registered", provider=gateway.slug, account=account, actor=str(actor), completes=completes)
    return address


def _refusal(error: Exception) -> FreeholdError:
    if isinstance(error, Retryable | Unknown):
        return TemporarilyUnavailable(f"The provider does not answer: {error}", retry_after=60)
    return BadInput(str(error), code="not_taken")
