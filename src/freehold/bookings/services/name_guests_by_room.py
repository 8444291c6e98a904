"""Who sleeps in which room, with everybody's age: what is held is then for just these people, and priced for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.selectors import find_booking, reads_as
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.set_guests import set_guests
from freehold.bookings.types import GuestName, ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, ErrorItem
from freehold.domain.booking_states import HOLDING
from freehold.domain.errors import DomainError
from freehold.domain.party import Party
from freehold.domain.party_rules import PartyRules, check_party
from freehold.domain.rooming import seat
from freehold.properties.models import Unit, UnitPart
from freehold.properties.rules import party_rules, party_rules_in


@dataclass(frozen=True, slots=True)
class RoomGuest:
    """A person who stays in this unit; `age` in full years."""

    unit_id: UUID
    name: str
    age: int


def name_guests_by_room(*, actor: Actor, booking_id: UUID | str, guests: Sequence[RoomGuest]) -> Booking:
    """Replaces the names of a booking.

    While it is a hold, the parties of its items become these people: children are no adults any more, and the price
    follows, as in every change of a hold. Who is not named yet stays an adult. What is paid for keeps its parties, and
    names have to fit them.

    Raises NotFound; BadInput for a room outside the booking (`guests.N.unit_id`), more people than were announced, a
    room without an adult, a party that a room does not take; Conflict when it is too late (`not_open`,
    `not_changeable`, `payment_in_review`, `partly_paid`).
    """
    found = find_booking(actor=actor, booking_id=booking_id, permission="bookings.change")
    with transaction.atomic():
        _folio, booking = lock_booking(found)
        items = list(booking.items.filter(cancelled_at=None).select_related("claim", "listing"))
        places = _places(booking, items, guests)
        if reads_as(booking, at=clock.database_now()) in HOLDING:
            _change_parties(actor, booking, items, places, guests)
        names = [
            GuestName(guest.name, guest.age, items[place].position) for guest, place in zip(guests, places, strict=True)
        ]
        return set_guests(actor=actor, booking_id=booking.pk, guests=names)


def _places(booking: Booking, items: Sequence[BookingItem], guests: Sequence[RoomGuest]) -> list[int]:
    """Which of the items each guest is in: the one that takes all of their unit."""
    parts: dict[UUID, set[UUID]] = {guest.unit_id: {guest.unit_id} for guest in guests}
    for composite_id, part_id in UnitPart.objects.filter(
        composite__in=Unit.objects.company(booking.company_id).filter(pk__in=parts)
    ).values_list("composite_id", "part_id"):
        parts[composite_id].discard(composite_id)
        parts[composite_id].add(part_id)
    taken = [set(item.claim.unit_ids) for item in items]
    found = [next((at for at, units in enumerate(taken) if parts[guest.unit_id] <= units), None) for guest in guests]
    unknown = [
        ErrorItem("unknown_room", "This room is no part of the booking.", f"guests.{index}.unit_id")
        for index, place in enumerate(found)
        if place is None
    ]
    if unknown:
        raise BadInput.of(unknown)
    return [place for place in found if place is not None]


def _change_parties(
    actor: Actor, booking: Booking, items: Sequence[BookingItem], places: Sequence[int], guests: Sequence[RoomGuest]
) -> None:
    before = [Party.from_json(item.party) for item in items]
    rules = _rules(booking, items)
    ages: list[list[int]] = [[] for _ in items]
    for guest, place in zip(guests, places, strict=True):
        ages[place].append(guest.age)
    try:
        after = seat(sum(party.size for party in before), rules, ages)
    except DomainError as error:
        raise BadInput(error.detail, code=error.code, attr="guests") from None
    reasons = {
        reason.detail: reason for room, party in zip(rules, after, strict=True) for reason in check_party(room, party)
    }
    if reasons:
        raise BadInput.of([ErrorItem(str(reason.code), reason.detail, "guests") for reason in reasons.values()])
    changes = [
        ItemChange(item.pk, party=party)
        for item, old, party in zip(items, before, after, strict=True)
        if _people(party) != _people(old)
    ]
    if changes:
        change_booking(actor=actor, booking_id=booking.pk, changes=changes)


def _people(party: Party) -> tuple[int, list[int]]:
    """Children in any order are the same children."""
    return party.adults, sorted(party.children)


def _rules(booking: Booking, items: Sequence[BookingItem]) -> list[PartyRules]:
    """Whom each item takes, in the room that it is in."""
    units = Unit.objects.company(booking.company_id).in_bulk([each for item in items for each in item.claim.unit_ids])
    return [
        party_rules_in(item.listing, max_guests=units[item.claim.unit_ids[0]].max_guests)
        if len(item.claim.unit_ids) == 1
        else party_rules(item.listing)
        for item in items
    ]
