"""Follow another system's calendar: close what it closes, open what it opened, and never touch a booking.

Only the nights that the other system speaks of move. A calendar that is cut off, or silent about a unit, therefore
frees nothing: what is not mentioned stays as it was.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.copying import copy_rows, refresh_statistics
from freehold.core.ids import uuid7
from freehold.domain.periods import Period, local_instant, time_zone
from freehold.inventory.allocations import lapse
from freehold.inventory.models import Allocation, Claim, Purpose, SearchEntry, SearchOption
from freehold.properties.models import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCalendar:
    """What the other system says about one leaf unit: `covered` nights by day number, and which of them are taken.

    `reference` is what it calls the unit; claims made for it carry it and are recognised by it.
    """

    reference: str
    listing_id: UUID
    unit_id: UUID
    check_in_time: time
    check_out_time: time
    time_zone: str
    covered: Collection[int]
    taken: Collection[int]


@dataclass(slots=True)
class CalendarChange:
    """What came of one unit's calendar, in nights. `conflicts` are taken there and sold or held here."""

    reference: str
    closed: list[int] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)


def import_calendars(
    *, actor: Actor, company_id: UUID, calendars: Iterable[UnitCalendar], note: str = "", dry_run: bool = False
) -> list[CalendarChange]:
    """Brings the external claims of these units in line, all or nothing. Needs `inventory.block`.

    Locks the units first, like every claim. A night that a booking, a hold or a block takes here stays theirs and is
    reported. Nothing is written for a unit whose nights do not change.
    """
    require(actor=actor, permission="inventory.block", company_id=company_id)
    chosen = list(calendars)
    with transaction.atomic():
        unit_ids = {calendar.unit_id for calendar in chosen}
        ours = Unit.objects.company(company_id).filter(pk__in=unit_ids).order_by("pk").select_for_update(no_key=True)
        locked = set(ours.values_list("pk", flat=True))
        standing = _standing(locked, dry_run=dry_run)
        plans = [_Plan.of(calendar, standing[calendar.unit_id]) for calendar in chosen if calendar.unit_id in locked]
        if not dry_run:
            _release([claim_id for plan in plans for claim_id in plan.released])
            _claim(company_id, plans, note)
    return [plan.change for plan in plans]


