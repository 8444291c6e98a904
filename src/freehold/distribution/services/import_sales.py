"""Bring houses that are for sale into a company, from a file of sales; repeatable like every import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from itertools import batched
from pathlib import Path
from uuid import UUID

import pghistory
from django.db import transaction

from freehold.companies.models import Company
from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.copying import refresh_statistics
from freehold.core.errors import BadInput
from freehold.distribution.airbnb.records import ReportBuilder, Verdict
from freehold.distribution.importing.facts import Facts
from freehold.distribution.importing.merging import FieldChange, merge
from freehold.distribution.importing.whereabouts import country_of_zone
from freehold.distribution.models import ImportedListing
from freehold.distribution.sales.facts import completed, facts_of_house
from freehold.distribution.sales.records import HouseRecord, read_houses
from freehold.distribution.services.import_listings import ListingOutcome, OnChange, Progress
from freehold.distribution.services.import_words import ensure_vocabulary
from freehold.distribution.services.remember_imported import remember_imported, wait_for_other_imports
from freehold.properties.imported_places import PlaceKey, imported_places
from freehold.properties.models import Listing, SaleDetails
from freehold.properties.services.import_changes import PlaceChange, import_changes
from freehold.properties.services.import_properties import IMPORTED_TABLES, PlaceToImport, import_properties
from freehold.properties.services.import_sale_details import import_sale_details
from freehold.properties.zones import zone_at

SOURCE = "house_sales"
PORTION = 1000
# A sale has neither, and a place cannot be without.
_CHECK_IN, _CHECK_OUT = time(15), time(11)


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesImport:
    """`company` is None only in a dry run for a company that does not exist yet. Amounts are in `currency`."""

    company: Company | None
    city: str
    region: str
    currency: str
    publish: bool = True
    dry_run: bool = False


def import_sales(
    *,
    actor: Actor,
    path: Path,
    options: SalesImport,
    report: ReportBuilder,
    progress: Progress,
    on_change: OnChange,
) -> ListingOutcome:
    """Needs `properties.edit`. `progress` hears how many houses are done. Raises UnreadableSource."""
    company = options.company
    houses = read_houses(path, currency=options.currency, report=report)
    if company is not None:
        require(actor=actor, permission="properties.edit", company_id=company.pk)
        if not options.dry_run:
            with pghistory.context(actor=str(actor)), transaction.atomic():
                ensure_vocabulary(actor=actor)
    work = _Work(actor, options, report, on_change)
    for portion in batched(houses, PORTION):
        work.take(portion)
        progress(work.outcome.new + work.outcome.changed + work.outcome.unchanged)
    if work.outcome.new and not options.dry_run:
        refresh_statistics(*IMPORTED_TABLES, SaleDetails, ImportedListing)
    return work.outcome


class _Work:
    """One run over a file."""

    def __init__(self, actor: Actor, options: SalesImport, report: ReportBuilder, on_change: OnChange) -> None:
        self.actor = actor
        self.options = options
        self.report = report
        self.on_change = on_change
        self.outcome = ListingOutcome()

    def take(self, houses: Sequence[HouseRecord]) -> None:
        """One portion, all of it or nothing."""
        company = self.options.company
        if company is None:
            for house in houses:
                self._announce_new(house)
            return
        with pghistory.context(actor=str(self.actor)), transaction.atomic():
            wait_for_other_imports(company.pk)
            ids = [house.source_id for house in houses]
            rows = ImportedListing.objects.company(company.pk).filter(source=SOURCE, external_id__in=ids)
            known = {row.external_id: row for row in rows}
            self._add([house for house in houses if house.source_id not in known], company)
            self._update([(house, known[house.source_id]) for house in houses if house.source_id in known], company.pk)

    def _announce_new(self, house: HouseRecord) -> None:
        self.outcome.new += 1
        self.on_change(FieldChange(house.source_id, "listing", None, facts_of_house(house)["listing.title"]))

    def _add(self, houses: Sequence[HouseRecord], company: Company) -> None:
        for house in houses:
            self._announce_new(house)
        if not houses or self.options.dry_run:
            return
        facts = [completed(facts_of_house(house)) for house in houses]
        places = [self._place(house, said, company) for house, said in zip(houses, facts, strict=True)]
        made = import_properties(
            actor=self.actor,
            places=places,
            analyse=False,
            before_listings=lambda made: import_sale_details(
                actor=self.actor,
                company_id=company.pk,
                details=[
                    (place.listing_id, {name.removeprefix("sale."): value for name, value in said.items()})
                    for place, said in zip(made, facts, strict=True)
                ],
            ),
        )
        remember_imported(SOURCE, self.options.city, made, facts)

    def _place(self, house: HouseRecord, facts: Facts, company: Company) -> PlaceToImport:
        zone = zone_at(float(house.latitude), float(house.longitude)) or company.time_zone
        country = country_of_zone(zone)
        if not country:
            raise BadInput(f"No country is known for house {house.source_id}.", attr="country")
        return PlaceToImport(
            company_id=company.pk,
            external_source=SOURCE,
            external_id=house.source_id,
            slug_mark=f"{company.slug}/",
            mode=Listing.Mode.SALE,
            is_published=self.options.publish,
            category=facts["property.category"],
            title=facts["property.title"],
            description=facts["property.description"],
            neighbourhood="",
            city=self.options.city,
            region=self.options.region,
            postal_code=facts["property.postal_code"],
            country=country,
            latitude=house.latitude,
            longitude=house.longitude,
            time_zone=zone,
            check_in_time=_CHECK_IN,
            check_out_time=_CHECK_OUT,
            host_name="",
            rating=None,
            review_count=0,
            max_guests=facts["unit.max_guests"],
            bedrooms=facts["unit.bedrooms"],
            beds=facts["unit.bedrooms"],
            bathrooms=Decimal(facts["unit.bathrooms"]),
            currency=self.options.currency,
            min_nights=1,
            max_nights=1,
        )

    def _update(self, known: Sequence[tuple[HouseRecord, ImportedListing]], company_id: UUID) -> None:
        if not known:
            return
        keys = {row.pk: PlaceKey(row.property_id, row.unit_id, row.listing_id) for _, row in known}
        states = imported_places(company_id=company_id, keys=list(keys.values()))
        changes: list[PlaceChange] = []
        remembered: list[ImportedListing] = []
        for house, row in known:
            current = states[row.listing_id].values
            merged = merge(said=facts_of_house(house), written=row.written, current=current)
            for name in merged.kept:
                self.report.add(Verdict.NOTICED, name, "changed here since, kept", house.source_id)
            for name, value in merged.changes.items():
                self.on_change(FieldChange(house.source_id, name, current[name], value))
            if merged.changes:
                changes.append(PlaceChange(keys[row.pk], merged.changes))
            if merged.remembered != row.written:
                row.written, row.updated_at = merged.remembered, clock.now()
                remembered.append(row)
            self.outcome.changed += bool(merged.changes)
            self.outcome.unchanged += not merged.changes
        if self.options.dry_run:
            return
        import_changes(actor=self.actor, company_id=company_id, changes=changes)
        ImportedListing.objects.company(company_id).bulk_update(remembered, ["written", "updated_at"], 500)
