"""Hold the very rooms that somebody has chosen by their numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from django.db.models import Prefetch

from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.types import ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, ErrorItem
from freehold.domain.booking_states import HOLDING
from freehold.domain.errors import DomainError
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.domain.reasons import ReasonCode
from freehold.domain.rooming import spread
from freehold.inventory.numbered_rooms import NumberedRoom, rooms_of_place
from freehold.pricing.types import ItemRequest

MOST_ROOMS = 20
_TOO_MANY = str(ReasonCode.PROPERTY_CAPACITY)


def hold_rooms(
    *,
    actor: Actor,
    property_id: UUID,
    unit_ids: Sequence[UUID],
    check_in: date,
    check_out: date,
    guests: int,
    currency: str,
) -> Booking:
    """Holds exactly these rooms of the place for a party of `guests` adults, all of them or none, at today's price.

    The party is spread over the rooms, at least one adult in each. Raises NotFound for a place that has no rooms,
    BadInput (`unit_ids` for rooms that are not the place's or named twice, `guests` for whom they do not seat, and
    every broken rule), Unavailable with reasons when somebody else has one of them.

    Whoever holds just these rooms for these nights already goes on with that booking, for the party of now.
    """
    if actor.user is None:
        raise AccessDenied("Sign in to book.")
    if not 1 <= len(unit_ids) <= MOST_ROOMS:
        raise BadInput(f"Choose 1 to {MOST_ROOMS} rooms.", code="invalid_count", attr="unit_ids")
    if len(set(unit_ids)) != len(unit_ids):
        raise BadInput("A room is named twice.", code="repeated_item", attr="unit_ids")
    found = rooms_of_place(property_id=property_id, check_in=check_in, check_out=check_out, currency=currency)
    rooms = _chosen(found.rooms, unit_ids)
    try:
        parties = spread(Party(guests), [room.capacity for room in rooms])
    except DomainError as error:
        raise BadInput(error.detail, code=error.code, attr="guests") from None
    nights = Nights(check_in, check_out)
    own = _own_hold(actor, unit_ids, nights)
    if own is not None:
        return _for_party(actor, own, {room.id: party for room, party in zip(rooms, parties, strict=True)})
    items = [
        ItemRequest(room.listing.pk, nights, party, unit_id=room.id) for room, party in zip(rooms, parties, strict=True)
    ]
    try:
        return hold_booking(actor=actor, items=items)
    except BadInput as refusal:
        raise _of_all(refusal) from None


def _chosen(rooms: Sequence[NumberedRoom], unit_ids: Sequence[UUID]) -> list[NumberedRoom]:
    by_id = {room.id: room for room in rooms}
    unknown = [
        ErrorItem("unknown_room", "The place has no such room.", f"unit_ids.{index}")
        for index, unit_id in enumerate(unit_ids)
        if unit_id not in by_id
    ]
    if unknown:
        raise BadInput.of(unknown)
    return [by_id[unit_id] for unit_id in unit_ids]


def _own_hold(actor: Actor, unit_ids: Sequence[UUID], nights: Nights) -> Booking | None:
    """The actor's live hold of just these rooms: else they would be in their own way until it has run out."""
    holds = Booking.objects.guest(actor.user).filter(
        state__in=[state.value for state in HOLDING], hold_expires_at__gt=clock.database_now()
    )
    items = BookingItem.objects.filter(cancelled_at=None).select_related("claim")
    for booking in holds.prefetch_related(Prefetch("items", items, to_attr="standing")).order_by("-id"):
        taken = sorted(unit for item in booking.standing for unit in item.claim.unit_ids)
        if taken == sorted(unit_ids) and all(item.when == nights for item in booking.standing):
            return booking
    return None


def _for_party(actor: Actor, booking: Booking, parties: Mapping[UUID, Party]) -> Booking:
    """As many people as before stay as they were named."""
    items: Sequence[BookingItem] = booking.standing  # type: ignore[attr-defined]
    if sum(Party.from_json(item.party).size for item in items) == sum(party.size for party in parties.values()):
        return booking
    changes = [
        ItemChange(item.pk, party=parties[item.claim.unit_ids[0]])
        for item in items
        if Party.from_json(item.party) != parties[item.claim.unit_ids[0]]
    ]
    return change_booking(actor=actor, booking_id=booking.pk, changes=changes).booking


def _of_all(refusal: BadInput) -> BadInput:
    """The rooms have the same nights: what is against these is said once."""
    said = {error.detail: error for error in refusal.errors}
    return BadInput.of([replace(error, attr="guests" if error.code == _TOO_MANY else None) for error in said.values()])
