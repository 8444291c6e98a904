"""Write down that space was taken once, or would have been: a claim that has ended, and takes nothing."""

from collections.abc import Sequence
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.domain.periods import Period
from freehold.inventory.models import Claim, Purpose


def record_claim(
    *, actor: Actor, company_id: UUID, listing_id: UUID, unit_ids: Sequence[UUID], period: Period, note: str = ""
) -> UUID:
    """For bookings of another system that are over, or never came to be. For the system only."""
    if not actor.is_system:
        raise AccessDenied("Only the system writes history.")
    claim = Claim.objects.create(
        company_id=company_id,
        listing_id=listing_id,
        purpose=Purpose.BOOKING,
        unit_ids=sorted(unit_ids),
        period=DateTimeTZRange(period.start, period.end, "[)"),
        note=note[:200],
        released_at=clock.database_now(),
    )
    return claim.pk
