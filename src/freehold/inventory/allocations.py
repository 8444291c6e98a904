"""Who may touch the calendar's rows, and in which order.

    lock the leaf units, in id order -> look what stands in the way -> lapse holds that ran out -> insert

The lock makes it fast (waiters queue instead of dead-locking inside the exclusion constraint), the constraint
makes it true. Whoever changes or ends a claim locks the same units first, so that a claim never changes while
somebody decides about its space. Claiming itself is the database function `inventory_claim`: see its migration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection

from freehold.core.errors import NotFound, TemporarilyUnavailable
from freehold.core.events import announce_all
from freehold.core.ids import uuid7
from freehold.domain.periods import Period
from freehold.inventory.errors import Unavailable
from freehold.inventory.events import HoldLapsed
from freehold.inventory.models import Purpose
from freehold.inventory.options import LISTING_OPTIONS
from freehold.inventory.reasons import closing_reason
from freehold.inventory.types import ClaimView

# lock_not_available and deadlock_detected
_SOMEBODY_HAS_IT = {"55P03", "40P01"}

# It begins with WITH, because the audit trail's context travels with statements that do not begin with SELECT.
_CLAIM = """
    WITH answer AS (
        SELECT * FROM inventory_claim(
            %(claim)s, %(company)s, %(units)s::uuid[], %(in_use_only)s, %(skip_locked)s, %(period)s::tstzrange,
            %(taking)s::tstzrange, %(purpose)s, %(listing)s, %(ttl)s, %(note)s, %(external_uid)s)
    )
    SELECT outcome, unit_ids, expires_at, lapsed, taken_for, time_zone FROM answer
"""

_LAPSE = "WITH answer AS (SELECT inventory_lapse(%(claims)s::uuid[]) AS lapsed) SELECT lapsed FROM answer"

# One list of units: with OR beside IN (SELECT ...) no index is used, and every unit there is would be read.
_LOCK_UNITS_OF_CLAIM = """
    SELECT id FROM properties_unit
     WHERE id IN (SELECT unit_id FROM inventory_allocation WHERE claim_id = %(claim)s
                   UNION ALL
                  SELECT unnest(%(others)s::uuid[]))
     ORDER BY id
       FOR NO KEY UPDATE
"""

_LOCK_UNITS_OF_CLAIMS = """
    SELECT id FROM properties_unit
     WHERE id IN (SELECT unit_id FROM inventory_allocation WHERE claim_id = ANY(%(claims)s::uuid[]))
     ORDER BY id
       FOR NO KEY UPDATE
"""

_LOCK_UNITS_OF_LISTINGS = f"""
    SELECT id FROM properties_unit
     WHERE id IN (SELECT unit_id FROM {LISTING_OPTIONS} AS option WHERE listing_id = ANY(%(listings)s::uuid[])
                   UNION
                  SELECT coalesce(part.part_id, named.id)
                    FROM unnest(%(units)s::uuid[]) AS named (id)
                    LEFT JOIN properties_unitpart AS part ON part.composite_id = named.id)
     ORDER BY id
       FOR NO KEY UPDATE
"""  # noqa: S608 - constants only

_LOCK_UNITS = "SELECT id FROM properties_unit WHERE id = ANY(%(units)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"

_LOCK_SOME_UNITS = """
    SELECT unit.id
      FROM unnest(%(units)s::uuid[]) WITH ORDINALITY AS wanted (id, place)
      JOIN properties_unit AS unit ON unit.id = wanted.id
     ORDER BY wanted.place
     LIMIT %(most)s
       FOR NO KEY UPDATE OF unit SKIP LOCKED
"""

_LOCK_UNITS_OF_SWAP = f"""
    SELECT id FROM properties_unit
     WHERE id IN (SELECT unit_id FROM inventory_allocation WHERE claim_id = ANY(%(claims)s::uuid[])
                   UNION
                  SELECT unit_id FROM {LISTING_OPTIONS} AS option WHERE listing_id = ANY(%(listings)s::uuid[])
                   UNION
                  SELECT unnest(%(units)s::uuid[]))
     ORDER BY id
       FOR NO KEY UPDATE
