"""Whatever a gateway sends is kept as it came, before anything is believed."""

from collections.abc import Mapping

import structlog
from django.db import transaction

from freehold.core.errors import BadInput, NotFound
from freehold.core.events import announce_all
from freehold.core.outside import payment_gateways
from freehold.payments.events import GatewayEventStored
from freehold.payments.gateways import call
from freehold.payments.models import GatewayEvent
from freehold.ports.payment_gateway import Ack, BadSignature, Inbound, Parsed, PaymentProvider, ProviderEvent

log = structlog.get_logger(__name__)

NOT_KEPT = frozenset({"authorization", "cookie", "proxy-authorization"})


def receive_notification(*, provider: str, inbound: Inbound) -> Ack:
    """Checks the signature over the raw bytes, stores each event once, and leaves the rest to the worker.

    The answer is due after the commit only. Raises BadInput (`bad_signature`) and NotFound; then nothing was stored.
    """
    gateway = payment_gateways().get(provider)
    if gateway is None:
        raise NotFound
    try:
        parsed = call(gateway.parse_inbound, inbound)
    except BadSignature as error:
        log.warning("webhook_refused", provider=provider, reason=type(error).__name__)
        raise BadInput("The signature does not fit.", code="bad_signature") from error
    if not inbound.token_ok and not any(event.trusted for event in parsed.events):
        # Unsigned, and not even sent to an address that we gave out.
        raise NotFound
    _store(gateway, inbound, parsed)
    return parsed.ack


def _store(gateway: PaymentProvider, inbound: Inbound, parsed: Parsed) -> None:
    rows = [_row(gateway, inbound, event) for event in parsed.events]
    with transaction.atomic():
        GatewayEvent.objects.bulk_create(rows, ignore_conflicts=True)
        new = GatewayEvent.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)
        announce_all(GatewayEventStored(event_id=event_id) for event_id in sorted(new))
    log.info("webhook_stored", provider=gateway.slug, events=len(rows), new=len(new))


def _row(gateway: PaymentProvider, inbound: Inbound, event: ProviderEvent) -> GatewayEvent:
    return GatewayEvent(
        provider=gateway.slug,
        account=gateway.account,
        dedupe_key=event.dedupe_key,
        subject=event.subject,
        type=event.type[:80],
        object_id=event.object_id or "",
        our_id=event.our_id or "",
        trusted=event.trusted,
        occurred_at=event.occurred_at,
        path=inbound.path[:300],
        query=dict(inbound.query),
        headers=_kept(inbound.headers),
        body=inbound.body,
    )


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in NOT_KEPT}
