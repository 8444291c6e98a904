"""Bring places that were imported before up to date, many at once: only the fields that really change."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.core.models import BaseModel, TenantModel
from freehold.properties.imported_places import PlaceKey
from freehold.properties.models import Amenity, Category, Listing, Property, PropertyAmenity, SaleDetails, Unit

_BATCH = 500


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """New values by name ("property.title", "amenities"), as `imported_places` gives them."""

    key: PlaceKey
    values: Mapping[str, Any] = field(default_factory=dict)
    publish: bool = False


def import_changes(*, actor: Actor, company_id: UUID, changes: Iterable[PlaceChange]) -> None:
    """Writes every change or none; a row none of whose fields change is not touched. Needs `properties.edit`.

    The rows were locked by `imported_places`. Raises BadInput for an unknown category or amenity.
    """
    require(actor=actor, permission="properties.edit", company_id=company_id)
    chosen = list(changes)
    rows: dict[type[BaseModel], dict[UUID, dict[str, Any]]] = {Property: {}, Unit: {}, Listing: {}, SaleDetails: {}}
    sales = dict(
        SaleDetails.objects.filter(listing_id__in=[change.key.listing_id for change in chosen]).values_list(
            "listing_id", "pk"
        )
    )
    categories = dict(Category.objects.values_list("slug", "pk"))
    for change in chosen:
        ids = {"property": change.key.property_id, "unit": change.key.unit_id, "listing": change.key.listing_id}
        if change.key.listing_id in sales:
            ids["sale"] = sales[change.key.listing_id]
        for name, value in change.values.items():
            table, _, column = name.partition(".")
            if column:
                column, value = _column(column, value, categories)
                rows[_MODELS[table]].setdefault(ids[table], {})[column] = value
        if change.publish:
            rows[Property].setdefault(ids["property"], {})["status"] = Property.Status.PUBLISHED
            rows[Listing].setdefault(ids["listing"], {})["status"] = Listing.Status.PUBLISHED
    with transaction.atomic():
        for model, values in rows.items():
            _update(model, company_id, values)
        _set_amenities(
            {change.key.property_id: change.values["amenities"] for change in chosen if "amenities" in change.values}
        )


_MODELS: Mapping[str, type[BaseModel]] = {
    "property": Property,
    "unit": Unit,
    "listing": Listing,
    "sale": SaleDetails,
}


def _column(name: str, value: Any, categories: Mapping[str, UUID]) -> tuple[str, Any]:
    if name == "category":
        if value not in categories:
            raise BadInput(f"Not known here: {value}.")
        return "category_id", categories[value]
    if name in {"rating", "bathrooms", "floors"} and value is not None:
        return name, Decimal(value)
    return name, value


def _update(model: type[BaseModel], company_id: UUID, rows: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Rows that change the same columns together, so that no statement writes a column that stays."""
    now = clock.now()
    alike: dict[frozenset[str], list[BaseModel]] = defaultdict(list)
    # Details of a sale have no scope of their own: theirs is the listing's.
    stored = model.objects.company(company_id) if issubclass(model, TenantModel) else model._default_manager.all()
    for pk, values in rows.items():
        alike[frozenset(values)].append(model(id=pk, updated_at=now, **values))
    for columns, instances in alike.items():
        names = [column.removesuffix("_id") for column in sorted(columns)]
        stored.bulk_update(instances, [*names, "updated_at"], batch_size=_BATCH)


def _set_amenities(wanted: Mapping[UUID, Sequence[str]]) -> None:
    codes = dict(Amenity.objects.values_list("code", "pk"))
    unknown = {code for amenities in wanted.values() for code in amenities} - codes.keys()
    if unknown:
        raise BadInput(f"Not known here: {', '.join(sorted(unknown))}.")
    there: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    pairs = PropertyAmenity.objects.filter(property_id__in=wanted).values_list("property_id", "amenity_id", "pk")
    for property_id, amenity_id, pk in pairs:
        there[property_id][amenity_id] = pk
    gone: list[int] = []
    new: list[PropertyAmenity] = []
    for property_id, amenities in wanted.items():
        ids = {codes[code] for code in amenities}
        gone += [pk for amenity_id, pk in there[property_id].items() if amenity_id not in ids]
        new += [
            PropertyAmenity(property_id=property_id, amenity_id=amenity_id)
            for amenity_id in sorted(ids - there[property_id].keys())
        ]
    PropertyAmenity.objects.filter(pk__in=gone).delete()
    PropertyAmenity.objects.bulk_create(new, batch_size=_BATCH)
