"""Places like one place, and the best rated of a branch, in a tree of 1,000 categories.

The baseline asks for the children of one category after the other, as a recursive function over the ORM does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.lab import Lab
from bench.results import Baseline, Goal, Row
from bench.world.make import database_of, world_of
from freehold.inventory.similar import similar_places
from freehold.properties.models import Listing

NAME = "recommendations"
_SHOWN = 6

# A tree with eight children to a node, and every place on one of its nodes.
_TREE = (
    """
    CREATE TEMP TABLE bench_node AS SELECT n, uuidv7() AS id FROM generate_series(1, %(count)s) AS n
    """,
    """
    INSERT INTO properties_category (id, created_at, updated_at, name, slug, parent_id, position)
    SELECT node.id, now(), now(), 'Branch ' || node.n, 'branch-' || node.n, above.id, 0
      FROM bench_node AS node LEFT JOIN bench_node AS above ON node.n > 8 AND above.n = (node.n - 1) / 8
     ORDER BY node.n
    """,
    """
    UPDATE properties_property AS place SET category_id = node.id
      FROM bench_node AS node
     WHERE node.n = 1 + (hashtextextended(place.id::text, 0) & 1048575) %% %(count)s
    """,
)
_CHILDREN = "SELECT id FROM properties_category WHERE parent_id = %s"
_PLACES = """
    SELECT listing.id, listing.title, place.rating FROM properties_listing AS listing
      JOIN properties_property AS place ON place.id = listing.property_id
     WHERE place.category_id = ANY(%s) AND listing.status = 'published'
     ORDER BY place.rating DESC NULLS LAST LIMIT 20
"""
_PARENT = "SELECT parent_id FROM properties_category WHERE id = %s"


def measure(lab: Lab) -> Iterator[Row]:
    database, listings = _plant(lab)
    with lab.connect(database) as plain:

        def ours_of(listing: Listing) -> object:
            return similar_places(listing, limit=_SHOWN)

        def plain_of(listing: Listing) -> object:
            return _one_by_one(plain, listing.property.category_id)

        ours, base = [], []
        for _ in range(lab.amounts.repeats + 1):
            ours.append(_milliseconds(ours_of, listings))
            base.append(_milliseconds(plain_of, listings))
        with CaptureQueriesContext(connection) as queries:
            ours_of(listings[0])
    name = f"similar places, tree of {lab.amounts.categories:,} categories"
    facts = {"queries": [each["sql"][:300] for each in queries.captured_queries]}
    # The first round warmed up.
    baseline = Baseline("a query per category", base[1:])
    yield Row(NAME, name, "ms", ours[1:], Goal("at_most", 5), baseline, facts)
    yield Row(NAME, f"{name}: queries", "", [float(len(queries))], Goal("at_most", 1))


def target(lab: Lab) -> Callable[[], object]:
    _database, listings = _plant(lab)
    return lambda: similar_places(listings[0], limit=_SHOWN)


def _plant(lab: Lab) -> tuple[str, list[Listing]]:
    """The smallest world, its places hung into a large tree; Django uses it."""
    scale = min(lab.amounts.scales)
    world = world_of(lab, scale)
    database = f"{database_of(scale)}_tree"
    if database not in lab.worlds:
        lab.use("postgres")
        lab.create(database, template=database_of(scale))
        with lab.connect(database) as tree:
            for statement in _TREE:
                tree.execute(statement, {"count": lab.amounts.categories})
            tree.execute("VACUUM ANALYZE properties_category, properties_property")
        lab.worlds[database] = world
    lab.use(database)
    chosen = Listing.objects.published().select_related("property").in_bulk(world.taken[: lab.amounts.calendars])
    return database, list(chosen.values())


def _one_by_one(plain: psycopg.Connection[Any], category_id: UUID) -> list[Any]:
    """The branch of the category's parent, and its best rated places."""
    row = plain.execute(_PARENT, [category_id]).fetchone()
    waiting = [(row and row[0]) or category_id]
    branch = []
    while waiting:
        here = waiting.pop()
        branch.append(here)
        waiting += [child for (child,) in plain.execute(_CHILDREN, [here]).fetchall()]
    return plain.execute(_PLACES, [branch]).fetchall()


def _milliseconds(find: Callable[[Listing], object], listings: list[Listing]) -> float:
    """The median of one search for each."""
    times = []
    for listing in listings:
        began = time.perf_counter()
        find(listing)
        times.append((time.perf_counter() - began) * 1000)
    return median(times)
