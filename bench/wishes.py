"""The usual mix of searches: cities by how busy they are, dates mostly, now and then a filter, a box or a radius."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bench.world.geography import City
from bench.world.make import World
from freehold.inventory.search.query import Box, Near, SearchQuery


@dataclass(frozen=True, slots=True)
class Wish:
    """One search in words that both Freehold and plain SQL understand. Exactly one of place, box, near."""

    check_in: date
    check_out: date
    guests: int
    place: str = ""
    box: Box | None = None
    near: Near | None = None
    max_total: int | None = None
    bedrooms: int = 0
    amenities: tuple[str, ...] = ()

    def to_query(self) -> SearchQuery:
        return SearchQuery(
            place=self.place,
            box=self.box,
            near=self.near,
            check_in=self.check_in,
            check_out=self.check_out,
            guests=self.guests,
            max_price=None if self.max_total is None else Decimal(self.max_total),
            bedrooms=self.bedrooms,
            amenities=self.amenities,
        )


def usual_mix(world: World, count: int) -> list[Wish]:
    """The same wishes for the same world."""
    random = Random(7)
    cities = random.choices(world.cities, weights=[city.weight for city in world.cities], k=count)
    return [_wish(world, city, random) for city in cities]


def busiest(world: World, count: int) -> Iterator[Wish]:
    """The busiest city, dates only."""
    random = Random(8)
    for _ in range(count):
        yield _dated(world, random, place=world.cities[0].name)


def _wish(world: World, city: City, random: Random) -> Wish:
    where = random.random()
    filters: dict[str, object] = {}
    if where < 0.6:
        filters["place"] = city.name
    elif where < 0.8:
        half = random.uniform(0.02, 0.08)
        filters["box"] = Box(city.longitude - half, city.latitude - half, city.longitude + half, city.latitude + half)
    else:
        filters["near"] = Near(city.latitude, city.longitude, random.choice((2.0, 5.0, 10.0)))
    nights = random.randint(2, 7)
    if random.random() < 0.3:
        filters["max_total"] = nights * random.choice((100, 200, 300))
    if random.random() < 0.2:
        filters["bedrooms"] = random.randint(1, 3)
    if random.random() < 0.25:
        filters["amenities"] = tuple(random.sample(world.amenities[:12], random.randint(1, 2)))
    return _dated(world, random, nights, **filters)


def _dated(world: World, random: Random, nights: int = 3, **filters: object) -> Wish:
    check_in = world.today + timedelta(days=random.randint(5, 330))
    guests = random.choice((1, 2, 2, 2, 3, 4))
    return Wish(check_in, check_in + timedelta(days=nights), guests, **filters)  # type: ignore[arg-type]
