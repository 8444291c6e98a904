"""Rooms one by one, for whoever chooses by the number on the door: which there are, and which are free.

A room is a leaf unit that is sold by the night, by a listing of its own or as one of its type; what is made of several
rooms is none. What is said here is advice, as everywhere in this room: a claim decides.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import prefetch_related_objects

from freehold.core import clock
from freehold.core.errors import BadInput, NotFound
from freehold.domain.money import Money
from freehold.domain.party import Party
from freehold.inventory.options import options_of_listings
from freehold.inventory.rooms import Room, rooms_for_nights
from freehold.pricing.selectors import published_rate_plans
from freehold.properties.models import Listing, Property
from freehold.properties.rules import party_rules_in

MOST_PLACES = 200
MOST_WORDS = 20
_BETWEEN_WORDS = r"[\s,.;:/()&\-]+"
_BEHIND_THE_SUN = timedelta(hours=12)

# Only what can be had at once by paying: a room that has to be asked for is no answer to "which are free".
_ROOMS = """
    WITH asked AS MATERIALIZED (
        SELECT listing.id, listing.property_id, listing.unit_id, listing.unit_type_id
          FROM properties_listing AS listing
          JOIN properties_property AS place ON place.id = listing.property_id
          JOIN companies_company AS company ON company.id = listing.company_id
         WHERE listing.status = 'published' AND place.status = 'published' AND company.is_active
           AND listing.mode = 'stay' AND listing.acceptance = 'instant' AND listing.currency = %(currency)s
           AND (listing.unit_id IS NOT NULL OR listing.unit_type_id IS NOT NULL)
           AND {which}
    ), door AS MATERIALIZED (
        SELECT option.listing_id, unit.id, unit.serial, unit.name, unit.max_guests, unit.property_id
          FROM {options} AS option JOIN properties_unit AS unit ON unit.id = option.option_id AND unit.kind = 'leaf'
    )
    SELECT listing_id, id, serial, name, max_guests FROM door
     WHERE property_id IN (SELECT property_id FROM door GROUP BY property_id
                           HAVING count(DISTINCT id) >= %(least)s ORDER BY property_id LIMIT %(most)s)
     ORDER BY length(name), name, id
"""
_OF_PLACE = _ROOMS.format(which="listing.property_id = %(property)s", options=options_of_listings("asked"))
_BY_WORDS = _ROOMS.format(
    which="""NOT EXISTS (
               SELECT FROM unnest(%(words)s::text[]) AS word
                WHERE position(' ' || lower(unaccent(word)) || ' ' IN
                               ' ' || regexp_replace(lower(unaccent(concat_ws(' ',
                                   place.title, place.neighbourhood, place.city, place.region))),
                                   %(between)s, ' ', 'g') || ' ') = 0)""",
    options=options_of_listings("asked"),
)


@dataclass(frozen=True, slots=True)
class NumberedRoom:
    """A room for some nights, and the listing that sells it then; `nightly` is what an average night costs.

    `nightly` is None, and the room is not free, when the listing's rules refuse these nights.
    """

    id: UUID
    serial: int
    name: str
    max_guests: int
    listing: Listing
    nightly: Money | None
    is_free: bool

    @property
    def capacity(self) -> int:
        """How many adults may sleep in it."""
        return party_rules_in(self.listing, max_guests=self.max_guests).adults


@dataclass(frozen=True, slots=True)
class PlaceWithRooms:
    """A place, with its pictures at hand where it was found by a search, and rooms of it."""

    place: Property
    rooms: tuple[NumberedRoom, ...]

    @property
    def seats(self) -> int:
        """How many adults its rooms take together, as far as the place takes so many of one booking."""
        together = sum(room.capacity for room in self.rooms)
        return together if self.place.max_guests is None else min(together, self.place.max_guests)


def rooms_of_place(*, property_id: UUID, check_in: date, check_out: date, currency: str) -> PlaceWithRooms:
    """Every room of a published place that is sold in this currency, free or not, by its number. Three queries.

    Raises NotFound for a place that has none, BadInput for dates that make no stay.
    """
    found = _places(_OF_PLACE, {"property": property_id, "least": 1}, check_in, check_out, currency)
    if not found:
        raise NotFound("There is no such place.")
    return found[0]


def find_free_rooms(
    *, location: str, check_in: date, check_out: date, guests: int, currency: str
) -> list[PlaceWithRooms]:
    """The places with several rooms that `location` names, with their free rooms, where these seat all the guests.

    Every word of it is a word of the title, the neighbourhood, the city or the region. Five queries, whatever is
    found; of very many places the first 200. Raises BadInput for no word, and for dates that make no stay or are over.
    """
    words = [word for word in re.split(_BETWEEN_WORDS, location) if word]
    if not 1 <= len(words) <= MOST_WORDS:
        raise BadInput(f"Name a place in 1 to {MOST_WORDS} words.", code="invalid_location", attr="location")
    if check_out <= check_in:
        raise BadInput("The departure comes after the arrival.", code="invalid_range", attr="check_out")
    if check_in < (clock.now() - _BEHIND_THE_SUN).date():
        raise BadInput("The arrival lies in the past.", code="in_past", attr="check_in")
    asked = {"words": words, "between": _BETWEEN_WORDS, "least": 2}
    found = [
        PlaceWithRooms(each.place, tuple(room for room in each.rooms if room.is_free))
        for each in _places(_BY_WORDS, asked, check_in, check_out, currency)
    ]
    fitting = [each for each in found if each.seats >= guests]
    prefetch_related_objects([each.place for each in fitting], "gallery__picture")
    return sorted(fitting, key=lambda each: (each.place.title, each.place.pk))


def _places(
    statement: str, asked: Mapping[str, Any], check_in: date, check_out: date, currency: str
) -> list[PlaceWithRooms]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**asked, "currency": currency, "most": MOST_PLACES})
        doors = cursor.fetchall()
    plans = published_rate_plans(listing_ids={door[0] for door in doors}, start=check_in, end=check_out)
    offers = {
        room.listing.pk: room
        for room in rooms_for_nights(plans=plans, check_in=check_in, check_out=check_out, party=Party(1))
    }
    sold: dict[UUID, list[NumberedRoom]] = {}
    for listing_id, *facts in doors:
        if listing_id in offers:
            room = _room(offers[listing_id], *facts)
            sold.setdefault(room.id, []).append(room)
    places: dict[UUID, list[NumberedRoom]] = {}
    for ways in sold.values():
        best = _best(ways)
        places.setdefault(best.listing.property_id, []).append(best)
    return [PlaceWithRooms(rooms[0].listing.property, tuple(rooms)) for rooms in places.values()]


def _room(offer: Room, unit_id: UUID, serial: int, name: str, max_guests: int) -> NumberedRoom:
    return NumberedRoom(
        id=unit_id,
        serial=serial,
        name=name,
        max_guests=max_guests,
        listing=offer.listing,
        nightly=offer.price.nightly if offer.price is not None else None,
        is_free=offer.is_available and frozenset({unit_id}) in offer.free,
    )


def _best(ways: Iterable[NumberedRoom]) -> NumberedRoom:
    """Of the listings that sell a room: one by which it can be had, rather its own, rather the cheaper."""
    return min(
        ways,
        key=lambda way: (
            not way.is_free,
            way.listing.unit_id is None,
            way.nightly.minor if way.nightly is not None else 0,
            way.listing.pk,
        ),
    )
