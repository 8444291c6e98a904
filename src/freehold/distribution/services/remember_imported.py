"""What an import leaves behind about each place that it made, and how two imports keep out of each other's way."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from freehold.core import clock
from freehold.core.copying import copy_rows
from freehold.core.ids import uuid7
from freehold.distribution.models import ImportedListing
from freehold.properties.services.import_properties import ImportedPlace

_ONE_IMPORT_AT_A_TIME = 0x46484C49  # "FHLI"


def remember_imported(
    source: str, feed: str, places: Sequence[ImportedPlace], written: Sequence[Mapping[str, Any]]
) -> None:
    """A row for each place, with the values that were just written into it."""
    now = clock.now()
    copy_rows(
        ImportedListing,
        _COLUMNS,
        (
            (
                *(uuid7(), now, now, place.company_id, source, feed, place.external_id),
                *(place.property_id, place.unit_id, place.listing_id, Jsonb(facts)),
            )
            for place, facts in zip(places, written, strict=True)
        ),
    )


_COLUMNS = (
    *("id", "created_at", "updated_at", "company_id", "source", "feed", "external_id"),
    *("property_id", "unit_id", "listing_id", "written"),
)


def wait_for_other_imports(company_id: UUID) -> None:
    """Two imports into one company take turns, portion by portion: neither makes what the other just made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_ONE_IMPORT_AT_A_TIME, str(company_id)])
