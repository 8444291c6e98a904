"""Read parked events again; after a while a person looks at what nobody knows."""

from datetime import timedelta

import structlog

from freehold.core import clock
from freehold.payments.models import GatewayEvent, ReviewItem
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.open_review import open_review

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=15)
BATCH = 100


def revisit_parked(*, limit: int = BATCH) -> int:
    """Returns how many parked events were read again."""
    parked = GatewayEvent.objects.filter(state=GatewayEvent.State.PARKED).order_by("created_at")[:limit]
    for event in parked:
        try:
            event = apply_event(event_id=event.pk)
        except Exception:  # the next one has its money waiting too
            log.exception("parked_event_not_read", event_id=str(event.pk))
        if event.state == GatewayEvent.State.PARKED and event.created_at < clock.now() - PATIENCE:
            _hand_over(event)
    return len(parked)


def _hand_over(event: GatewayEvent) -> None:
    """To the company whose account it came to; to the platform's administrators where it is the installation's."""
    open_review(
        kind=ReviewItem.Kind.UNKNOWN_OBJECT,
        key=f"event:{event.pk}",
        detail=f"The provider reports {event.type} of {event.object_id or 'an object without id'}, "
        "which belongs to no payment of ours.",
        company_id=event.company_id,
        event=event,
    )
    event.state = GatewayEvent.State.QUARANTINED
    event.save(update_fields=["state", "updated_at"])
