"""Bring a calendar file to the listings that were imported: closed nights become external claims, prices overrides.

Streams the file; a portion of listings is one transaction. Whatever the file does not mention stays as it is.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
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
from freehold.distribution.airbnb.calendars import ListingDays, read_calendar
from freehold.distribution.airbnb.records import ReportBuilder, UnreadableSource, Verdict
from freehold.distribution.importing.facts import PRICE
from freehold.distribution.importing.merging import FieldChange
from freehold.distribution.importing.whereabouts import Whereabouts
from freehold.distribution.models import ImportedListing
from freehold.distribution.services.import_listings import SOURCE, OnChange, Progress
from freehold.distribution.services.remember_imported import wait_for_other_imports
from freehold.domain.money import exponent
from freehold.inventory.services.import_calendars import (
    UnitCalendar,
    closed_units,
    import_calendars,
    refresh_calendar_statistics,
)
from freehold.pricing.models import PriceOverride
from freehold.pricing.services.import_night_prices import NightPrices, import_night_prices

PORTION = 200
NOTE = "Taken on another channel"
# A price this many times the base is kept, because it is the host's word, and pointed out.
_FAR_ABOVE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarImport:
    """`new_ids` are listings that a dry run would have made: they are counted, not looked up."""

    company: Company | None
    where: Whereabouts
    dry_run: bool = False
    new_ids: Collection[str] = ()


@dataclass(slots=True)
class CalendarOutcome:
    """Listings with a calendar, and nights."""

    listings: int = 0
    closed: int = 0
    opened: int = 0
    priced: int = 0
    conflicts: int = 0
    seen: set[str] = field(default_factory=set)


def import_calendar(
    *,
    actor: Actor,
    path: Path,
    options: CalendarImport,
    report: ReportBuilder,
    progress: Progress,
    on_change: OnChange,
) -> CalendarOutcome:
    """Needs `inventory.block` and `pricing.edit`. `progress` hears the rows read so far.

    Raises UnreadableSource for a file that is damaged, or has no days at all.
    """
    if options.company is not None:
        for permission in ("inventory.block", "pricing.edit"):
            require(actor=actor, permission=permission, company_id=options.company.pk)
    work = _Work(actor, options, report, on_change)
    for portion in batched(_days(path, options.where, report), PORTION):
        work.take(portion)
        progress(report.rows_read)
    if not work.outcome.seen:
        raise UnreadableSource(f"{path.name} has no days. Nothing was opened or closed.")
    work.finish()
    return work.outcome


def _days(path: Path, where: Whereabouts, report: ReportBuilder) -> Iterator[ListingDays]:
    return read_calendar(path, price_digits=exponent(where.currency), report=report)


class _Work:
    """One run over a file."""

    def __init__(self, actor: Actor, options: CalendarImport, report: ReportBuilder, on_change: OnChange) -> None:
        self.actor = actor
        self.options = options
        self.report = report
        self.on_change = on_change
        self.outcome = CalendarOutcome()

    def take(self, portion: Sequence[ListingDays]) -> None:
        calendars = self._joined(portion)
        company = self.options.company
        known: dict[str, ImportedListing] = {}
        if company is not None:
            with pghistory.context(actor=str(self.actor)), transaction.atomic():
                if not self.options.dry_run:
                    wait_for_other_imports(company.pk)
                known = self._known(company.pk, calendars)
                days = [(row, calendars[source_id]) for source_id, row in known.items()]
                self._close(company.pk, days)
                self._price(company.pk, days)
        for source_id, days_of in calendars.items():
            if source_id not in known and source_id in self.options.new_ids:
                self.outcome.listings += 1
                self.outcome.closed += sum(days_of.taken.values())
            elif source_id not in known:
                self.report.add(Verdict.REFUSED, "listing_id", "not imported, calendar left out", source_id)

    def finish(self) -> None:
        """A listing whose nights were closed and that the file passes over in silence keeps them, and is reported."""
        company = self.options.company
        if company is None:
            return
        rows = ImportedListing.objects.company(company.pk).filter(source=SOURCE, feed=self.options.where.city)
        silent = {
            unit_id: external_id
            for external_id, unit_id in rows.values_list("external_id", "unit_id")
            if external_id not in self.outcome.seen
        }
        for unit_id in sorted(closed_units(company_id=company.pk, unit_ids=silent)):
            self.report.add(Verdict.REFUSED, "calendar", "no rows any more: its nights stay closed", silent[unit_id])
        if not self.options.dry_run and (self.outcome.closed or self.outcome.priced):
            refresh_calendar_statistics()
            refresh_statistics(PriceOverride)

    def _joined(self, portion: Sequence[ListingDays]) -> dict[str, ListingDays]:
        """By listing; what comes twice in a portion is one calendar."""
        calendars: dict[str, ListingDays] = {}
        for days in portion:
            if days.source_id in self.outcome.seen:
                self.report.add(Verdict.NOTICED, "listing_id", "rows of one listing are scattered", days.source_id)
            self.outcome.seen.add(days.source_id)
            if (earlier := calendars.get(days.source_id)) is not None:
                days = ListingDays(days.source_id, {**earlier.taken, **days.taken}, {**earlier.prices, **days.prices})
            calendars[days.source_id] = days
        return calendars

    def _known(self, company_id: UUID, calendars: Collection[str]) -> dict[str, ImportedListing]:
        rows = (
            ImportedListing.objects.company(company_id)
            .filter(source=SOURCE, external_id__in=list(calendars))
            .select_related("property", "listing")
        )
        return {row.external_id: row for row in rows}

    def _close(self, company_id: UUID, days: Sequence[tuple[ImportedListing, ListingDays]]) -> None:
        changes = import_calendars(
            actor=self.actor,
            company_id=company_id,
            calendars=[
                UnitCalendar(
                    reference=f"{SOURCE}:{row.external_id}",
                    listing_id=row.listing_id,
                    unit_id=row.unit_id,
                    check_in_time=row.property.check_in_time,
                    check_out_time=row.property.check_out_time,
                    time_zone=row.property.time_zone,
                    covered=said.taken,
                    taken=[night for night, is_taken in said.taken.items() if is_taken],
                )
                for row, said in days
            ],
            note=NOTE,
            dry_run=self.options.dry_run,
        )
        self.outcome.listings += len(changes)
        for change in changes:
            source_id = change.reference.partition(":")[2]
            self.outcome.closed += len(change.closed)
            self.outcome.opened += len(change.opened)
            self.outcome.conflicts += len(change.conflicts)
            for name, nights in (("nights closed", change.closed), ("nights opened", change.opened)):
                if nights:
                    self.on_change(FieldChange(source_id, name, None, len(nights)))
            if change.conflicts:
                detail = "nights taken there that are sold or held here, left as they are"
                self.report.add(Verdict.REFUSED, "calendar", detail, source_id, count=len(change.conflicts))

    def _price(self, company_id: UUID, days: Sequence[tuple[ImportedListing, ListingDays]]) -> None:
        rows: dict[UUID, ImportedListing] = {}
        calendars: list[NightPrices] = []
        for row, said in days:
            if not said.prices or not self._can_be_priced(row):
                continue
            base = row.written[PRICE]
            rows[row.listing_id] = row
            calendars.append(
                NightPrices(
                    listing_id=row.listing_id,
                    base_price_minor=base,
                    prices=said.prices,
                    written=row.night_prices,
                )
            )
            high = sum(1 for price in said.prices.values() if price > base * _FAR_ABOVE)
            if high:
                self.report.add(
                    Verdict.NOTICED, "price", f"more than {_FAR_ABOVE} times the base, kept", row.external_id, high
                )
        changes = import_night_prices(
            actor=self.actor, company_id=company_id, calendars=calendars, dry_run=self.options.dry_run
        )
        remembered: list[ImportedListing] = []
        for change in changes:
            row = rows[change.listing_id]
            if change.is_priced_here or change.kept:
                count = max(1, len(change.kept))
                self.report.add(Verdict.NOTICED, "price", "changed here since, kept", row.external_id, count)
            if change.set:
                self.outcome.priced += len(change.set)
                self.on_change(FieldChange(row.external_id, "nights priced", None, len(change.set)))
            if change.written != row.night_prices:
                row.night_prices = change.written
                row.updated_at = clock.now()
                remembered.append(row)
        if not self.options.dry_run:
            ImportedListing.objects.company(company_id).bulk_update(remembered, ["night_prices", "updated_at"], 500)

    def _can_be_priced(self, row: ImportedListing) -> bool:
        if PRICE not in row.written:
            self.report.add(
                Verdict.NOTICED, "price", "prices of nights without a base price, left out", row.external_id
            )
            return False
        if row.listing.currency != self.options.where.currency:
            self.report.add(
                Verdict.REFUSED, "price", "in another currency than the listing's, left out", row.external_id
            )
            return False
        return True
