"""A world in Freehold's own tables: companies, places, prices, and calendars that are taken to 60 % for 18 months."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from uuid import UUID

from django.db import connection, models, transaction

from bench.lab import Lab
from bench.world import calendars, places
from bench.world.bulk import loading
from bench.world.geography import City, make_cities, make_spots
from freehold.inventory.models import Allocation, Claim
from freehold.inventory.search import rebuild
from freehold.pricing.models import PriceOverride, RatePlan, Tax
from freehold.properties.models import (
    Listing,
    Property,
    PropertyAmenity,
    PropertyPicture,
    Unit,
    UnitType,
)

LOADED: tuple[type[models.Model], ...] = (
    Property,
    PropertyAmenity,
    PropertyPicture,
    UnitType,
    Unit,
    Listing,
    Tax,
    RatePlan,
    RatePlan.taxes.through,
    PriceOverride,
    Claim,
    Allocation,
)


@dataclass(frozen=True, slots=True)
class OpenListing:
    """A listing of one unit that nothing takes yet, for measurements that book."""

    listing_id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class World:
    """What was made. `taken` are some listings whose calendars are full of stays."""

    scale: int
    today: date
    cities: list[City]
    amenities: list[str]
    open_listings: list[OpenListing]
    taken: list[UUID]
    stays: int
    seconds: float


def database_of(scale: int, open_listings: int = 0) -> str:
    return f"bench_{scale}_{open_listings}" if open_listings else f"bench_{scale}"


def world_of(lab: Lab, scale: int, *, open_listings: int = 0) -> World:
    """The world of this size, made at the first call; Django uses its database from now on."""
    database = database_of(scale, open_listings)
    if database not in lab.worlds:
        lab.create(database)
        lab.use(database)
        lab.worlds[database] = make_world(scale=scale, open_listings=open_listings, say=lab.say)
    lab.use(database)
    world: World = lab.worlds[database]
    return world


def make_world(*, scale: int, open_listings: int, say: Callable[[str], None]) -> World:
    """Fills the empty database that Django is connected to. One unit per place, now and then a type with three."""
    began = time.monotonic()
    say(f"A world of {scale:,} places")
    random = Random(scale)
    cities = make_cities(scale, random)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off")
            cursor.execute("SELECT current_date")
            today: date = cursor.fetchone()[0]
        with loading(model._meta.db_table for model in LOADED):
            amenities = places.fill(make_spots(cities, scale + open_listings, random), firms=max(3, scale // 30))
            stays = calendars.fill(scale)
        with connection.cursor() as cursor:
            cursor.execute("SELECT listing_id, unit_id FROM bench_place WHERE n > %s AND n %% 50 <> 0", [scale])
            free = [OpenListing(*row) for row in cursor.fetchall()]
            cursor.execute("SELECT listing_id FROM bench_place WHERE n <= %s AND n %% 50 <> 0 ORDER BY n", [scale])
            taken = [row[0] for row in cursor.fetchmany(500)]
            cursor.execute("DROP TABLE bench_place")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        # What was just loaded must be known to the planner before the search rows are made from it.
        cursor.execute("VACUUM ANALYZE")
        rebuild()
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return World(scale, today, cities, amenities, free, taken, stays, time.monotonic() - began)
