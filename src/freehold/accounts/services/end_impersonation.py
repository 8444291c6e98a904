"""Acting as somebody ends before its time."""

from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from freehold.accounts.impersonating import require_impersonator
from freehold.accounts.models import Impersonation
from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import NotFound

log = structlog.get_logger(__name__)


def end_impersonation(*, actor: Actor, impersonation_id: UUID | Any) -> None:
    """By any administrator. Ending what is over changes nothing. Raises AccessDenied, NotFound."""
    require_impersonator(actor)
    with transaction.atomic():
        found = Impersonation.objects.select_for_update().filter(pk=impersonation_id).first()
        if found is None:
            raise NotFound
        now = database_now()
        if found.ended_at is None and found.ends_at > now:
            found.ended_at = now
            found.save(update_fields=["ended_at", "updated_at"])
            log.warning("impersonation_ended", impersonation=str(found.pk))
