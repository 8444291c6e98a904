"""Put a booked item on another unit: the people of the company do this, and the guest pays what was agreed."""

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from freehold.bookings.assigned import ItemUnits, units_of_item
from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.selectors import reads_as
from freehold.companies.access import find_permitted
from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.booking_states import ACTIVE
from freehold.domain.party import Party
from freehold.domain.party_rules import PartyRules, check_party
from freehold.inventory.pinning import UnitForClaim, find_unit
from freehold.inventory.services.move_claim import move_claim
from freehold.properties.rules import party_rules


def repin_item(
    *, actor: Actor, booking_id: UUID | str, item: int, unit_id: UUID, instead_of: UUID | None = None
) -> ItemUnits:
    """Moves the item at `item` (0 is the first) to another unit of its place, for its whole period; says what it has.

    Of an item with several units, `instead_of` is the one that is given up. Where it is already, nothing changes. The
    price stays. Needs `bookings.desk`, and for a unit of another type `inventory.block` too: what that one sells is
    closed by this. Raises NotFound, AccessDenied, BadInput, Unavailable with reasons when the unit is taken, and
    Conflict for what cannot be moved any more (`not_movable`) or is sold as a whole (`takes_everything`).
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.desk")
    with transaction.atomic():
        _folio, booking = lock_booking(found)
        row = _movable_item(booking, item)
        units = units_of_item(booking, row)
        target = find_unit(units.units, unit_id)
        if target is None:
            raise BadInput("The place has no such unit in use.", code="unknown_unit", attr="unit_id")
        if target in units.assigned:
            return units
        given_up = _given_up(units, instead_of)
        if target.type_id is None or target.type_id != given_up.type_id:
            require(actor=actor, permission="inventory.block", company_id=booking.company_id)
        _refuse_too_small(row, units, given_up, target)
        move_claim(actor=actor, claim_id=row.claim_id, leaving=given_up.leaf_ids, to=target.leaf_ids)
        return units_of_item(booking, row)


def _movable_item(booking: Booking, position: int) -> BookingItem:
    row = booking.items.select_related("listing__property").filter(position=position).first()
    if row is None:
        raise BadInput("The booking has no such item.", code="unknown_item", attr="item")
    moment = clock.database_now()
    state = reads_as(booking, at=moment)
    if state not in ACTIVE or row.cancelled_at is not None or row.ends_at <= moment:
        raise Conflict("Only a booking that has its space can be moved.", code="not_movable")
    if row.listing.unit_id is None and row.listing.unit_type_id is None:
        raise Conflict("This booking has all of the place.", code="takes_everything")
    return row


def _given_up(units: ItemUnits, instead_of: UUID | None) -> UnitForClaim:
    if instead_of is None and len(units.assigned) > 1:
        raise BadInput("Say which of its units is given up.", code="required", attr="instead_of")
    chosen = find_unit(units.assigned, instead_of) if instead_of is not None else next(iter(units.assigned), None)
    if chosen is None:
        raise BadInput("The item does not have this unit.", code="unknown_unit", attr="instead_of")
    return chosen


def _refuse_too_small(row: BookingItem, units: ItemUnits, given_up: UnitForClaim, target: UnitForClaim) -> None:
    """A smaller unit must still hold the party; what the listing promises beyond its unit (a cot) moves along."""
    if target.max_guests >= given_up.max_guests:
        return
    capacity = target.max_guests + sum(unit.max_guests for unit in units.assigned if unit is not given_up)
    rules: PartyRules = replace(party_rules(row.listing), capacity=max(capacity, 1))
    reasons = check_party(rules, Party.from_json(row.party))
    if reasons:
        raise BadInput(reasons[0].detail, code=str(reasons[0].code), attr="unit_id")
