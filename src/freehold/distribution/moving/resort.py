"""The resort API: people by their phone numbers, resorts with numbered rooms, attempts that payment makes bookings.

Its models are not published, so that the fields are those of its API and the names that people usually give them; see
docs/migrating.md.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial

from django.utils.text import slugify

from freehold.distribution.moving.estate import without_booking
from freehold.distribution.moving.facts import (
    OldBooking,
    OldBusiness,
    OldOffer,
    OldPayment,
    OldPlace,
    OldUnit,
    Status,
)
from freehold.distribution.moving.fields import Fields, Unfit
from freehold.distribution.moving.reading import Reader, base, party_of
from freehold.distribution.moving.report import Verdict
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.domain.periods import nights
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing

SOURCE = "resort"
CATEGORY = "resort"
MODELS = (
    *("user", "customuser", "resort", "room", "roomimage", "bookingattempt", "guest", "guestdetail"),
    *("finalbooking", "payment"),
)
_ATTEMPT = ("booking_attempt", "attempt", "bookingattempt", "booking")
_DEAD = ("FAILED", "CANCELED", "CANCELLED", "EXPIRED")
_DONE = ("CONFIRMED", "PAID", "COMPLETED", "SUCCESS", "CONVERTED")
_OPEN = ("PENDING", "INITIATED", "CREATED", "ROOMS_SELECTED", "GUESTS_ADDED", "PAYMENT_INITIATED", "PAYMENT_PENDING")


@dataclass(slots=True)
class _Beside:
    """What other rows say about attempts, by their keys."""

    guests: dict[str, list[tuple[str, str, int | None]]] = field(default_factory=lambda: defaultdict(list))
    payments: dict[str, list[OldPayment]] = field(default_factory=lambda: defaultdict(list))
    final: dict[str, str] = field(default_factory=dict)


def read_resort(reader: Reader) -> OldBusiness:
    reader.leave_out_all_but(*MODELS)
    rooms = _rooms(reader)
    beside = _beside(reader)
    person = partial(reader.person, has_proved_phone=True)
    attempts = reader.of("bookingattempt")
    business = OldBusiness(
        SOURCE,
        people=list(reader.each(reader.of("user", "customuser"), person)),
        places=list(reader.each(reader.of("resort"), lambda fields: _resort(fields, rooms.get(fields.row.key, [])))),
        bookings=list(reader.each(attempts, lambda fields: _attempt(fields, beside))),
    )
    for resort in rooms.keys() - {place.key for place in business.places}:
        for room, _ in rooms[resort]:
            reason = f"its resort {resort or '(none)'} is not in the dump, or was refused"
            reader.report.say(Verdict.REFUSED, room.model, room.key, reason)
    without_booking(reader, business, beside.payments)
    known = {booking.key for booking in business.bookings}
    for attempt, key in beside.final.items():
        if attempt not in known:
            reason = f"its attempt {attempt or '(none)'} is not in the dump, or was refused"
            reader.report.say(Verdict.REFUSED, "finalbooking", key, reason)
    return business


def _rooms(reader: Reader) -> dict[str, list[tuple[OldUnit, Money]]]:
    pictures: dict[str, list[str]] = defaultdict(list)
    images = reader.of("roomimage")
    for room, path in reader.each(images, lambda fields: (fields.key("room"), fields.text("image", "url"))):
        pictures[room].append(path)
    found: dict[str, list[tuple[OldUnit, Money]]] = defaultdict(list)
    for resort, unit, price in reader.each(reader.of("room"), lambda fields: _room(fields, pictures)):
        found[resort].append((unit, price))
    return found


def _room(fields: Fields, pictures: Mapping[str, Sequence[str]]) -> tuple[str, OldUnit, Money]:
    unit = OldUnit(
        **base(fields),
        name=fields.text("room_number", "number", "name", longest=120),
        max_guests=fields.count("capacity", "max_guests", default=2, least=1, most=1000),
        bedrooms=1,
        bathrooms=Decimal(1),
        pictures=pictures.get(fields.row.key, []),
    )
    return fields.key("resort"), unit, fields.money("price_per_night", "price")


def _resort(fields: Fields, rooms: Sequence[tuple[OldUnit, Money]]) -> OldPlace:
    title = fields.text("name", "title", longest=200)
    names = [unit.name for unit, _ in rooms]
    if len(set(names)) != len(names):
        raise Unfit("two of its rooms have the same number")
    if not rooms:
        raise Unfit("it has no rooms that could be taken")
    return OldPlace(
        **base(fields),
        title=title,
        slug=fields.text("slug", default=slugify(title) or ""),
        description=fields.text("description", default=""),
        location=fields.text("location", "city", default=""),
        category_slug=CATEGORY,
        country=fields.text("country", default="").upper(),
        latitude=fields.degrees("latitude", "lat"),
        longitude=fields.degrees("longitude", "lng", "lon"),
        amenities=fields.words("amenities")[0],
        pictures=[path for unit, _ in rooms for path in unit.pictures],
        is_published=fields.flag("is_active", default=True),
        units=[unit for unit, _ in rooms],
        offers=[
            OldOffer(
                unit=unit.name,
                title=f"{title}, room {unit.name}"[:200],
                mode=Listing.Mode.STAY,
                basis=RatePlan.Basis.NIGHT,
                payment_terms=Listing.PaymentTerms.ONLINE,
                price=price,
                ending=f"room-{slugify(unit.name) or unit.key}",
            )
            for unit, price in rooms
        ],
    )


def _beside(reader: Reader) -> _Beside:
    beside = _Beside()
    for attempt, guest in reader.each(reader.of("guest", "guestdetail"), _guest):
        beside.guests[attempt].append(guest)
    payments = reader.of("payment")
    for attempt, payment in reader.each(
        payments, lambda fields: (fields.key(*_ATTEMPT), reader.payment(fields, provider="razorpay"))
    ):
        beside.payments[attempt].append(payment)
    finals = reader.of("finalbooking")
    for attempt, key in reader.each(finals, lambda fields: (fields.key(*_ATTEMPT), fields.row.key)):
        beside.final[attempt] = key
    return beside


def _guest(fields: Fields) -> tuple[str, tuple[str, str, int | None]]:
    age = fields.count("age", most=150) if fields.has("age") else None
    return fields.key(*_ATTEMPT), (fields.key("room"), fields.text("name", longest=120), age)


def _attempt(fields: Fields, beside: _Beside) -> OldBooking:
    key = fields.row.key
    guests, payments = beside.guests.get(key, []), beside.payments.get(key, [])
    stay = Nights(fields.day("check_in_date", "check_in"), fields.day("check_out_date", "check_out"))
    nights(stay.check_in, stay.check_out)
    status = fields.choice("status", of=(*_DEAD, *_DONE, *_OPEN), default="PENDING")
    rooms = fields.keys("rooms", "room_ids") or [room for room in [fields.key("room")] if room]
    person, resort = fields.key("user", "customer"), fields.key("resort")
    if not person or not resort or not rooms:
        raise Unfit("user, resort or rooms are missing")
    totals = ("total_amount", "total_price", "amount")
    made_at = fields.moment("created_at", "check_in_date", "check_in")
    is_paid = key in beside.final or status in _DONE
    return OldBooking(
        **base(fields),
        person=person,
        place=resort,
        units=list(dict.fromkeys(rooms)),
        when=stay,
        party=party_of(fields, "guests", "number_of_guests", "num_guests", ages=[age for *_, age in guests]),
        total=fields.money(*totals) if fields.has(*totals) else None,
        status=Status.PAID if is_paid else Status.CANCELLED if status in _DEAD else Status.PENDING,
        made_at=made_at,
        ended_at=fields.moment("updated_at", default=made_at),
        guests=guests,
        payments=payments,
    )
