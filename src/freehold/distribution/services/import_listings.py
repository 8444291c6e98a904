"""Bring the listings of a file into a company: new ones are made, known ones brought up to date, none is deleted.

The file is read once and written in portions, each in a transaction of its own: an import that is killed leaves whole
listings, and running it again finds those done and goes on. The same file twice writes nothing.
"""

from collections.abc import Callable, Sequence
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
from freehold.distribution.airbnb.drafts import Draft
from freehold.distribution.airbnb.listings import read_drafts
from freehold.distribution.airbnb.records import ReportBuilder, Verdict
from freehold.distribution.composing.prices import FLEXIBLE
from freehold.distribution.importing.facts import PRICE, Facts, Reader, place_of
from freehold.distribution.importing.merging import FieldChange, Merge, merge
from freehold.distribution.importing.whereabouts import Whereabouts
from freehold.distribution.models import ImportedListing
from freehold.distribution.services.import_words import ensure_vocabulary
from freehold.distribution.services.remember_imported import remember_imported, wait_for_other_imports
from freehold.inventory.services.import_calendars import refresh_search_statistics
from freehold.pricing.models import RatePlan
from freehold.pricing.services.import_price_changes import base_prices, import_price_changes
from freehold.pricing.services.import_rate_plans import RatePlanToImport, ensure_policy, import_rate_plans
from freehold.properties.imported_places import PlaceKey, PlaceState, imported_places
from freehold.properties.models import Listing
from freehold.properties.services.import_changes import PlaceChange, import_changes
from freehold.properties.services.import_properties import IMPORTED_TABLES, import_properties

SOURCE = "airbnb"
# What a transaction costs by itself is spread over so many, and who waits for the company waits for no more.
PORTION = 1000
# The planner is told when there are so many times the rows: telling it takes a second, whatever their number.
_TELL_AGAIN_AT = 4
STANDARD_POLICY = FLEXIBLE

