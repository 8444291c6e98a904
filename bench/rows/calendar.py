"""The calendar of one listing for 18 months, as the place page and the API read it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.lab import Lab
from bench.results import Baseline, Goal, Row
from bench.world.make import database_of, world_of
from freehold.inventory.selectors import MAX_CALENDAR_DAYS, listing_calendar

NAME = "calendar"
# What must be read at the least: who has taken the unit when.
_PLAIN = """
    SELECT allocation.period FROM inventory_allocation AS allocation
      JOIN properties_listing AS listing ON listing.unit_id = allocation.unit_id
     WHERE listing.id = %s AND allocation.period && tstzrange(%s, %s)
"""


def measure(lab: Lab) -> Iterator[Row]:
    scale = max(scale for scale in lab.amounts.scales if scale <= 100_000)
    world = world_of(lab, scale)
    start, end = world.today, world.today + timedelta(days=MAX_CALENDAR_DAYS)
    listings: list[UUID] = world.taken[: lab.amounts.calendars]
    with lab.connect(database_of(scale)) as plain:

        def ours_of(listing: UUID) -> object:
            return listing_calendar(listing_id=listing, start=start, end=end)

        def plain_of(listing: UUID) -> object:
            return plain.execute(_PLAIN, [listing, start, end]).fetchall()

        ours, base = [], []
        for listing in listings:
            ours_of(listing)
            plain_of(listing)
        for _ in range(lab.amounts.repeats):
            ours.append(_milliseconds(ours_of, listings))
            base.append(_milliseconds(plain_of, listings))
    with CaptureQueriesContext(connection) as queries:
        ours_of(listings[0])
    name = f"calendar of 18 months, {scale:,} places"
    facts = {"queries": [query["sql"][:300] for query in queries.captured_queries]}
    yield Row(NAME, name, "ms", ours, Goal("at_most", 3), Baseline("plain SQL, no rules", base), facts)
    yield Row(NAME, f"{name}: queries", "", [float(len(queries))], Goal("at_most", 2))


def target(lab: Lab) -> Callable[[], object]:
    world = world_of(lab, min(lab.amounts.scales))
    start, end = world.today, world.today + timedelta(days=MAX_CALENDAR_DAYS)
    return lambda: listing_calendar(listing_id=world.taken[0], start=start, end=end)


def _milliseconds(read: Callable[[UUID], object], listings: list[UUID]) -> float:
    """The median of one read of each."""
    times = []
    for listing in listings:
        began = time.perf_counter()
        read(listing)
        times.append((time.perf_counter() - began) * 1000)
    return median(times)
