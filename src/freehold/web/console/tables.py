"""Tables of the console for other programs: one shape for all of them.

They begin with the mark by which spreadsheets know UTF-8, are named after the company, say moments in its time zone
with the offset, and hold no cell that a spreadsheet would run.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime

from django.http import HttpResponse

from freehold.domain.periods import time_zone
from freehold.web.console.frame import Desk

MARK = "\ufeff"
# A spreadsheet would run what begins like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(name: str, *, desk: Desk, head: list[str], rows: Iterable[list[str]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{desk.company.slug}.csv"'
    response.write(MARK)
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return response


def moment_cell(at: datetime | None, zone: str) -> str:
    """To the minute, where the company is."""
    return "" if at is None else at.astimezone(time_zone(zone)).isoformat(timespec="minutes")


def harmless(text: str) -> str:
    """Guests choose their names: a cell stays text, whatever it begins with."""
    return f"'{text}" if text.startswith(_FORMULA) else text
