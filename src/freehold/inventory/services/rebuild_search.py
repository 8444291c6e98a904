"""Make the search rows again: after a bulk load with triggers off, after a doubt, and now and then to move the window.

The bits of a row reach so many nights from the day on which they were written; what lies beyond is looked up one by
one, which is right but slow. Rows that nothing touched for a month are therefore told again.
"""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.db import connection, transaction

from freehold.core.copying import refresh_statistics
from freehold.inventory.models import SearchEntry, SearchOption, SearchPlace

BATCH = 5_000
TOLD_FOR_DAYS = 30

# Neighbours on the map become neighbours on the disk, so that a city is read in few pages.
_LISTINGS = """
    SELECT listing.id FROM properties_listing AS listing
      JOIN properties_property AS place ON place.id = listing.property_id
     WHERE listing.status = 'published' AND place.status = 'published'
     ORDER BY place.country, place.city, place.neighbourhood, place.latitude
"""

_GONE = """
    SELECT entry.listing_id FROM inventory_searchentry AS entry
     WHERE NOT EXISTS (SELECT FROM properties_listing AS listing
                         JOIN properties_property AS place ON place.id = listing.property_id
                        WHERE listing.id = entry.listing_id AND listing.status = 'published'
                          AND place.status = 'published')
"""

_FORGET = """
    UPDATE inventory_searchentry SET first_night = NULL, nights = NULL WHERE listing_id = ANY(%(listings)s);
    UPDATE inventory_searchoption SET first_night = NULL, nights = NULL WHERE listing_id = ANY(%(listings)s)
"""

_STALE = """
    SELECT sole_unit_id FROM inventory_searchentry
     WHERE first_night < (freehold_now() AT TIME ZONE 'UTC')::date - %(days)s
     UNION
    SELECT unit_id FROM inventory_searchoption
     WHERE first_night < (freehold_now() AT TIME ZONE 'UTC')::date - %(days)s
"""


def rebuild_search(*, progress: Callable[[int, int], None] | None = None) -> int:
    """Makes every row again, in batches of their own transactions, and returns how many listings are on offer.

    Searches and claims go on meanwhile. `progress` hears how many listings are done, and of how many.
    """
    listings = [row[0] for row in _rows(_LISTINGS)]
    for done, batch in _batches([*listings, *(row[0] for row in _rows(_GONE))]):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_FORGET, {"listings": batch})
            cursor.execute("SELECT inventory_search_refresh(%s::uuid[])", [batch])
        if progress is not None:
            progress(done, len(listings))
    refresh_statistics(SearchEntry, SearchOption, SearchPlace)
    return SearchEntry.objects.count()


def roll_search_window() -> int:
    """Tells the nights of units again whose rows nothing touched for a month; returns how many units."""
    units = [row[0] for row in _rows(_STALE, {"days": TOLD_FOR_DAYS})]
    for _, batch in _batches(units):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM properties_unit WHERE id = ANY(%(units)s) ORDER BY id FOR NO KEY UPDATE", {"units": batch}
            )
            cursor.execute("SELECT inventory_search_tell(%(units)s)", {"units": batch})
    return len(units)


def _batches(ids: list[UUID]) -> Iterator[tuple[int, list[UUID]]]:
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        yield start + len(batch), batch


def _rows(statement: str, parameters: dict[str, int] | None = None) -> list[tuple[UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[UUID]] = cursor.fetchall()
    return rows