Progress = Callable[[int], None]
OnChange = Callable[[FieldChange], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingImport:
    """How a file is to be brought in. `company` is None only in a dry run for a company that does not exist yet.

    `publish` decides for new listings, and for those that get their first price. `policy` names the cancellation
    policy of new rate plans.
    """

    company: Company | None
    where: Whereabouts
    publish: bool = True
    dry_run: bool = False
    policy: str = STANDARD_POLICY.policy_name


@dataclass(slots=True)
class ListingOutcome:
    """Counts of listings; `gone` are ids that an earlier file of the same city had."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    drafts: int = 0
    seen: set[str] = field(default_factory=set)
    gone: list[str] = field(default_factory=list)


def import_listings(
    *,
    actor: Actor,
    path: Path,
    options: ListingImport,
    report: ReportBuilder,
    progress: Progress,
    on_change: OnChange,
) -> ListingOutcome:
    """Needs `properties.edit` and `pricing.edit`. `progress` hears the rows read so far, `on_change` every difference.

    Raises UnreadableSource (what was written before stays, whole) and BadInput for an unknown policy.
    """
    company = options.company
    if company is not None:
        for permission in ("properties.edit", "pricing.edit"):
            require(actor=actor, permission=permission, company_id=company.pk)
        if not options.dry_run:
            with pghistory.context(actor=str(actor)), transaction.atomic():
                ensure_vocabulary(actor=actor)
                ensure_policy(actor=actor, company_id=company.pk, name=options.policy, standard=STANDARD_POLICY)
    work = _Work(actor, options, Reader(report), on_change)
    drafts = read_drafts(path, currency=options.where.currency, report=report)
    for portion in batched(drafts, PORTION):
        work.take(portion)
        progress(report.rows_read)
    work.finish()
    return work.outcome


class _Work:
    """One run over a file."""

    def __init__(self, actor: Actor, options: ListingImport, reader: Reader, on_change: OnChange) -> None:
        self.actor = actor
        self.options = options
        self.reader = reader
        self.on_change = on_change
        self.outcome = ListingOutcome()
        self.told_at = 0

    def take(self, drafts: Sequence[Draft]) -> None:
        """One portion, all of it or nothing."""
        company = self.options.company
        self.outcome.seen.update(draft.source_id for draft in drafts)
        if company is None:
            for draft in drafts:
                self._announce_new(draft, self.reader.completed(draft, self.reader.said(draft)))
            return
        with pghistory.context(actor=str(self.actor)), transaction.atomic():
            wait_for_other_imports(company.pk)
            known = {
                row.external_id: row
                for row in ImportedListing.objects.company(company.pk).filter(
                    source=SOURCE, external_id__in=[draft.source_id for draft in drafts]
                )
            }
            self._add([draft for draft in drafts if draft.source_id not in known], company)
            self._update([(draft, known[draft.source_id]) for draft in drafts if draft.source_id in known], company.pk)
            if not self.options.dry_run and self.outcome.new >= max(PORTION, _TELL_AGAIN_AT * self.told_at):
                self._tell_planner()

    def finish(self) -> None:
        """What earlier files had and this one has not, and statistics for the planner."""
        company = self.options.company
        if company is None:
            return
        ids = ImportedListing.objects.company(company.pk).filter(source=SOURCE, feed=self.options.where.city)
        for external_id in ids.order_by("external_id").values_list("external_id", flat=True).iterator():
            if external_id not in self.outcome.seen:
                self.outcome.gone.append(external_id)
                self.reader.report.add(Verdict.NOTICED, "listing", "gone from the file, left as it is", external_id)
        if self.outcome.new and not self.options.dry_run:
            self._tell_planner()

    def _tell_planner(self) -> None:
        """The search rows follow each portion: with statistics of empty tables that takes longer and longer."""
        refresh_statistics(*IMPORTED_TABLES, RatePlan, ImportedListing)
        refresh_search_statistics()
        self.told_at = self.outcome.new

    def _announce_new(self, draft: Draft, facts: Facts) -> None:
        self.outcome.new += 1
        self.outcome.drafts += PRICE not in facts
        self.on_change(FieldChange(draft.source_id, "listing", None, facts["listing.title"]))

    def _add(self, drafts: Sequence[Draft], company: Company) -> None:
        new = [(draft, self.reader.completed(draft, self.reader.said(draft))) for draft in drafts]
        for draft, facts in new:
            self._announce_new(draft, facts)
        if not new or self.options.dry_run:
            return
        made = import_properties(
            actor=self.actor,
            places=(
                place_of(
                    draft,
                    facts,
                    company_id=company.pk,
                    slug_mark=f"{company.slug}/",
                    source=SOURCE,
                    where=self.options.where,
                    is_published=self.options.publish and PRICE in facts,
                )
                for draft, facts in new
            ),
            analyse=False,
            before_listings=lambda made: self._price(
                [(place.listing_id, facts) for place, (_, facts) in zip(made, new, strict=True)]
            ),
        )
        remember_imported(SOURCE, self.options.where.city, made, [facts for _, facts in new])

    def _price(self, listings: Sequence[tuple[UUID, Facts]]) -> None:
        assert self.options.company is not None
        company_id = self.options.company.pk
        import_rate_plans(
            actor=self.actor,
            plans=[
                RatePlanToImport(
                    company_id=company_id,
                    listing_id=listing_id,
                    currency=self.options.where.currency,
                    base_price_minor=facts[PRICE],
                    cancellation_policy=self.options.policy,
                    included_guests=facts["listing.max_guests"],
                )
                for listing_id, facts in listings
                if PRICE in facts
            ],
            analyse=False,
        )

    def _update(self, known: Sequence[tuple[Draft, ImportedListing]], company_id: UUID) -> None:
        if not known:
            return
        keys = {row.pk: PlaceKey(row.property_id, row.unit_id, row.listing_id) for _, row in known}
        states = imported_places(company_id=company_id, keys=list(keys.values()))
        prices = base_prices(company_id=company_id, listing_ids=states)
        changes: list[PlaceChange] = []
        new_prices: dict[UUID, int] = {}
        first_prices: list[tuple[UUID, Facts]] = []
        remembered: list[ImportedListing] = []
        for draft, row in known:
            state = states[row.listing_id]
            said = self._in_its_currency(draft, self.reader.said(draft), state)
            merged = self._merge(draft, row, said, state, prices.get(row.listing_id))
            is_first_price = PRICE in said and row.listing_id not in prices
            if is_first_price:
                first_prices.append((row.listing_id, {**state.values, PRICE: said[PRICE]}))
                merged.remembered[PRICE] = said[PRICE]
                self.on_change(FieldChange(draft.source_id, PRICE, None, said[PRICE]))
            elif PRICE in merged.changes:
                new_prices[row.listing_id] = merged.changes[PRICE]
            publish = is_first_price and self.options.publish and state.status == Listing.Status.DRAFT
            values = {name: value for name, value in merged.changes.items() if name != PRICE}
            if values or publish:
                changes.append(PlaceChange(keys[row.pk], values, publish=publish))
            if merged.remembered != row.written:
                row.written = merged.remembered
                row.updated_at = clock.now()
                remembered.append(row)
            is_changed = bool(merged.changes) or is_first_price
            self.outcome.changed += is_changed
            self.outcome.unchanged += not is_changed
            self.outcome.drafts += PRICE not in said and row.listing_id not in prices
        if self.options.dry_run:
            return
        import_changes(actor=self.actor, company_id=company_id, changes=changes)
        import_price_changes(actor=self.actor, company_id=company_id, prices=new_prices)
        self._price(first_prices)
        ImportedListing.objects.company(company_id).bulk_update(remembered, ["written", "updated_at"], batch_size=500)

    def _in_its_currency(self, draft: Draft, said: Facts, state: PlaceState) -> Facts:
        if PRICE in said and state.currency != self.options.where.currency:
            detail = f"in {self.options.where.currency} for a listing in {state.currency}, left out"
            self.reader.report.add(Verdict.REFUSED, "price", detail, draft.source_id)
            return {name: value for name, value in said.items() if name != PRICE}
        return said

    def _merge(self, draft: Draft, row: ImportedListing, said: Facts, state: PlaceState, price: int | None) -> Merge:
        current = state.values if price is None else {**state.values, PRICE: price}
        merged = merge(said=said, written=row.written, current=current)
        for name in merged.kept:
            self.reader.report.add(Verdict.NOTICED, name, "changed here since, kept", draft.source_id)
        for name, value in merged.changes.items():
            self.on_change(FieldChange(draft.source_id, name, current[name], value))
        return merged
