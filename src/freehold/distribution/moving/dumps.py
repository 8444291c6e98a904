"""Read what `manage.py dumpdata` writes: a JSON list of rows, each with its model, its key and its fields."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from freehold.distribution.airbnb.reading import open_text
from freehold.distribution.airbnb.records import UnreadableSource
from freehold.distribution.moving.report import MoveReport, Verdict

MOST_DIGITS = 40
LARGEST_NUMBER = 10**15
"""Keys above it are kept as texts only: no counting reaches there, and a sequence could not go on after it."""


@dataclass(frozen=True, slots=True)
class DumpRow:
    """`model` as in the dump, in lower case: "users.user". `key` is the primary key as text."""

    model: str
    key: str
    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The model without its app: the apps of a business may be called otherwise."""
        return self.model.rpartition(".")[2]

    @property
    def number(self) -> int | None:
        """The key, where it counts."""
        is_counted = self.key.isascii() and self.key.isdigit() and 0 < int(self.key) <= LARGEST_NUMBER
        return int(self.key) if is_counted else None


def read_dump(path: Path, report: MoveReport) -> list[DumpRow]:
    """The rows in their order; what is none is reported. Raises UnreadableSource for a file that is no dump."""
    try:
        with open_text(path) as stream:
            data = json.load(stream, parse_int=_integer, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError, OSError) as error:
        raise UnreadableSource(f"{path.name} is no JSON: {_short(error)}") from error
    if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
        raise UnreadableSource(f"{path.name} is no dump: that is a list of rows with model, pk and fields.")
    if data and not any("model" in each and "fields" in each for each in data):
        raise UnreadableSource(f"{path.name} is no dump: none of its rows has a model and fields.")
    return list(_rows(data, report))


def _rows(data: list[dict[str, Any]], report: MoveReport) -> Iterator[DumpRow]:
    seen: set[tuple[str, str]] = set()
    for place, each in enumerate(data, start=1):
        model, fields = each.get("model"), each.get("fields")
        name = model.lower()[:100] if isinstance(model, str) else ""
        key = _key(each.get("pk"))
        if not name or not isinstance(fields, dict):
            report.say(Verdict.REFUSED, name or "?", key or f"row {place}", "the row has no model, or no fields")
            continue
        report.read[name] += 1
        if not key:
            reason = "the row has no primary key: dump without --natural-primary"
            report.say(Verdict.REFUSED, name, f"row {place}", reason)
        elif (name, key) in seen:
            report.say(Verdict.REFUSED, name, key, "another row before has the same primary key")
        else:
            seen.add((name, key))
            yield DumpRow(name, key, fields)


def _key(pk: Any) -> str:
    if isinstance(pk, bool) or not isinstance(pk, int | str):
        return ""
    text = str(pk).strip()
    return text if len(text) <= 64 and text.isprintable() else ""


def _integer(digits: str) -> int | str:
    """What has more digits than any number here stays a text: whoever reads the field refuses it in words."""
    return int(digits) if len(digits) <= MOST_DIGITS else digits


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _short(error: BaseException) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
