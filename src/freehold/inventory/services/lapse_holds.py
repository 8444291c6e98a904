"""The sweeper: holds whose time is over give their space back, even when nobody asks for it."""

from django.db import transaction

from freehold.core.clock import DatabaseNow
from freehold.inventory.allocations import lapse, lock_units_of_claims_without_waiting
from freehold.inventory.models import Claim, Purpose


def lapse_holds(limit: int = 100) -> int:
    """Lapses up to `limit` due holds and announces HoldLapsed for each. Returns how many.

    Holds on units that somebody is deciding about right now are left for the next round.
    """
    with transaction.atomic():
        due = list(
            Claim.objects.system("sweep holds")
            .filter(purpose=Purpose.HOLD, released_at=None, expires_at__lte=DatabaseNow())
            .order_by("expires_at")
            .values_list("pk", flat=True)[:limit]
        )
        return len(lapse(lock_units_of_claims_without_waiting(due))) if due else 0
