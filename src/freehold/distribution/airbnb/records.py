"""What a listing file says once it is read: frozen facts, and a report of what had to be done to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from freehold.distribution.airbnb.categories import Space


class UnreadableSource(ValueError):
    """The file is not a listing or calendar file: a column that nothing can be made without is missing."""


class PriceSource(StrEnum):
    """Where the nightly price comes from; everything but `LISTING` is shown as a repair."""

    LISTING = "listing"
    CALENDAR = "calendar"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """One place that can be rented, as facts.

    `price_minor` is per night in minor units of `currency`. `bathrooms` counts in halves. `rating` is
    on a scale to 5 and None without reviews. `max_nights` is None when the source sets no real limit.
    `title` and `description` are the host's own words, cleaned; a facts-only source leaves them empty.
    """

    source_id: str
    host_id: str
    neighbourhood: str
    latitude: Decimal
    longitude: Decimal
    category: str
    space: Space
    accommodates: int
    bedrooms: int
    beds: int
    bathrooms: Decimal
    is_bathroom_shared: bool
    price_minor: int
    currency: str
    price_source: PriceSource
    min_nights: int
    max_nights: int | None
    rating: Decimal | None
    review_count: int
    is_instantly_bookable: bool
    amenities: tuple[str, ...]
    title: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, order=True)
class BlockedRange:
    """Nights [start, end) on which the listing cannot be booked."""

    source_id: str
    start: date
    end: date

    @property
    def nights(self) -> int:
        return (self.end - self.start).days


class Verdict(StrEnum):
    """What the reader did about a finding."""

    REFUSED = "refused"
    ESTIMATED = "estimated"
    REPAIRED = "repaired"
    NOTICED = "noticed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of trouble, how often it came, and the first few rows that had it."""

    verdict: Verdict
    field: str
    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The account of one read file. `rows_read - rows_kept` equals the refused rows of a listing file."""

    rows_read: int
    rows_kept: int
    findings: tuple[Finding, ...]

    def count(self, verdict: Verdict, field_name: str = "", reason: str = "") -> int:
        """How many findings match; an empty `field_name` or `reason` matches all."""
        return sum(
            finding.count
            for finding in self.findings
            if finding.verdict is verdict and field_name in ("", finding.field) and reason in ("", finding.reason)
        )


@dataclass(slots=True)
class ReportBuilder:
    """Collects findings while reading; keeps counts and a few examples, never every row."""

    examples_kept: int = 5
    rows_read: int = 0
    _counts: dict[tuple[Verdict, str, str], int] = field(default_factory=dict)
    _examples: dict[tuple[Verdict, str, str], list[str]] = field(default_factory=dict)

    def add(self, verdict: Verdict, field_name: str, reason: str, source_id: str = "", count: int = 1) -> None:
        key = (verdict, field_name, reason)
        self._counts[key] = self._counts.get(key, 0) + count
        examples = self._examples.setdefault(key, [])
        if source_id and len(examples) < self.examples_kept:
            examples.append(source_id)

    def build(self, *, rows_read: int, rows_kept: int) -> ImportReport:
        order = list(Verdict)
        keys = sorted(self._counts, key=lambda key: (order.index(key[0]), -self._counts[key], key[1:]))
        findings: Iterable[Finding] = (
            Finding(
                verdict,
                name,
                reason,
                self._counts[verdict, name, reason],
                tuple(self._examples[verdict, name, reason]),
            )
            for verdict, name, reason in keys
        )
        return ImportReport(rows_read, rows_kept, tuple(findings))
