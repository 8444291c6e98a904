"""The account of an import: what came in, what was repaired or refused and why, as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from freehold.distribution.airbnb.records import ReportBuilder
from freehold.distribution.importing.merging import FieldChange
from freehold.distribution.services.import_calendar import CalendarOutcome
from freehold.distribution.services.import_listings import ListingOutcome

_CHANGES_SHOWN = 100
_CHANGES_WRITTEN = 10_000
_LONGEST_VALUE = 60


@dataclass(slots=True)
class Account:
    """Filled while an import runs; shown also when it ends early."""

    is_dry_run: bool = False
    listings: ListingOutcome | None = None
    calendar: CalendarOutcome | None = None
    listing_report: ReportBuilder = field(default_factory=ReportBuilder)
    calendar_report: ReportBuilder = field(default_factory=ReportBuilder)
    changes: list[FieldChange] = field(default_factory=list)
    change_count: int = 0

    def add_change(self, change: FieldChange) -> None:
        self.change_count += 1
        if len(self.changes) < _CHANGES_WRITTEN:
            self.changes.append(change)

    def show(self, console: Console) -> None:
        if self.is_dry_run:
            self._show_changes(console)
        if self.listings is not None:
            outcome = self.listings
            console.print(
                f"  {self.listing_report.rows_read} listing rows: {outcome.new} new, {outcome.changed} changed, "
                f"{outcome.unchanged} unchanged, {len(outcome.gone)} gone, {outcome.drafts} without a price"
            )
        if self.calendar is not None:
            console.print(
                f"  {self.calendar_report.rows_read} calendar rows of {self.calendar.listings} listings: "
                f"{self.calendar.closed} nights closed, {self.calendar.opened} opened, "
                f"{self.calendar.priced} priced, {self.calendar.conflicts} in conflict"
            )
        self._show_findings(console, "Listings", self.listing_report)
        self._show_findings(console, "Calendar", self.calendar_report)
        if self.is_dry_run:
            console.print("  Nothing was written: this was a dry run.")

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def to_json(self) -> dict[str, Any]:
        listings: dict[str, Any] = _findings(self.listing_report)
        if self.listings is not None:
            outcome = self.listings
            listings |= {name: getattr(outcome, name) for name in ("new", "changed", "unchanged", "drafts", "gone")}
        calendar: dict[str, Any] = _findings(self.calendar_report)
        if self.calendar is not None:
            names = ("listings", "closed", "opened", "priced", "conflicts")
            calendar |= {name: getattr(self.calendar, name) for name in names}
        return {
            "dry_run": self.is_dry_run,
            "listings": listings,
            "calendar": calendar,
            "change_count": self.change_count,
            "changes": [asdict(change) for change in self.changes],
        }

    def _show_changes(self, console: Console) -> None:
        for change in self.changes[:_CHANGES_SHOWN]:
            old, new = _short(change.old), _short(change.new)
            text = f"  {change.source_id}  {change.name}: " + (new if change.old is None else f"{old} -> {new}")
            console.print(text, markup=False, emoji=False)
        if self.change_count > _CHANGES_SHOWN:
            console.print(f"  ... and {self.change_count - _CHANGES_SHOWN} more changes")

    def _show_findings(self, console: Console, title: str, report: ReportBuilder) -> None:
        findings = report.build(rows_read=report.rows_read, rows_kept=0).findings
        if not findings:
            return
        table = Table("", "Field", "What", "Rows", "Such as", title=title, title_justify="left", box=None)
        for finding in findings:
            examples = ", ".join(finding.examples[:2])
            table.add_row(finding.verdict, finding.field, finding.reason, str(finding.count), examples)
        console.print(table)


def _findings(report: ReportBuilder) -> dict[str, Any]:
    built = report.build(rows_read=report.rows_read, rows_kept=0)
    return {"rows_read": built.rows_read, "findings": [asdict(finding) for finding in built.findings]}


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
