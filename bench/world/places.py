"""Places and prices of a world. Facts come from hashes of the place's number, so that each world is the same again."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from bench.world.bulk import insert
from bench.world.geography import Spot
from freehold.companies.models import Company
from freehold.pricing.models import CancellationPolicy, PriceOverride, RatePlan, Tax
from freehold.properties.models import (
    Amenity,
    Category,
    Listing,
    Picture,
    Property,
    PropertyAmenity,
    PropertyPicture,
    Unit,
    UnitType,
)

_PLACE = """
    CREATE TABLE bench_place (
        n int, city text, neighbourhood text, country text, time_zone text, latitude float8, longitude float8
    )
"""
# Every 50th place is a small hotel: a type with three units instead of a unit.
_HOTEL = "n % 50 = 0"
_CATEGORIES = 24


def chance(seed: int, of: str = "n") -> str:
    """SQL: a number in [0, 1) that depends on `of` alone."""
    return f"((hashint8extended(({of})::bigint, {seed}) & 1048575) / 1048576.0)"


def fill(spots: Iterable[Spot], *, firms: int) -> list[str]:
    """Leaves the table bench_place with the ids of everything. Returns the codes of the amenities, commonest first."""
    _copy(spots)
    insert(
        Company,
        {"name": "'Firm ' || n", "slug": "'firm-' || n", "currency": "'USD'", "is_active": "true"},
        f"generate_series(1, {firms}) AS n",
    )
    for statement in (
        "CREATE TEMP TABLE bench_firm AS SELECT row_number() OVER (ORDER BY id) AS rank, id FROM companies_company",
        f"""CREATE TABLE bench_numbered AS
            SELECT place.*, firm.id AS company_id, uuidv7() AS property_id, uuidv7() AS unit_id,
                   CASE WHEN {_HOTEL} THEN uuidv7() END AS unit_type_id, uuidv7() AS listing_id, uuidv7() AS plan_id,
                   (1 + floor({chance(1)} * {chance(1)} * 8))::int AS bedrooms,
                   (4000 + floor(60000 * {chance(2)} * {chance(3)}))::bigint AS price
              FROM bench_place AS place JOIN bench_firm AS firm ON firm.rank = 1 + place.n % {firms}""",
        "DROP TABLE bench_place",
        "ALTER TABLE bench_numbered RENAME TO bench_place",
    ):
        _run(statement)
    _places()
    _prices()
    return _amenities()


def _copy(spots: Iterable[Spot]) -> None:
    _run(_PLACE)
    with connection.cursor() as cursor, cursor.copy("COPY bench_place FROM STDIN") as copy:
        for number, spot in enumerate(spots, start=1):
            city = spot.city
            copy.write_row(
                (number, city.name, spot.neighbourhood, city.country, city.time_zone, spot.latitude, spot.longitude)
            )


def _places() -> None:
    insert(
        Category,
        {"name": "'Kind ' || n", "slug": "'kind-' || n"},
        f"generate_series(1, {_CATEGORIES}) AS n",
    )
    _run(
        "CREATE TEMP TABLE bench_category AS"
        " SELECT row_number() OVER (ORDER BY id) AS rank, id FROM properties_category"
    )
    insert(
        Property,
        {
            "id": "property_id",
            "company_id": "company_id",
            "category_id": "category.id",
            "title": "'House ' || place.n",
            "slug": "'house-' || place.n",
            "description": "'A house in ' || neighbourhood",
            "status": "'published'",
            "neighbourhood": "neighbourhood",
            "city": "city",
            "country": "country",
            "latitude": "latitude",
            "longitude": "longitude",
            "time_zone": "time_zone",
            "check_in_time": "(ARRAY['14:00','15:00','16:00'])[1 + place.n % 3]::time",
            "check_out_time": "(ARRAY['10:00','11:00'])[1 + place.n % 2]::time",
            "rating": f"CASE WHEN {chance(4, 'place.n')} < 0.9"
            f" THEN round((3.5 + 1.5 * {chance(5, 'place.n')})::numeric, 2) END",
            "review_count": f"(power({chance(6, 'place.n')}, 4) * 400)::int",
        },
        f"bench_place AS place JOIN bench_category AS category"
        f" ON category.rank = 1 + floor({_CATEGORIES} * {chance(7, 'place.n')} * {chance(8, 'place.n')})::int",
    )
    facts = {
        "property_id": "property_id",
        "company_id": "company_id",
        "max_guests": "bedrooms * 2",
        "bedrooms": "bedrooms",
        "beds": "bedrooms",
    }
    insert(UnitType, {"id": "unit_type_id", "name": "'Room'", **facts}, f"bench_place WHERE {_HOTEL}")
    insert(
        Unit,
        {"id": "unit_id", "unit_type_id": "unit_type_id", "name": "'1'", "kind": "'leaf'", **facts},
        "bench_place",
    )
    insert(
        Unit,
        {"unit_type_id": "unit_type_id", "name": "room::text", "kind": "'leaf'", **facts},
        f"bench_place CROSS JOIN generate_series(2, 3) AS room WHERE {_HOTEL}",
    )
    insert(
        Listing,
        {
            "id": "listing_id",
            "company_id": "company_id",
            "property_id": "property_id",
            "unit_type_id": "unit_type_id",
            "unit_id": f"CASE WHEN NOT {_HOTEL} THEN unit_id END",
            "mode": "'stay'",
            "status": "'published'",
            "title": "'House ' || n || ' in ' || neighbourhood",
            "slug": "'house-' || n",
            "currency": "'USD'",
            "payment_terms": "'online'",
            "max_guests": "bedrooms * 2",
            "min_nights": "1 + n % 2",
        },
        "bench_place",
    )
    insert(Picture, {"path": "'bench.webp'", "width": "1600", "height": "1067", "is_static": "true"}, "(SELECT) AS one")
    insert(
        PropertyPicture,
        {"property_id": "property_id", "picture_id": "picture.id", "alt": "'The house'", "position": "0"},
        "bench_place CROSS JOIN properties_picture AS picture",
    )


def _prices() -> None:
    insert(
        CancellationPolicy,
        {"company_id": "id", "name": "'Moderate'", "tiers": """'[{"hours_before": 120, "basis_points": 10000}]'"""},
        "bench_firm",
    )
    for code, kind, share, amount in (("city", "percentage", 800, 0), ("night", "per_person_night", 0, 250)):
        insert(
            Tax,
            {
                "company_id": "id",
                "code": f"'{code}'",
                "label": f"'{code}'",
                "kind": f"'{kind}'",
                "basis_points": str(share),
                "amount_minor": str(amount),
            },
            "bench_firm",
        )
    insert(
        RatePlan,
        {
            "id": "plan_id",
            "company_id": "place.company_id",
            "listing_id": "listing_id",
            "currency": "'USD'",
            "base_price_minor": "price",
            "weekday_prices": "CASE WHEN n % 2 = 0 THEN ARRAY[NULL, NULL, NULL, NULL, price * 6 / 5, price * 6 / 5,"
            " NULL] END",
            "stay_discounts": """CASE WHEN n % 3 = 0 THEN '[{"min_nights": 7, "basis_points": 1000}]' ELSE '[]' END
                ::jsonb""",
            "included_guests": "2",
            "extra_guest_fee_minor": "CASE WHEN n % 4 = 0 THEN 1500 ELSE 0 END",
            "cleaning_fee_minor": "CASE WHEN n % 5 < 3 THEN 5000 ELSE 0 END",
            "cancellation_policy_id": "policy.id",
        },
        "bench_place AS place JOIN pricing_cancellationpolicy AS policy ON policy.company_id = place.company_id",
    )
    insert(
        RatePlan.taxes.through,
        {"rateplan_id": "plan_id", "tax_id": "tax.id"},
        "bench_place AS place JOIN pricing_tax AS tax ON tax.company_id = place.company_id"
        " WHERE tax.kind = 'percentage' OR n % 5 = 0",
    )
    insert(
        PriceOverride,
        {
            "rate_plan_id": "plan_id",
            "nights": "daterange(current_date + season * 120 + n % 60, current_date + season * 120 + n % 60 + 30)",
            "price_minor": "price * 13 / 10",
        },
        "bench_place CROSS JOIN generate_series(0, 3) AS season WHERE n % 3 < 2",
    )


def _amenities() -> list[str]:
    insert(
        Amenity,
        {"code": "'amenity-' || n", "name": "'Amenity ' || n", "group": "'Basics'", "position": "n"},
        "generate_series(1, 40) AS n",
    )
    # The commonest is nearly everywhere, the rarest in one place of thirty.
    insert(
        PropertyAmenity,
        {"property_id": "property_id", "amenity_id": "amenity.id"},
        f"bench_place AS place CROSS JOIN properties_amenity AS amenity"
        f" WHERE {chance(9, 'place.n * 64 + amenity.position')} < 0.95 / sqrt(amenity.position)",
    )
    return [f"amenity-{n}" for n in range(1, 41)]


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
