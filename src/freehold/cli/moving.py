"""`./freehold import estate|stays|resort`: move a business in from one of the older APIs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from freehold.cli.installation import installation
from freehold.cli.screen import Screen

if TYPE_CHECKING:
    from rich.console import Console

    from freehold.distribution.moving.report import MoveReport

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_LINES_SHOWN = 200


def moving_command(api: str, what: str, company_of: Callable[..., Any], prepare: Callable[[], None]) -> click.Command:
    """One command for one API. `company_of` finds or makes the company, `prepare` sets what the settings read."""
    options = [
        click.argument("dump", type=FILE),
        click.option("--company", "slug", default="", help="Short name of the company that takes it over."),
        click.option("--new-company", default="", help="Make a company of this name for it."),
        click.option("--currency", default="USD", show_default=True, help="ISO 4217, of a new company."),
        click.option("--time-zone", default="UTC", show_default=True, help="IANA name, of a new company."),
        click.option("--country", default="", help="Two letters [default: the time zone's]"),
        click.option("--at", default="", help="LATITUDE,LONGITUDE of the places [default: the zone's main city]"),
        click.option("--policy", default="", help="Cancellation policy of what is booked from now on."),
        click.option("--hold-hours", type=click.IntRange(0, 168), default=24, show_default=True,
                     help="How long bookings that are not paid may still be."),
        click.option("--media", type=FOLDER, help="The folder that the pictures lie in (MEDIA_ROOT)."),
        click.option("--dry-run", is_flag=True, help="Do everything, show the report, and take it all back."),
        click.option("--report", "report_file", type=click.Path(dir_okay=False, path_type=Path),
                     help="The whole report as JSON."),
    ]  # fmt: skip

    def command(**given: Any) -> None:
        if bool(given["slug"]) == bool(given["new_company"]):
            raise click.UsageError("Give either --company or --new-company.")
        prepare()
        with installation():
            import django

            django.setup()
            _run(api, company_of, given)

    for option in reversed(options):
        command = option(command)
    command.__doc__ = f"Move {what} in from DUMP (JSON of `manage.py dumpdata`, .gz or .xz); see docs/migrating.md."
    return click.command(name=api)(command)


def _run(api: str, company_of: Callable[..., Any], given: dict[str, Any]) -> None:
    from freehold.core.errors import FreeholdError
    from freehold.distribution.airbnb.records import UnreadableSource
    from freehold.distribution.moving.report import MoveReport
    from freehold.domain.errors import DomainError

    screen, report = Screen(), MoveReport(is_dry_run=given["dry_run"])
    try:
        _move(screen, report, api, company_of, given)
    except FreeholdError as error:
        raise click.ClickException("\n".join(item.detail for item in error.errors)) from None
    except DomainError as error:
        raise click.ClickException(error.detail) from None
    except UnreadableSource as error:
        raise click.ClickException(str(error)) from None
    _show(screen.console, report)
    if given["report_file"] is not None:
        text = json.dumps(report.to_json(), indent=1, ensure_ascii=False)
        given["report_file"].write_text(text + "\n", encoding="utf-8")


def _move(screen: Screen, report: MoveReport, api: str, company_of: Callable[..., Any], given: dict[str, Any]) -> None:
    from django.db import transaction

    from freehold.core.actor import Actor
    from freehold.distribution.services.move_data import Move, move_data

    actor = Actor.system(f"move of {given['dump'].name}"[:100])
    # A company that is made for a rehearsal goes with it.
    with transaction.atomic():
        company = company_of(
            actor, given["slug"], given["new_company"], given["currency"], given["time_zone"], may_create=True
        )
        move = Move(
            api=api,
            company=company,
            policy=given["policy"],
            country=given["country"],
            at=given["at"],
            hold_for=timedelta(hours=given["hold_hours"]),
            is_rehearsal=given["dry_run"],
        )
        with screen.step("Moving", counted=True) as step:
            moved = move_data(actor=actor, path=given["dump"], move=move, report=report, progress=step.count)
        if given["dry_run"]:
            transaction.set_rollback(True)
    if moved.pictures and not given["dry_run"]:
        _move_pictures(screen, actor, given["media"], moved.pictures)


def _move_pictures(screen: Screen, actor: Any, media: Path | None, pictures: list[Any]) -> None:
    from freehold.distribution.services.move_pictures import move_pictures

    if media is None:
        screen.say(f"  {len(pictures)} pictures stay behind: run it again with --media to bring them")
        return
    with screen.step("Pictures"):
        taken, refused = move_pictures(actor=actor, media=media, pictures=pictures)
    screen.say(f"  {taken} pictures taken")
    for path, reason in refused[:_LINES_SHOWN]:
        screen.console.print(f"  refused   {path}: {reason}", markup=False, emoji=False)


def _show(console: Console, report: MoveReport) -> None:
    from rich.table import Table

    from freehold.distribution.moving.report import Verdict

    table = Table("Model", "Rows", "Taken", "Known", "Refused", "Conflicts", box=None)
    for model in report.models():
        counts = (report.read[model], report.taken[model], report.known[model])
        others = (report.count(verdict, model) for verdict in (Verdict.REFUSED, Verdict.CONFLICT))
        table.add_row(model, *map(str, (*counts, *others)))
    console.print(table)
    for line in report.lines[:_LINES_SHOWN]:
        text = f"  {line.verdict.value:9} {line.model} {line.pk}: {line.reason}"
        console.print(text, markup=False, emoji=False, soft_wrap=True)
    if len(report.lines) > _LINES_SHOWN:
        console.print(f"  ... and {len(report.lines) - _LINES_SHOWN} more lines: --report writes all of them")
    if report.is_dry_run:
        console.print("  Nothing was written: this was a dry run.")
