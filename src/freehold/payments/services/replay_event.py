"""Read a gateway event once more, because a person mended what stood in its way."""

from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, NotFound
from freehold.core.events import announce
from freehold.payments.events import GatewayEventStored
from freehold.payments.models import GatewayEvent


def replay_event(*, actor: Actor, event_id: UUID) -> GatewayEvent:
    """Puts the event back to `stored` and in the queue; applying twice changes nothing. Raises NotFound,
    AccessDenied: an event of no company is for the platform's administrators, another company's is not there."""
    with transaction.atomic():
        event = GatewayEvent.objects.select_for_update(of=("self",), no_key=True).filter(pk=event_id).first()
        if event is None:
            raise NotFound
        _check(actor, event)
        event.state = GatewayEvent.State.STORED
        event.note = ""
        event.save(update_fields=["state", "note", "updated_at"])
        announce(GatewayEventStored(event_id=event.pk))
    return event


def _check(actor: Actor, event: GatewayEvent) -> None:
    company_id = event.payment.company_id if event.payment is not None else event.company_id
    if company_id is not None:
        policies.require(actor=actor, permission="payments.review", company_id=company_id)
    elif not actor.is_system and (actor.user is None or not actor.user.is_superuser):
        raise AccessDenied("Only an administrator of the platform may do this.")
