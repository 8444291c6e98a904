"""Messages to an address that names a provider and nobody's account, as older clients registered it there.

The signature alone says whose message it is, so every account of the provider is asked. What none of them has signed
changes nothing.
"""

import structlog

from freehold.core.errors import BadInput, TemporarilyUnavailable
from freehold.payments.accounts import doors_of
from freehold.payments.gateways import call
from freehold.payments.services.receive_notification import store_events
from freehold.ports.payment_gateway import Ack, BadSignature, Inbound, ProviderError

log = structlog.get_logger(__name__)


def receive_at_fixed_address(*, provider: str, inbound: Inbound) -> Ack:
    """Stores what one account of `provider` has signed, once, wherever else it is sent as well.

    The answer is due after the commit only. Raises BadInput (`bad_signature`), and TemporarilyUnavailable where a
    signature could not be checked; then nothing was stored.
    """
    unchecked: ProviderError | None = None
    for door in doors_of(provider):
        try:
            parsed = call(door.gateway.parse_inbound, inbound)
        except BadSignature:
            continue
        except ProviderError as error:
            unchecked = error
            continue
        if not any(event.trusted for event in parsed.events):
            # Nobody was given this address in secret: without a signature anybody may have written this.
            continue
        store_events(door, inbound, parsed)
        return parsed.ack
    if unchecked is not None:
        log.warning("webhook_not_checked", provider=provider, error=type(unchecked).__name__)
        raise TemporarilyUnavailable("This message cannot be checked at present.", retry_after=60) from unchecked
    log.warning("webhook_refused", provider=provider, reason="no account has signed it")
    raise unsigned()


def unsigned() -> BadInput:
    """How a message is refused that no account has signed."""
    return BadInput("The signature does not fit.", code="bad_signature")
