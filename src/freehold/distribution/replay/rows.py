"""The published hotel booking demand data, read row by row; what cannot be booked is refused with its reason.

Source of the columns: N. Antonio, A. de Almeida, L. Nunes, "Hotel booking demand datasets", Data in Brief 22 (2019)
41-49, sorted by the day of booking (arrival less lead time).
"""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from freehold.domain.party import MAX_CHILDREN, Party

COLUMNS = frozenset(
    {
        *("booked_on", "source_row", "hotel", "check_in", "check_out", "adults", "children", "babies", "adr"),
        *("reserved_room_type", "assigned_room_type", "deposit_type", "market_segment", "status", "status_date"),
    }
)
# More is a group's contract, and no room.
MOST_ADULTS = 50
# The data counts children and babies without ages.
CHILD_AGE, BABY_AGE = 8, 1


class Outcome(StrEnum):
    """What became of a booking in the end."""

    STAYED = "Check-Out"
    CANCELLED = "Canceled"
    NO_SHOW = "No-Show"


class Terms(StrEnum):
    """How it was paid: on arrival; at once, never to be given back; at once, refundable."""

    AT_PROPERTY = "No Deposit"
    NON_REFUNDABLE = "Non Refund"
    REFUNDABLE = "Refundable"


class Refused(StrEnum):
    """Why a row is no booking."""

    UNREADABLE = "unreadable"
    NO_NIGHTS = "no nights"
    NO_ADULT = "no adult"
    PARTY_TOO_LARGE = "party too large"
    NEGATIVE_PRICE = "negative price"
    OUT_OF_ORDER = "dates out of order"


class UnreadableReplay(Exception):
    """The file is not what it should be."""


@dataclass(frozen=True, slots=True)
class HotelBooking:
    """One row. `rate_minor` is the price of a night in cents. `ended_on`: left, cancelled, or did not come."""

    row: int
    booked_on: date
    hotel: str
    room_type: str
    assigned_type: str
    check_in: date
    check_out: date
    party: Party
    rate_minor: int
    terms: Terms
    segment: str
    outcome: Outcome
    ended_on: date


@dataclass(frozen=True, slots=True)
class RefusedRow:
    row: int
    reason: Refused


def read_rows(path: Path) -> Iterator[HotelBooking | RefusedRow]:
    """Streams the file, packed or not, in its order. Raises UnreadableReplay for another kind of file."""
    try:
        with _open(path) as lines:
            reader = csv.DictReader(lines)
            missing = COLUMNS - set(reader.fieldnames or ())
            if missing:
                raise UnreadableReplay(f"{path.name} has no column {', '.join(sorted(missing))}.")
            for number, cells in enumerate(reader, start=1):
                yield _read(number, cells)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableReplay(f"{path.name} cannot be read: {error}.") from error


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _read(number: int, cells: Mapping[str, str]) -> HotelBooking | RefusedRow:
    try:
        row = int(cells["source_row"])
        booked_on, check_in, check_out, ended_on = (
            date.fromisoformat(cells[name]) for name in ("booked_on", "check_in", "check_out", "status_date")
        )
        adults, children, babies = (_count(cells[name]) for name in ("adults", "children", "babies"))
        rate = Decimal(cells["adr"])
        terms, outcome = Terms(cells["deposit_type"]), Outcome(cells["status"])
        rate_minor = int((rate * 100).to_integral_value())
    except (ValueError, InvalidOperation, OverflowError, KeyError, TypeError):
        return RefusedRow(number, Refused.UNREADABLE)
    reason = _objection(booked_on, check_in, check_out, adults, children + babies, rate)
    if reason is not None:
        return RefusedRow(row, reason)
    return HotelBooking(
        row=row,
        booked_on=booked_on,
        hotel=cells["hotel"].strip(),
        room_type=cells["reserved_room_type"].strip(),
        assigned_type=cells["assigned_room_type"].strip(),
        check_in=check_in,
        check_out=check_out,
        party=Party(adults, (CHILD_AGE,) * children + (BABY_AGE,) * babies),
        rate_minor=rate_minor,
        terms=terms,
        segment=cells["market_segment"].strip(),
        outcome=outcome,
        ended_on=ended_on,
    )


def _count(text: str) -> int:
    """A number of people; the data writes NA where it was not known."""
    return 0 if text in {"", "NA", "NULL"} else int(Decimal(text))


def _objection(
    booked_on: date, check_in: date, check_out: date, adults: int, children: int, rate: Decimal
) -> Refused | None:
    if not booked_on <= check_in <= check_out:
        return Refused.OUT_OF_ORDER
    if check_in == check_out:
        return Refused.NO_NIGHTS
    if adults < 1:
        return Refused.NO_ADULT
    if adults > MOST_ADULTS or children > MAX_CHILDREN:
        return Refused.PARTY_TOO_LARGE
    return Refused.NEGATIVE_PRICE if rate < 0 else None
