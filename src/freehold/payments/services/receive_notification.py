"""Whatever a gateway sends is kept as it came, before anything is believed."""

from collections.abc import Mapping
from dataclasses import replace

import structlog
from django.db import transaction

from freehold.core.errors import BadInput, NotFound, TemporarilyUnavailable
from freehold.core.events import announce_all
from freehold.core.rows import insert_new
from freehold.payments.accounts import Door, door_of
from freehold.payments.events import GatewayEventStored
from freehold.payments.gateways import call
from freehold.payments.models import GatewayEvent
from freehold.ports.payment_gateway import (
    Ack,
    BadSignature,
    Inbound,
    Misconfigured,
    Parsed,
    ProviderError,
    ProviderEvent,
)

log = structlog.get_logger(__name__)

NOT_KEPT = frozenset({"authorization", "cookie", "proxy-authorization"})


def receive_notification(*, token: str, inbound: Inbound, provider: str = "") -> Ack:
    """Checks the signature over the raw bytes, stores each event once, and leaves the rest to the worker.

    `token` is what the address carries, and says whose account it is. The answer is due after the commit only. Raises
    BadInput (`bad_signature`), NotFound and TemporarilyUnavailable; then nothing was stored.
    """
    door = _door(token, provider)
    inbound = replace(inbound, token_ok=door.token_ok)
    try:
        parsed = call(door.gateway.parse_inbound, inbound)
    except BadSignature as error:
        log.warning("webhook_refused", provider=provider, reason=type(error).__name__)
        raise BadInput("The signature does not fit.", code="bad_signature") from error
    except ProviderError as error:
        # What its signature is checked with cannot be had: neither believed nor refused, it comes again.
        log.warning("webhook_not_checked", provider=provider, error=type(error).__name__)
        raise TemporarilyUnavailable("This message cannot be checked at present.", retry_after=60) from error
    if not inbound.token_ok and not any(event.trusted for event in parsed.events):
        # Unsigned, and not even sent to an address that we gave out.
        raise NotFound
    store_events(door, inbound, parsed)
    return parsed.ack


def _door(token: str, provider: str) -> Door:
    try:
        door = door_of(token=token, provider=provider)
    except Misconfigured as error:
        # Kept by the sender until the account works again.
        raise TemporarilyUnavailable("This account cannot be read at present.", retry_after=60) from error
    if door is None:
        raise NotFound
    return door


def store_events(door: Door, inbound: Inbound, parsed: Parsed) -> None:
    """Keeps each event once, and leaves it to the worker."""
    rows = [_row(door, inbound, event) for event in parsed.events]
    with transaction.atomic():
        new = insert_new(rows)
        announce_all(GatewayEventStored(event_id=event_id) for event_id in sorted(new))
    log.info("webhook_stored", provider=door.gateway.slug, events=len(rows), new=len(new))


def _row(door: Door, inbound: Inbound, event: ProviderEvent) -> GatewayEvent:
    return GatewayEvent(
        company_id=door.company_id,
        addressed_to_id=door.payment_id,
        provider=door.gateway.slug,
        account=door.gateway.account,
        dedupe_key=event.dedupe_key,
        subject=event.subject,
        type=event.type[:80],
        object_id=event.object_id or "",
        our_id=event.our_id or "",
        trusted=event.trusted,
        occurred_at=event.occurred_at,
        token_ok=inbound.token_ok,
        method=inbound.method,
        path=inbound.path[:300],
        query=dict(inbound.query),
        headers=_kept(inbound.headers),
        body=inbound.body,
        received_at=inbound.received_at,
    )


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in NOT_KEPT}
