"""An administrator begins to act as somebody, for a reason and for a while."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from freehold.accounts.impersonating import require_impersonator
from freehold.accounts.models import Impersonation, User
from freehold.accounts.selectors import has_second_factor
from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import AccessDenied, BadInput, NotFound

log = structlog.get_logger(__name__)

SHORTEST_REASON = 10
MAX_MINUTES = int(Impersonation.LONGEST.total_seconds() // 60)
USUAL_MINUTES = 15


def start_impersonation(*, actor: Actor, user_id: UUID, reason: str, minutes: int = USUAL_MINUTES) -> Impersonation:
    """What the administrator began before ends with it. Who calls has asked for a fresh proof of who it is.

    Raises AccessDenied for anybody but a superuser with the permission and, where the administration asks for it,
    a second factor, and for the account of staff; NotFound;
    BadInput for a missing reason or a time that is too long.
    """
    admin = require_impersonator(actor)
    if settings.ADMIN_NEEDS_SECOND_FACTOR and not has_second_factor(user=admin):
        raise AccessDenied("Set up a second factor first.", code="second_factor_required")
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise BadInput("Say why in a few words: the person may ask.", code="required", attr="reason")
    if not 1 <= minutes <= MAX_MINUTES:
        raise BadInput(f"Between 1 and {MAX_MINUTES} minutes.", code="out_of_range", attr="minutes")
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFound
    if user.is_staff or user.is_superuser:
        raise AccessDenied("Nobody acts as somebody who administers the platform.", code="not_as_staff")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=admin.pk)
        now = database_now()
        Impersonation.objects.filter(admin=admin, ended_at=None, ends_at__gt=now).update(ended_at=now, updated_at=now)
        started = Impersonation.objects.create(
            admin=admin, user=user, reason=reason[:300], started_at=now, ends_at=now + timedelta(minutes=minutes)
        )
    log.warning("impersonation_started", impersonation=str(started.pk), admin=str(admin.pk), user=str(user.pk))
    return started
