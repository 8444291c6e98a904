"""`manage replay hotel_bookings --file bookings.csv.gz`: years of real bookings through the real services."""

import logging
import time
from argparse import ArgumentTypeError
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from freehold.bookings.models import Booking
from freehold.core import clock
from freehold.distribution.replay.days import Day, days, rooms_needed
from freehold.distribution.replay.lanes import ReplayFailed, finish_quickly, play
from freehold.distribution.replay.play import Phase, Tally, set_clock
from freehold.distribution.replay.resort import CURRENCY, Resort, open_resort
from freehold.distribution.replay.rows import HotelBooking, RefusedRow, UnreadableReplay, read_rows
from freehold.domain.money import Money
from freehold.reports.replayed import Summary, summarise

COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TimeElapsedColumn(),
    TimeRemainingColumn(),
)


class Command(BaseCommand):
    help = "Plays a file of real hotel bookings into a resort of its own, day by day, and checks every promise."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", choices=["hotel_bookings"], help="the kind of file")
        parser.add_argument(
            "--file", type=Path, required=True, help="bookings sorted by the day of booking, .csv or .gz"
        )
        parser.add_argument("--processes", type=_positive, default=2, help="how many play at once (default: 2)")
        parser.add_argument("--limit", type=_positive, help="only so many of the first rows")

    def handle(self, *args: Any, **options: Any) -> None:
        console, log = Console(), logging.getLogger("freehold")
        call_command("migrate", verbosity=0)
        if Booking.objects.system("replay").exists():
            raise CommandError("There are bookings already. Replay into a database of its own: set FREEHOLD_HOME.")
        before, level = clock.offset(), log.level
        # A line for each of some hundred thousand payments would hide the progress.
        log.setLevel(logging.WARNING)
        try:
            rows = list(islice(read_rows(options["file"]), options["limit"]))
            resort, tally, seconds = self._play(console, rows, options["processes"])
            _print_tally(console, tally, seconds)
            _print_summary(console, summarise(company_id=resort.company_id, rooms=resort.room_count))
            call_command("verify")
        except (UnreadableReplay, ReplayFailed) as error:
            raise CommandError(str(error)) from None
        finally:
            log.setLevel(level)
            clock.move(before - clock.offset())

    def _play(self, console: Console, rows: list[HotelBooking | RefusedRow], lanes: int) -> tuple[Resort, Tally, float]:
        bookings = [row for row in rows if isinstance(row, HotelBooking)]
        if not bookings:
            raise UnreadableReplay("There is no booking in this file.")
        finish_quickly()
        set_clock(bookings[0].booked_on - timedelta(days=1), Phase.BOOKINGS.hour)
        console.print(f"{len(rows):,} rows from {bookings[0].booked_on} on; building the house ...")
        resort = open_resort(rooms=rooms_needed(bookings), segments={row.segment for row in bookings}, lanes=lanes)
        plan = list(days(rows))
        started = time.monotonic()
        # Without a thread that draws: this process is about to be forked.
        with Progress(*COLUMNS, console=console, auto_refresh=False) as progress:
            task = progress.add_task("replaying", total=sum(day.size for day in plan))

            def on_day(day: Day) -> None:
                progress.update(task, advance=day.size, description=f"{day.date}", refresh=True)

            tally = play(resort, plan, on_day=on_day)
        return resort, tally, time.monotonic() - started


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("at least 1")
    return number


def _print_tally(console: Console, tally: Tally, seconds: float) -> None:
    table = Table("What was done", "Times", title=f"{sum(tally.done.values()) / max(seconds, 0.001):,.0f} per second")
    for kind, count in tally.done.most_common():
        table.add_row(kind, f"{count:,}")
    console.print(table)
    if tally.refused:
        table = Table("What was refused", "Times", "First row")
        for kind, count in tally.refused.most_common():
            table.add_row(kind, f"{count:,}", str(tally.examples.get(kind, "")))
        console.print(table)


def _print_summary(console: Console, summary: Summary) -> None:
    table = Table("Month", "Nights sold", "Occupancy", "ADR", "RevPAR", title="Rooms")
    for month in summary.months:
        table.add_row(
            f"{month.month:%Y-%m}",
            f"{month.sold:,}",
            f"{month.occupancy:.1%}",
            _money(month.adr_minor),
            _money(month.revpar_minor),
        )
    console.print(table)
    states = ", ".join(f"{count:,} {state}" for state, count in summary.states.items())
    console.print(f"Bookings: {states}")
    for name, (count, minor) in (("Payments", summary.payments), ("Refunds", summary.refunds)):
        console.print(f"{name}: {count:,}, {_money(minor)}")
    table = Table("Account", "Balance", title="Ledger (debit positive)")
    for account, minor in summary.ledger.items():
        table.add_row(account, _money(minor))
    table.add_row("sum", _money(sum(summary.ledger.values())))
    console.print(table)


def _money(minor: int) -> str:
    return Money(minor, CURRENCY).amount_text()
