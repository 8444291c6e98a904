"""Who stays. The list is replaced as a whole, so that sending it twice changes nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking, BookingItem, Guest
from freehold.bookings.selectors import find_booking, reads_as
from freehold.bookings.types import GuestName
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, ErrorItem
from freehold.domain.booking_states import PROVISIONAL, BookingState
from freehold.domain.party import MAX_CHILD_AGE, Party
from freehold.domain.reasons import counted

OPEN_TO_NAMES = PROVISIONAL | {BookingState.CONFIRMED}


def set_guests(
    *, actor: Actor, booking_id: UUID | str, guests: Sequence[GuestName], note: str | None = None
) -> Booking:
    """Raises BadInput for guests that do not fit the party of their item, Conflict when it is too late for names."""
    found = find_booking(actor=actor, booking_id=booking_id, permission="bookings.create_for_guest")
    with transaction.atomic():
        _folio, booking = lock_booking(found)
        if reads_as(booking, at=clock.database_now()) not in OPEN_TO_NAMES:
            raise Conflict("Guests can be named while the booking is held or confirmed.", code="not_open")
        items = list(booking.items.all())
        _check(items, guests)
        booking.guests.all().delete()
        Guest.objects.bulk_create(
            Guest(booking=booking, item=items[guest.item], name=guest.name.strip(), age=guest.age, position=position)
            for position, guest in enumerate(guests)
        )
        if note is not None:
            booking.guest_note = note
            booking.save(update_fields=["guest_note", "updated_at"])
    return booking


def _check(items: Sequence[BookingItem], guests: Sequence[GuestName]) -> None:
    problems: list[ErrorItem] = []
    for index, guest in enumerate(guests):
        if not guest.name.strip():
            problems.append(ErrorItem("required", "A guest needs a name.", f"guests.{index}.name"))
        if not 0 <= guest.item < len(items) or items[guest.item].cancelled_at is not None:
            problems.append(ErrorItem("unknown_item", "The booking has no such item.", f"guests.{index}.item"))
    if not problems:
        for position, item in enumerate(items):
            named = [(index, guest) for index, guest in enumerate(guests) if guest.item == position]
            problems += _misfits(Party.from_json(item.party), named)
    if problems:
        raise BadInput.of(problems)


def _misfits(party: Party, named: Sequence[tuple[int, GuestName]]) -> Iterator[ErrorItem]:
    """Against the party of one item: too many, a child that was not announced, a child without its age."""
    if len(named) > party.size:
        yield ErrorItem("too_many_guests", f"{len(named)} guests were named for a party of {party.size}.", "guests")
        return
    expected = Counter(party.children)
    adults = 0
    for index, guest in named:
        if guest.age is None or guest.age > MAX_CHILD_AGE:
            adults += 1
            if adults > party.adults:
                detail = f"The party has {counted(party.adults, 'adult')}: give the age of each child."
                yield ErrorItem("child_age", detail, f"guests.{index}.age")
        elif expected[guest.age]:
            expected[guest.age] -= 1
        else:
            detail = f"There is no child of {guest.age} in this party. Change the party first."
            yield ErrorItem("child_age", detail, f"guests.{index}.age")
