"""Turn drafts into records: what a row lacks is taken from the most comparable rows that have it, and
counted.

Sleeping facts come from places of the same kind and size. A missing price is first looked for in the
calendar; a calendar price far outside its group is a host's way to say "not for sale" and is not believed.
"""

from collections.abc import Hashable, Mapping, Sequence
from decimal import Decimal

from freehold.distribution.airbnb.categories import FALLBACK_CATEGORY, Space
from freehold.distribution.airbnb.drafts import Draft
from freehold.distribution.airbnb.estimates import MedianByGroup
from freehold.distribution.airbnb.records import ListingRecord, PriceSource, ReportBuilder, Verdict

# A calendar price may be this many times above or below its group's median before it is disbelieved.
_PLAUSIBLE_MULTIPLE = 4
# A stated price beyond this multiple is kept (it is the host's word) but pointed out.
_OUTLIER_MULTIPLE = 10
_GUESTS_PER_BEDROOM = 2


def complete_drafts(
    drafts: Sequence[Draft], *, currency: str, calendar_prices: Mapping[str, int], report: ReportBuilder
) -> tuple[ListingRecord, ...]:
    """One record per draft, in order; a draft for which no price can be found at all is refused."""
    sizes = _SizeEstimates(drafts)
    prices = MedianByGroup()
    guests = [sizes.accommodates(draft, report) for draft in drafts]
    for draft, people in zip(drafts, guests, strict=True):
        if draft.price_minor is not None:
            prices.add(_price_keys(draft, people), draft.price_minor)
    records: list[ListingRecord] = []
    for draft, people in zip(drafts, guests, strict=True):
        price = _price_of(draft, prices.of(_price_keys(draft, people)), calendar_prices, report)
        if price is None:
            report.add(Verdict.REFUSED, "price", "missing, and nothing comparable", draft.source_id)
            continue
        bedrooms = sizes.bedrooms(draft, people, report)
        records.append(
            ListingRecord(
                source_id=draft.source_id,
                host_id=draft.host_id,
                neighbourhood=draft.neighbourhood,
                latitude=draft.latitude,
                longitude=draft.longitude,
                category=draft.category or FALLBACK_CATEGORY,
                space=space_or_least(draft),
                accommodates=people,
                bedrooms=bedrooms,
                beds=sizes.beds(draft, bedrooms, report),
                bathrooms=sizes.bathrooms(draft, bedrooms, report),
                is_bathroom_shared=draft.is_bathroom_shared,
                price_minor=price[0],
                currency=currency,
                price_source=price[1],
                min_nights=draft.min_nights or 1,
                max_nights=draft.max_nights or None,
                rating=draft.rating if draft.review_count else None,
                review_count=draft.review_count or 0,
                is_instantly_bookable=draft.is_instantly_bookable,
                amenities=draft.amenities or (),
                title=draft.title,
                description=draft.description,
            )
        )
    return tuple(records)


def space_or_least(draft: Draft) -> Space:
    """The kind of space; where the source does not say, the smallest promise that can be made to a guest."""
    return draft.space or Space.PRIVATE_ROOM


def _price_keys(draft: Draft, people: int) -> tuple[Hashable, ...]:
    place, space = draft.neighbourhood, space_or_least(draft)
    return (
        (place, space, people),
        ("size", space, people),
        ("place", place, space),
        ("space", space),
        ("all",),
    )


def _price_of(
    draft: Draft, typical: int | None, calendar_prices: Mapping[str, int], report: ReportBuilder
) -> tuple[int, PriceSource] | None:
    if draft.price_minor is not None:
        if typical is not None and draft.price_minor > typical * _OUTLIER_MULTIPLE:
            report.add(Verdict.NOTICED, "price", "far above comparable places", draft.source_id)
        return draft.price_minor, PriceSource.LISTING
    stated = calendar_prices.get(draft.source_id)
    if stated is not None:
        if typical is None or typical / _PLAUSIBLE_MULTIPLE <= stated <= typical * _PLAUSIBLE_MULTIPLE:
            report.add(Verdict.REPAIRED, "price", "missing, taken from the calendar", draft.source_id)
            return stated, PriceSource.CALENDAR
        report.add(Verdict.NOTICED, "price", "calendar price not believed", draft.source_id)
    if typical is None:
        return None
    report.add(Verdict.ESTIMATED, "price", "median of comparable places", draft.source_id)
    return typical, PriceSource.ESTIMATED


class _SizeEstimates:
    """Guests, rooms, beds and baths of a draft, from itself or from places of the same kind and size."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._bedrooms = MedianByGroup()
        self._half_baths = MedianByGroup()
        for draft in drafts:
            if draft.bedrooms is not None and draft.accommodates:
                self._bedrooms.add(((space_or_least(draft), draft.accommodates),), draft.bedrooms)
            if draft.bathrooms is not None and draft.bedrooms is not None:
                self._half_baths.add(
                    ((space_or_least(draft), draft.bedrooms), space_or_least(draft)), int(draft.bathrooms * 2)
                )

    def accommodates(self, draft: Draft, report: ReportBuilder) -> int:
        if draft.accommodates:
            return draft.accommodates
        report.add(Verdict.ESTIMATED, "accommodates", "two guests for each bedroom", draft.source_id)
        return max(1, draft.bedrooms or 0) * _GUESTS_PER_BEDROOM

    def bedrooms(self, draft: Draft, people: int, report: ReportBuilder) -> int:
        if draft.bedrooms is not None:
            return draft.bedrooms
        if space_or_least(draft) is not Space.ENTIRE:
            report.add(Verdict.REPAIRED, "bedrooms", "a rented room is one bedroom", draft.source_id)
            return 1
        report.add(Verdict.ESTIMATED, "bedrooms", "median of places of the same size", draft.source_id)
        typical = self._bedrooms.of(((space_or_least(draft), people),))
        return typical if typical is not None else max(1, people // _GUESTS_PER_BEDROOM)

    def beds(self, draft: Draft, bedrooms: int, report: ReportBuilder) -> int:
        if draft.beds:
            return draft.beds
        reason = "missing" if draft.beds is None else "zero"
        report.add(Verdict.REPAIRED, "beds", f"{reason}, one for each bedroom", draft.source_id)
        return max(1, bedrooms)

    def bathrooms(self, draft: Draft, bedrooms: int, report: ReportBuilder) -> Decimal:
        if draft.bathrooms is not None:
            return draft.bathrooms
        report.add(Verdict.ESTIMATED, "bathrooms", "median of places with as many bedrooms", draft.source_id)
        half_baths = self._half_baths.of(((space_or_least(draft), bedrooms), space_or_least(draft)))
        return Decimal(half_baths if half_baths is not None else 2) / 2
