"""What is asked for many imported listings that are for sale, and the facts that buyers compare."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.copying import copy_rows
from freehold.core.ids import uuid7
from freehold.properties.models import SaleDetails

_NAMES = (
    *("price_minor", "living_area_m2", "plot_area_m2", "floors", "year_built", "year_renovated", "condition", "grade"),
    "has_water_view",
)


def import_sale_details(*, actor: Actor, company_id: UUID, details: Iterable[tuple[UUID, Mapping[str, Any]]]) -> None:
    """For each listing (which must have none) its values by name, as `imported_places` gives them ("price_minor").

    Needs `properties.edit`. A price of nothing violates a constraint, and nothing is kept.
    """
    require(actor=actor, permission="properties.edit", company_id=company_id)
    now = clock.now()
    copy_rows(
        SaleDetails,
        ("id", "created_at", "updated_at", "listing_id", *_NAMES, "earlier_sales"),
        (
            (
                *(uuid7(), now, now, listing_id),
                *(_value(name, values[name]) for name in _NAMES),
                Jsonb(values["earlier_sales"]),
            )
            for listing_id, values in details
        ),
    )


def _value(name: str, value: Any) -> Any:
    return Decimal(value) if name == "floors" and value is not None else value
