"""Put a claim on other units for the same period, or leave everything as it is."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg.errors import ExclusionViolation

from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import NotFound
from freehold.inventory.allocations import lapse, lock_units_of_claim
from freehold.inventory.errors import ClaimLapsed, Unavailable
from freehold.inventory.models import Claim, Purpose
from freehold.inventory.reasons import BUSY, closing_reason

_RAN_OUT = """
    SELECT DISTINCT other.claim_id
      FROM inventory_allocation AS own
      JOIN inventory_allocation AS other ON other.unit_id = ANY(%(units)s::uuid[]) AND other.period && own.period
     WHERE own.claim_id = %(claim)s AND other.claim_id <> own.claim_id AND other.expires_at <= freehold_now()
"""

_STANDING = """
    SELECT standing.taken_for, standing.expires_at, standing.time_zone
      FROM (SELECT DISTINCT period FROM inventory_allocation WHERE claim_id = %(claim)s) AS own
     CROSS JOIN LATERAL inventory_standing(%(units)s::uuid[], own.period) AS standing
"""

# What is left may come first or last: both are one statement, so that no reader sees the claim without space.
_MOVE = """
    WITH own AS (
        SELECT DISTINCT period, expires_at FROM inventory_allocation WHERE claim_id = %(claim)s
    ), moved AS (
        INSERT INTO inventory_allocation (unit_id, period, claim_id, expires_at)
        SELECT unit, own.period, %(claim)s, own.expires_at FROM unnest(%(units)s::uuid[]) AS unit CROSS JOIN own
    )
    DELETE FROM inventory_allocation WHERE claim_id = %(claim)s AND unit_id = ANY(%(leaving)s::uuid[])
"""


def move_claim(*, actor: Actor, claim_id: UUID, leaving: Collection[UUID], to: Collection[UUID]) -> None:
    """Gives up the leaf units `leaving` and takes the leaf units `to`, for all of the claim's period.

    Runs inside the caller's transaction, which stays usable after a refusal. Raises Unavailable with reasons when
    any of `to` is taken, ClaimLapsed when the claim has ended, NotFound when it does not have what it shall leave.
    """
    try:
        with transaction.atomic():
            lock_units_of_claim(claim_id, and_others=sorted(to))
            _move(claim_id, set(leaving), set(to))
    except IntegrityError as error:
        if not isinstance(error.__cause__, ExclusionViolation):
            raise
        raise Unavailable([BUSY]) from error


def _move(claim_id: UUID, leaving: set[UUID], to: set[UUID]) -> None:
    claim = Claim.objects.system("move a claim").filter(pk=claim_id).first()
    if claim is None or not leaving <= set(claim.unit_ids) or to & (set(claim.unit_ids) - leaving):
        raise NotFound
    if claim.released_at is not None or (claim.expires_at is not None and claim.expires_at <= database_now()):
        raise ClaimLapsed
    added = sorted(to - leaving)
    lapse([row[0] for row in _rows(_RAN_OUT, {"claim": claim_id, "units": added})])
    standing = _rows(_STANDING, {"claim": claim_id, "units": added})
    if standing:
        raise Unavailable([closing_reason(Purpose(purpose), until, zone) for purpose, until, zone in standing])
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"claim": claim_id, "units": added, "leaving": sorted(leaving - to)})
    claim.unit_ids = sorted((set(claim.unit_ids) - leaving) | to)
    claim.save(update_fields=["unit_ids", "updated_at"])


def _rows(statement: str, params: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
