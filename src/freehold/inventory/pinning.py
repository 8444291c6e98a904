"""Which units of a place a claim has, and which others it could have instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from freehold.inventory.occupancy import ALIVE
from freehold.properties.models import Listing

# One row per unit in use: a composite is when all of its parts are. A leaf that the claim itself takes is free for it.
_UNITS = f"""
    SELECT unit.id, unit.name, unit.unit_type_id, coalesce(type.name, ''), unit.max_guests,
           array_agg(leaf.id ORDER BY leaf.id),
           bool_and(leaf.id IN (SELECT unit_id FROM inventory_allocation WHERE claim_id = %(claim)s)),
           NOT bool_or(EXISTS (
               SELECT FROM inventory_allocation AS own
                 JOIN inventory_allocation AS allocation
                   ON allocation.unit_id = leaf.id AND allocation.period && own.period
                WHERE own.claim_id = %(claim)s AND allocation.claim_id <> own.claim_id AND {ALIVE}))
      FROM properties_unit AS unit
      LEFT JOIN properties_unitpart AS part ON part.composite_id = unit.id
      LEFT JOIN properties_unittype AS type ON type.id = unit.unit_type_id
      JOIN properties_unit AS leaf ON leaf.id = coalesce(part.part_id, unit.id)
     WHERE unit.property_id = %(property)s AND (unit.kind = 'leaf' OR part.part_id IS NOT NULL)
     GROUP BY unit.id, type.id
    HAVING unit.is_active AND bool_and(leaf.is_active)
        OR bool_and(leaf.id IN (SELECT unit_id FROM inventory_allocation WHERE claim_id = %(claim)s))
     ORDER BY length(unit.name), unit.name
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class UnitForClaim:
    """A unit as one claim sees it. `is_inside`: the claim takes all of it. `is_free`: nobody else takes any of it."""

    id: UUID
    name: str
    type_id: UUID | None
    type_name: str
    max_guests: int
    leaf_ids: frozenset[UUID]
    is_inside: bool
    is_free: bool


def units_for_claim(*, property_id: UUID, claim_id: UUID) -> tuple[UnitForClaim, ...]:
    """Every unit of the place that is in use or that the claim has, for the period that the claim takes. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_UNITS, {"property": property_id, "claim": claim_id})
        return tuple(
            UnitForClaim(*facts, frozenset(leaf_ids), is_inside, is_free)
            for *facts, leaf_ids, is_inside, is_free in cursor.fetchall()
        )


def assigned_units(units: Iterable[UnitForClaim], listing: Listing, quantity: int) -> tuple[UnitForClaim, ...]:
    """What the claim has, each leaf once: what the listing sells, when that is all and as many as were booked; else the
    one unit that is all of it; else the largest first.
    """
    inside = sorted((unit for unit in units if unit.is_inside), key=lambda unit: -len(unit.leaf_ids))
    leaf_ids = frozenset[UUID]().union(*(unit.leaf_ids for unit in inside))
    sold = _each_leaf_once(unit for unit in inside if _is_sold_by(listing, unit))
    if len(sold) == quantity and leaf_ids == frozenset().union(*(unit.leaf_ids for unit in sold)):
        return sold
    whole = tuple(unit for unit in inside if unit.leaf_ids == leaf_ids)
    return whole[:1] or _each_leaf_once(inside)


def _is_sold_by(listing: Listing, unit: UnitForClaim) -> bool:
    return unit.id == listing.unit_id or (unit.type_id is not None and unit.type_id == listing.unit_type_id)


def _each_leaf_once(units: Iterable[UnitForClaim]) -> tuple[UnitForClaim, ...]:
    told: set[UUID] = set()
    found: list[UnitForClaim] = []
    for unit in units:
        if not unit.leaf_ids & told:
            found.append(unit)
            told |= unit.leaf_ids
    return tuple(sorted(found, key=lambda unit: (len(unit.name), unit.name)))


def find_unit(units: Sequence[UnitForClaim], unit_id: UUID) -> UnitForClaim | None:
    return next((unit for unit in units if unit.id == unit_id), None)