"""  # noqa: S608 - constants only

# Which of the claims have all their units locked by this statement.
_LOCK_UNITS_OF_CLAIMS_WITHOUT_WAITING = """
    WITH taken AS (
        SELECT claim_id, unit_id FROM inventory_allocation WHERE claim_id = ANY(%(claims)s::uuid[])
    ), locked AS (
        SELECT id FROM properties_unit WHERE id IN (SELECT unit_id FROM taken)
         ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    )
    SELECT asked.claim_id
      FROM unnest(%(claims)s::uuid[]) AS asked (claim_id)
      LEFT JOIN taken ON taken.claim_id = asked.claim_id
      LEFT JOIN locked ON locked.id = taken.unit_id
     GROUP BY asked.claim_id
    HAVING bool_and(taken.unit_id IS NULL OR locked.id IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Order:
    """What a claim asks for. `ttl` is for holds and only for them; `in_use_only` refuses inactive units.

    `taking` is the period with what must stay empty before and after it, when that is more.
    """

    company_id: UUID
    unit_ids: Sequence[UUID]
    period: Period
    purpose: Purpose
    listing_id: UUID | None = None
    ttl: timedelta | None = None
    note: str = ""
    external_uid: str = ""
    in_use_only: bool = False
    taking: Period | None = None

    def __post_init__(self) -> None:
        if (self.purpose == Purpose.HOLD) != (self.ttl is not None):
            raise ValueError("A hold needs a time to live, and nothing else has one.")


def place_order(order: Order, *, skip_locked: bool = False) -> ClaimView | None:
    """Claims what the order asks for, all or nothing; None when somebody else is deciding about it right now.

    That is: no lock on the units within two seconds, or with `skip_locked` at once. The caller's transaction stays
    usable, and a refusal keeps no lock. Raises Unavailable with reasons, and NotFound.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A claim is made inside the transaction of what it is made for.")
    claim_id = uuid7()
    rows = _rows(
        _CLAIM,
        {
            "claim": claim_id,
            "company": order.company_id,
            "units": list(order.unit_ids),
            "in_use_only": order.in_use_only,
            "skip_locked": skip_locked,
            "period": _range(order.period),
            "taking": _range(order.taking or order.period),
            "purpose": order.purpose.value,
            "listing": order.listing_id,
            "ttl": order.ttl,
            "note": order.note,
            "external_uid": order.external_uid,
        },
    )
    outcome, unit_ids, expires_at, lapsed, _purpose, _zone = rows[0]
    if outcome == "claimed":
        _announce_lapsed(lapsed)
        return ClaimView(claim_id, tuple(unit_ids), expires_at)
    if outcome == "taken":
        raise Unavailable([closing_reason(Purpose(row[4]), row[2], row[5]) for row in rows])
    if outcome == "not_found":
        raise NotFound
    return None


def lapse(claim_ids: Sequence[UUID]) -> list[UUID]:
    """Gives back the space of those holds that have run out, and announces it. Their units are locked by now."""
    ((lapsed,),) = _rows(_LAPSE, {"claims": list(claim_ids)})
    _announce_lapsed(lapsed)
    return list(lapsed)


def lock_units_of_claim(claim_id: UUID, *, and_others: Sequence[UUID] = ()) -> None:
    """Locks the units that the claim takes, with others that it may take next.

    Read the claim afterwards: it may have ended while this waited.
    """
    _lock(_LOCK_UNITS_OF_CLAIM, {"claim": claim_id, "others": list(and_others)})


def lock_units_of_claims(claim_ids: Sequence[UUID]) -> None:
    """Locks the units of all these claims together, in id order, for whoever then touches claim after claim.

    A single claim needs no such step: what is done to it locks its units in the same order. Raises
    TemporarilyUnavailable.
    """
    if len(claim_ids) > 1:
        _lock(_LOCK_UNITS_OF_CLAIMS, {"claims": list(claim_ids)})


def lock_units_of_listings(listing_ids: Sequence[UUID], *, and_units: Sequence[UUID] = ()) -> None:
    """Locks every unit of every option of the listings, and these units; of a composite its parts."""
    _lock(_LOCK_UNITS_OF_LISTINGS, {"listings": list(listing_ids), "units": list(and_units)})


def lock_units(unit_ids: Sequence[UUID]) -> None:
    """Waits for the units, in id order. Raises TemporarilyUnavailable."""
    _lock(_LOCK_UNITS, {"units": list(unit_ids)})


def lock_some_units_without_waiting(unit_ids: Sequence[UUID], *, most: int) -> list[UUID]:
    """Locks the first `most` units, in the given order, that nobody else has locked. Returns them."""
    return [row[0] for row in _rows(_LOCK_SOME_UNITS, {"units": list(unit_ids), "most": most})]


def lock_units_of_swap(*, claim_ids: Sequence[UUID], listing_ids: Sequence[UUID], unit_ids: Sequence[UUID]) -> None:
    """Locks what the claims take, every unit of every option of the listings, and these units: all in id order."""
    _lock(_LOCK_UNITS_OF_SWAP, {"claims": list(claim_ids), "listings": list(listing_ids), "units": list(unit_ids)})


def lock_units_of_claims_without_waiting(claim_ids: Sequence[UUID]) -> list[UUID]:
    """Locks what nobody else has locked. Returns those claims of which every unit is locked now."""
    return [row[0] for row in _rows(_LOCK_UNITS_OF_CLAIMS_WITHOUT_WAITING, {"claims": list(claim_ids)})]


def _range(period: Period) -> str:
    return f"[{period.start.isoformat()},{period.end.isoformat()})"


def _announce_lapsed(claim_ids: Sequence[UUID]) -> None:
    announce_all(HoldLapsed(claim_id=claim_id) for claim_id in claim_ids)


def _lock(statement: str, params: dict[str, Any]) -> None:
    try:
        _rows(statement, params)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) not in _SOMEBODY_HAS_IT:
            raise
        raise TemporarilyUnavailable("Somebody is changing this right now. Try again in a moment.") from error


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
