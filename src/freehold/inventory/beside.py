"""Whether a listing is free for somebody who already has a part of its space."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from freehold.domain.reasons import Reason
from freehold.inventory.models import Purpose
from freehold.inventory.occupancy import ALIVE
from freehold.inventory.options import LISTING_OPTIONS
from freehold.inventory.reasons import NO_UNITS, Taken, closing_reasons
from freehold.inventory.types import ListingWish
from freehold.properties.rules import taken_period

_TAKEN_BY_OTHERS = f"""
    SELECT option.option_id, lower(allocation.period), upper(allocation.period), claim.purpose, allocation.expires_at
      FROM {LISTING_OPTIONS} AS option
      LEFT JOIN inventory_allocation AS allocation
             ON allocation.unit_id = option.unit_id AND allocation.period && tstzrange(%(start)s, %(end)s) AND {ALIVE}
            AND allocation.claim_id <> ALL(%(ours)s::uuid[])
      LEFT JOIN inventory_claim AS claim ON claim.id = allocation.claim_id
     WHERE option.listing_id = %(listing)s
     ORDER BY 1, 2
"""  # noqa: S608 - constants only


def reasons_beside(*, wish: ListingWish, claim_ids: Sequence[UUID]) -> tuple[Reason, ...]:
    """Why the wish could not be had by whoever owns these claims and gives them up for it; empty when it could.

    A look, not a decision. One query.
    """
    period = taken_period(wish.listing, wish.when, wish.period)
    params = {"listing": wish.listing.pk, "start": period.start, "end": period.end, "ours": list(claim_ids)}
    options: dict[UUID, list[Taken]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN_BY_OTHERS, params)
        for option_id, start, end, purpose, expires_at in cursor.fetchall():
            taken = options.setdefault(option_id, [])
            if start is not None:
                taken.append(Taken(start, end, Purpose(purpose), expires_at))
    if len(options) < wish.quantity:
        return (NO_UNITS,)
    if sum(not taken for taken in options.values()) >= wish.quantity:
        return ()
    return closing_reasons((each for taken in options.values() for each in taken), wish.listing.property.time_zone)
