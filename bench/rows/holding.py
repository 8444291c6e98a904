"""What all measurements of holds share: a world with full calendars, free listings in it, guests, the raw rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.baselines.raw_hold import RawHold, record
from bench.lab import Lab
from bench.load import Operation
from bench.people import SignedIn, sign_in_guests
from bench.slots import Slot, Slots
from bench.world.make import World, database_of, world_of
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core.actor import Actor
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.pricing.types import ItemRequest

GUESTS = 64


@dataclass(frozen=True, slots=True)
class Market:
    """`database` holds everything; Django uses it."""

    database: str
    world: World
    people: list[SignedIn]
    slots: Slots
    raw: RawHold


def open_market(lab: Lab) -> Market:
    """The same market at each call."""
    scale, free = min(lab.amounts.scales), lab.amounts.open_listings
    world = world_of(lab, scale, open_listings=free)
    database = database_of(scale, free)
    if database not in lab.markets:
        people = sign_in_guests(GUESTS)
        slots = Slots(world.open_listings, world.today)
        with lab.connect(database) as connection:
            raw = record(connection, lambda slot: hold(people[0], slot), slots.take())
        lab.markets[database] = Market(database, world, people, slots, raw)
    market: Market = lab.markets[database]
    return market


def hold(person: SignedIn, slot: Slot) -> str:
    """One hold through the service; the booking's reference."""
    wish = ItemRequest(slot.listing.listing_id, Nights(slot.check_in, slot.check_out), Party(2))
    return hold_booking(actor=Actor.of(person.user), items=[wish]).reference


def raw_operation(lab: Lab, market: Market) -> Callable[[int], Operation]:
    def make(_number: int) -> Operation:
        connection = lab.connect(market.database)

        def operation() -> str | None:
            market.raw.write(connection, market.slots.take())
            return None

        return operation

    return make
