"""In which order wishes take their space, so that none takes what another one cannot do without.

Who wants a room of any kind takes another one; who wants the suite needs just these two. What can be served in one way
only comes first, then types by how many parts each of their units is made of.
"""

from collections.abc import Sequence
from uuid import UUID

from freehold.inventory.types import ListingWish
from freehold.properties.models import UnitPart


def most_particular_first(wishes: Sequence[ListingWish]) -> list[int]:
    """The places of the wishes in the order in which they are to be served. One query where types meet, else none."""
    types = [wish.listing.unit_type_id if wish.takes_any_of_its_type else None for wish in wishes]
    parts = _parts_of_types({type_id for type_id in types if type_id is not None})

    def rank(place: int) -> tuple[bool, int]:
        type_id = types[place]
        return type_id is not None, -parts.get(type_id, 0) if type_id is not None else 0

    return sorted(range(len(wishes)), key=rank)


def _parts_of_types(types: set[UUID]) -> dict[UUID, int]:
    """The number of parts of the largest unit of each type that has composites."""
    if len(types) < 2:
        return {}
    counts: dict[tuple[UUID, UUID], int] = {}
    rows = UnitPart.objects.filter(composite__unit_type_id__in=types)
    for each in rows.values_list("composite__unit_type_id", "composite_id"):
        counts[each] = counts.get(each, 0) + 1
    largest: dict[UUID, int] = {}
    for (type_id, _composite), count in counts.items():
        largest[type_id] = max(largest.get(type_id, 0), count)
    return largest
