"""Take units for a period: the one door to the calendar."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from freehold.core.actor import Actor
from freehold.domain.periods import Period
from freehold.inventory.allocations import Order, place_order
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Purpose
from freehold.inventory.reasons import BUSY
from freehold.inventory.types import ClaimView


def claim_units(
    *,
    actor: Actor,
    company_id: UUID,
    unit_ids: Sequence[UUID],
    period: Period,
    purpose: Purpose,
    listing_id: UUID | None = None,
    ttl: timedelta | None = None,
    note: str = "",
    external_uid: str = "",
) -> ClaimView:
    """Claims all of the units (a composite stands for its parts) or none of them.

    Runs inside the caller's transaction, which stays usable after a refusal. `ttl` belongs to holds and only to
    them. Whether the actor may do this is decided by the use case that calls. Raises Unavailable with reasons, and
    NotFound for units that are not the company's.
    """
    claim = place_order(Order(company_id, unit_ids, period, purpose, listing_id, ttl, note, external_uid))
    if claim is None:
        raise Unavailable([BUSY])
    return claim