def closed_units(*, company_id: UUID, unit_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the units that an external claim takes at some time from now on."""
    taken = Allocation.objects.filter(
        unit_id__in=list(unit_ids),
        claim__company_id=company_id,
        claim__purpose=Purpose.EXTERNAL,
        period__endswith__gt=clock.now(),
    )
    return set(taken.values_list("unit_id", flat=True))


def refresh_calendar_statistics() -> None:
    """Tells the planner about claims that came in many portions."""
    refresh_statistics(Claim, Allocation)


def refresh_search_statistics() -> None:
    """Tells the planner about the rows that search keeps of many new listings."""
    refresh_statistics(SearchEntry, SearchOption)


def _standing(unit_ids: Collection[UUID], *, dry_run: bool) -> Mapping[UUID, Sequence[Allocation]]:
    """What takes the units, after lapsed holds gave way."""
    rows = Allocation.objects.filter(unit_id__in=unit_ids).select_related("claim")
    now = database_now()
    lapsed = {row.claim_id for row in rows if row.expires_at is not None and row.expires_at <= now}
    gone = set(lapse(sorted(lapsed))) if lapsed and not dry_run else lapsed
    standing: dict[UUID, list[Allocation]] = defaultdict(list)
    for row in rows:
        if row.claim_id not in gone:
            standing[row.unit_id].append(row)
    return standing


@dataclass(slots=True)
class _Plan:
    """Which claims of a unit end, and which stretches [first, end) of nights are claimed anew."""

    calendar: UnitCalendar
    change: CalendarChange
    released: list[UUID] = field(default_factory=list)
    stretches: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, calendar: UnitCalendar, standing: Sequence[Allocation]) -> "_Plan":
        plan = cls(calendar, CalendarChange(calendar.reference))
        mark = f"{calendar.reference}:"
        own = {
            row.claim_id: plan.nights_of(row)
            for row in standing
            if row.claim.purpose == Purpose.EXTERNAL and row.claim.external_uid.startswith(mark)
        }
        others = [Period(row.period.lower, row.period.upper) for row in standing if row.claim_id not in own]
        before = set().union(*own.values())
        wanted = set(calendar.taken) | (before - set(calendar.covered))
        if others:
            plan.change.conflicts = sorted(night for night in wanted if plan.is_sold(night, others))
            wanted.difference_update(plan.change.conflicts)
        if wanted != before:
            plan.change.closed, plan.change.opened = sorted(wanted - before), sorted(before - wanted)
            plan.released = [claim_id for claim_id, nights in own.items() if not nights <= wanted]
            kept = set().union(*(nights for nights in own.values() if nights <= wanted))
            plan.stretches = plan.stretches_of(sorted(wanted - kept), others)
        return plan

    def nights_of(self, row: Allocation) -> set[int]:
        zone = time_zone(self.calendar.time_zone)
        first, end = (moment.astimezone(zone).toordinal() for moment in (row.period.lower, row.period.upper))
        return set(range(first, end))

    def period(self, first: int, end: int) -> Period:
        calendar = self.calendar
        return Period(
            _instant(date.fromordinal(first), calendar.check_in_time, calendar.time_zone),
            _instant(date.fromordinal(end), calendar.check_out_time, calendar.time_zone),
        )

    def is_sold(self, night: int, others: Sequence[Period]) -> bool:
        period = self.period(night, night + 1)
        return any(period.overlaps(other) for other in others)

    def stretches_of(self, nights: Sequence[int], others: Sequence[Period]) -> list[tuple[int, int]]:
        """Consecutive nights together, unless somebody has the hours of the turn-over between them."""
        found: list[tuple[int, int]] = []
        for night in nights:
            if found and found[-1][1] == night and not (others and self.is_split(found[-1][0], night, others)):
                found[-1] = (found[-1][0], night + 1)
            else:
                found.append((night, night + 1))
        return found

    def is_split(self, first: int, night: int, others: Sequence[Period]) -> bool:
        period = self.period(first, night + 1)
        return any(period.overlaps(other) for other in others)


@lru_cache(maxsize=8192)
def _instant(day: date, wall_time: time, zone: str) -> datetime:
    return local_instant(day, wall_time, zone)


def _release(claim_ids: Sequence[UUID]) -> None:
    if claim_ids:
        now = database_now()
        Allocation.objects.filter(claim_id__in=claim_ids).delete()
        claims = Claim.objects.system("an imported calendar opened these nights").filter(pk__in=claim_ids)
        claims.update(released_at=now, updated_at=now)


def _claim(company_id: UUID, plans: Iterable[_Plan], note: str) -> None:
    now = clock.now()
    claims, allocations = [], []
    for plan in plans:
        calendar = plan.calendar
        for first, end in plan.stretches:
            claim_id, period = uuid7(), plan.period(first, end)
            taken = DateTimeTZRange(period.start, period.end, "[)")
            uid = f"{calendar.reference}:{date.fromordinal(first).isoformat()}"
            claims.append(
                (
                    *(claim_id, now, now, company_id, Purpose.EXTERNAL.value, calendar.listing_id, [calendar.unit_id]),
                    *(taken, 0, note, uid),
                )
            )
            allocations.append((calendar.unit_id, taken, claim_id))
    if claims:
        copy_rows(Claim, _CLAIM, claims)
        copy_rows(Allocation, ("unit_id", "period", "claim_id"), allocations)


_CLAIM = (
    *("id", "created_at", "updated_at", "company_id", "purpose", "listing_id", "unit_ids"),
    *("period", "extensions", "note", "external_uid"),
)
