"""Read a calendar file (one row per listing and day) into blocked ranges, streaming.

A city's calendar has millions of rows, so only one listing's days are held at a time; what stays is ranges.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from statistics import median_low

from freehold.distribution.airbnb.fields import parse_amount, to_minor
from freehold.distribution.airbnb.reading import open_text, require_columns
from freehold.distribution.airbnb.records import BlockedRange, ImportReport, ReportBuilder, Verdict

REQUIRED_COLUMNS = ("listing_id", "date", "available")
_TAKEN = frozenset({"f", "false", "0", "no"})
_FREE = frozenset({"t", "true", "1", "yes"})


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """Blocked ranges in order of (listing, start), never touching each other; `prices_minor` is each
    listing's median nightly price where the file states one. Days are inclusive; both are None for a file
    without rows.
    """

    blocked: tuple[BlockedRange, ...]
    prices_minor: dict[str, int]
    first_day: date | None
    last_day: date | None
    report: ImportReport


def parse_calendar(path: Path, *, price_digits: int = 2) -> CalendarFacts:
    """Read a whole calendar. UnreadableSource when it is not one. A day that is not listed is not blocked."""
    reader = _CalendarReader(price_digits)
    with open_text(path) as stream:
        rows = csv.reader(stream)
        header = next(rows, [])
        require_columns(header, REQUIRED_COLUMNS, kind="calendar")
        listing, day, available = (header.index(name) for name in REQUIRED_COLUMNS)
        price = header.index("price") if "price" in header else None
        width = max(listing, day, available) + 1
        for source_id, group in groupby(rows, key=lambda row: row[listing] if len(row) >= width else None):
            if source_id is None:
                reader.refuse_cut_rows(sum(1 for _ in group))
                continue
            days = [
                (row[day], row[available], row[price] if price is not None and len(row) > price else "")
                for row in group
            ]
            reader.read_listing(source_id.strip(), days)
    return reader.finish()


@dataclass(frozen=True, slots=True)
class ListingDays:
    """One run of rows of one listing: by proleptic day number whether the night is taken, and the prices that are
    stated, in minor units. A day without a row is in neither.
    """

    source_id: str
    taken: Mapping[int, bool]
    prices: Mapping[int, int]


def read_calendar(path: Path, *, price_digits: int, report: ReportBuilder) -> Iterator[ListingDays]:
    """The calendar listing by listing, streaming; a listing whose rows are scattered comes several times.

    Raises UnreadableSource, possibly after some listings.
    """
    days: dict[str, int | None] = {}
    amounts: dict[str, int | None] = {}
    with open_text(path) as stream:
        rows = csv.reader(stream)
        header = next(rows, [])
        require_columns(header, REQUIRED_COLUMNS, kind="calendar")
        listing, day, available = (header.index(name) for name in REQUIRED_COLUMNS)
        price = header.index("price") if "price" in header else None
        width = max(listing, day, available) + 1
        for source_id, group in groupby(rows, key=lambda row: row[listing] if len(row) >= width else None):
            if source_id is None or not source_id.strip():
                count = sum(1 for _ in group)
                report.rows_read += count
                report.add(Verdict.REFUSED, "row", "cut short or without its listing", count=count)
                continue
            taken: dict[int, bool] = {}
            prices: dict[int, int] = {}
            for row in group:
                report.rows_read += 1
                number = _day_number(row[day], days)
                if number is None:
                    report.add(Verdict.REFUSED, "date", "not a date", source_id)
                    continue
                taken[number] = taken.get(number, False) or _is_taken(row[available], source_id, report)
                if price is not None and len(row) > price and row[price]:
                    amount = _minor(row[price], price_digits, amounts)
                    if amount is None:
                        report.add(Verdict.REFUSED, "price", "not an amount above zero", source_id)
                    else:
                        prices[number] = amount
            yield ListingDays(source_id.strip(), taken, prices)


def _day_number(text: str, known: dict[str, int | None]) -> int | None:
    if text not in known:
        try:
            known[text] = date.fromisoformat(text.strip()).toordinal()
        except ValueError:
            return None
    return known[text]


def _is_taken(state: str, source_id: str, report: ReportBuilder) -> bool:
    word = state.strip().lower()
    if word not in _TAKEN and word not in _FREE:
        # An unknown state must never open a night that may be sold elsewhere.
        report.add(Verdict.REPAIRED, "available", "unknown state read as taken", source_id)
    return word not in _FREE


def _minor(text: str, digits: int, known: dict[str, int | None]) -> int | None:
    if text not in known:
        amount = parse_amount(text)
        known[text] = to_minor(amount, digits) if amount is not None and amount > 0 else None
    return known[text] or None


class _CalendarReader:
    """State over one file: a memory of day texts, the ranges found so far, the extent."""

    def __init__(self, price_digits: int) -> None:
        self._price_digits = price_digits
        self._ordinals: dict[str, int] = {}
        self._amounts: dict[str, Decimal | None] = {}
        self._ranges: dict[str, list[tuple[int, int]]] = {}
        self._prices: dict[str, int] = {}
        self._first: int | None = None
        self._last: int | None = None
        self._rows = 0
        self._report = ReportBuilder()

    def refuse_cut_rows(self, count: int) -> None:
        """Rows that end before the columns that matter."""
        self._rows += count
        self._report.add(Verdict.REFUSED, "row", "cut short", count=count)

    def read_listing(self, source_id: str, rows: Sequence[tuple[str, str, str]]) -> None:
        """One run of rows with the same listing id."""
        self._rows += len(rows)
        if not source_id:
            self._report.add(Verdict.REFUSED, "listing_id", "missing", count=len(rows))
            return
        taken: set[int] = set()
        for day_text, state, _ in rows:
            ordinal = self._ordinal(day_text)
            if ordinal is None:
                self._report.add(Verdict.REFUSED, "date", "not a date", source_id)
                continue
            self._first = ordinal if self._first is None else min(self._first, ordinal)
            self._last = ordinal if self._last is None else max(self._last, ordinal)
            word = state.strip().lower()
            if word in _TAKEN:
                taken.add(ordinal)
            elif word not in _FREE:
                # An unknown state must never open a night that may be sold elsewhere.
                taken.add(ordinal)
                self._report.add(Verdict.REPAIRED, "available", "unknown state read as blocked", source_id)
        if source_id in self._ranges:
            self._report.add(Verdict.NOTICED, "listing_id", "rows of one listing are scattered", source_id)
        self._ranges.setdefault(source_id, []).extend(_runs(sorted(taken)))
        self._read_price(source_id, Counter(price for _, _, price in rows))

    def _read_price(self, source_id: str, texts: Counter[str]) -> None:
        amounts: list[int] = []
        for text, days in texts.items():
            if text not in self._amounts:
                self._amounts[text] = parse_amount(text)
            amount = self._amounts[text]
            if amount is not None and amount > 0:
                amounts.extend([to_minor(amount, self._price_digits)] * days)
        if amounts:
            self._prices[source_id] = median_low(amounts)

    def _ordinal(self, text: str) -> int | None:
        if text not in self._ordinals:
            try:
                self._ordinals[text] = date.fromisoformat(text.strip()).toordinal()
            except ValueError:
                return None
        return self._ordinals[text]

    def finish(self) -> CalendarFacts:
        blocked = tuple(
            BlockedRange(source_id, date.fromordinal(start), date.fromordinal(end))
            for source_id in sorted(self._ranges)
            for start, end in _merged(self._ranges[source_id])
        )
        return CalendarFacts(
            blocked=blocked,
            prices_minor=self._prices,
            first_day=None if self._first is None else date.fromordinal(self._first),
            last_day=None if self._last is None else date.fromordinal(self._last),
            report=self._report.build(rows_read=self._rows, rows_kept=len(blocked)),
        )


def _runs(days: Sequence[int]) -> list[tuple[int, int]]:
    """Half-open runs of consecutive ordinals in a sorted sequence."""
    runs: list[tuple[int, int]] = []
    for day in days:
        if runs and runs[-1][1] == day:
            runs[-1] = (runs[-1][0], day + 1)
        else:
            runs.append((day, day + 1))
    return runs


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, joined where they touch or overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
