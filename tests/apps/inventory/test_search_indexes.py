"""What people search by is found by index."""

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

SEARCHED = {
    "city": ("inventory_searchplace", "city_key"),
    "neighbourhood": ("inventory_searchplace", "neighbourhood_key"),
    "the listings of a place": ("inventory_searchentry", "place_id"),
    "a stretch of the map": ("inventory_searchentry", "point(longitude, latitude)"),
    "words of the title": ("inventory_searchentry", "words"),
    "the address of a place": ("properties_property", "country, region, city"),
    "the price of a home": ("properties_saledetails", "price_minor"),
    "a listing by its name": ("properties_listing", "slug"),
    "a unit's taken time": ("inventory_allocation", "unit_id"),
}


@pytest.mark.parametrize("what", SEARCHED)
def test_what_people_search_by_has_an_index(what: str) -> None:
    table, columns = SEARCHED[what]
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [table])
        definitions = [definition for (definition,) in cursor.fetchall()]
    # An index serves what it begins with.
    assert [each for each in definitions if f"({columns}" in each], definitions


def test_a_city_is_looked_up_in_its_index() -> None:
    with connection.cursor() as cursor:
        # So few rows are read faster one by one: what matters is that the index can answer.
        cursor.execute("SET LOCAL enable_seqscan TO off")
        cursor.execute("EXPLAIN SELECT id FROM inventory_searchplace WHERE city_key LIKE %s", ["%bost%"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "inventory_searchplace_city" in plan
