"""The generated world is one that Freehold itself could have made."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from bench.wishes import usual_mix
from bench.world.bulk import insert
from bench.world.make import World, make_world
from freehold.inventory.search.page import search
from freehold.inventory.selectors import listing_calendar
from freehold.properties.models import Amenity, Listing, Unit

pytestmark = pytest.mark.django_db(transaction=True)

_GUARDS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    UNION ALL SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    UNION ALL SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal
"""


def rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def small_world() -> World:
    return make_world(scale=150, open_listings=5, say=lambda _text: None)


def test_loading_leaves_every_constraint_index_and_trigger_as_it_was() -> None:
    before = sorted(rows(_GUARDS))
    small_world()
    assert sorted(rows(_GUARDS)) == before


def test_calendars_are_taken_to_sixty_per_cent_without_overlap() -> None:
    world = small_world()
    assert world.stays == rows("SELECT count(*) FROM inventory_allocation")[0][0]
    shares = rows("""
        SELECT sum(extract(epoch FROM upper(period) - lower(period))) / 86400 / 547 FROM inventory_allocation
         GROUP BY unit_id
    """)
    mean = sum(float(row[0]) for row in shares) / len(shares)  # type: ignore[arg-type]
    assert 0.5 < mean < 0.7
    assert Unit.objects.system("test").count() == len(shares) + 5
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO inventory_allocation (unit_id, period, claim_id)"
                       " SELECT unit_id, period, claim_id FROM inventory_allocation LIMIT 1")  # fmt: skip


def test_the_world_can_be_searched_and_read() -> None:
    world = small_world()
    pages = [search(wish.to_query()) for wish in usual_mix(world, 30)]
    assert any(page.count for page in pages)
    assert all(hit.total for page in pages for hit in page.hits)
    days = listing_calendar(listing_id=world.taken[0], start=world.today, end=world.today.replace(day=28))
    assert days is not None
    assert Listing.objects.published().count() == 155


def test_open_listings_are_free() -> None:
    world = small_world()
    assert len(world.open_listings) == 5
    taken = {row[0] for row in rows("SELECT DISTINCT unit_id FROM inventory_allocation")}
    assert not taken & {listing.unit_id for listing in world.open_listings}


def test_a_column_that_does_not_exist_is_told() -> None:
    with pytest.raises(ValueError, match="no column colour"):
        insert(Amenity, {"colour": "'red'"}, "(SELECT) AS one")
