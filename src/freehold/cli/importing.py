"""`./freehold import ...`: bring another system's listings and calendars, or a whole business, into a company."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from freehold.cli.installation import installation
from freehold.cli.moving import moving_command
from freehold.cli.screen import Screen

if TYPE_CHECKING:
    from freehold.companies.models import Company

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(name="import")
def import_() -> None:
    """Bring places, prices and calendars of another system into a company; safe to repeat."""


@import_.command()
@click.argument("listings", type=FILE)
@click.option("--calendar", type=FILE, help="The calendar file of the same scrape.")
@click.option("--company", "slug", default="", help="Short name of the company that the places belong to.")
@click.option("--new-company", default="", help="Make a company of this name for them.")
@click.option("--currency", default="", help="ISO 4217 [default: by the price's sign, else the country's]")
@click.option("--time-zone", default="", help="IANA name [default: each place's own, by its coordinates]")
@click.option("--country", default="", help="Two letters [default: the time zone's]")
@click.option("--city", default="", help="Needed where the file does not name it.")
@click.option("--region", default="", help="State or province.")
@click.option("--policy", default="Flexible", show_default=True, help="Cancellation policy of new listings.")
@click.option("--publish/--draft", default=True, show_default=True, help="Whether new listings go on the site.")
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@click.option("--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="The account as JSON.")
def airbnb(slug: str, new_company: str, report_file: Path | None, **options: Any) -> None:
    """Import LISTINGS (listings.csv, .gz or .xz, of any city and year) and their calendar."""
    _run(_import_airbnb, slug, new_company, report_file, options)


@import_.command()
@click.argument("houses", type=FILE)
@click.option("--company", "slug", default="", help="Short name of the company that sells the houses.")
@click.option("--new-company", default="", help="Make a company of this name for them.")
@click.option("--currency", default="USD", show_default=True, help="ISO 4217.")
@click.option("--city", default="King County", show_default=True)
@click.option("--region", default="Washington", show_default=True, help="State or province.")
@click.option("--publish/--draft", default=True, show_default=True, help="Whether new listings go on the site.")
@click.option("--dry-run", is_flag=True, help="Show what would change, write nothing.")
@click.option("--report", "report_file", type=click.Path(dir_okay=False, path_type=Path), help="The account as JSON.")
def sales(slug: str, new_company: str, report_file: Path | None, **options: Any) -> None:
    """Import HOUSES (house sales in the columns of kc_house_data.csv, .gz or .xz) as listings for sale."""
    _run(_import_sales, slug, new_company, report_file, options)


def _run(
    work: Callable[..., None], slug: str, new_company: str, report_file: Path | None, options: dict[str, Any]
) -> None:
    """Does the work on the installation, and accounts for it however it ends."""
    if bool(slug) == bool(new_company):
        raise click.UsageError("Give either --company or --new-company.")
    _without_web_limits()
    with installation():
        import django

        django.setup()
        from freehold.cli.import_account import Account
        from freehold.core.errors import FreeholdError
        from freehold.distribution.airbnb.records import UnreadableSource

        screen = Screen()
        account = Account(is_dry_run=options["dry_run"])
        try:
            work(screen, account, slug, new_company, **options)
        except FreeholdError as error:
            raise click.ClickException("\n".join(item.detail for item in error.errors)) from None
        except UnreadableSource as error:
            raise click.ClickException(str(error)) from None
        finally:
            account.show(screen.console)
            if report_file is not None:
                account.write(report_file)


def _import_airbnb(
    screen: Screen,
    account: Any,
    slug: str,
    new_company: str,
    *,
    listings: Path,
    calendar: Path | None,
    currency: str,
    time_zone: str,
    country: str,
    city: str,
    region: str,
    policy: str,
    publish: bool,
    dry_run: bool,
) -> None:
    from freehold.core.actor import Actor
    from freehold.distribution.importing.whereabouts import find_whereabouts
    from freehold.distribution.services.import_calendar import CalendarImport, import_calendar
    from freehold.distribution.services.import_listings import ListingImport, import_listings

    actor = Actor.system(f"import of {listings.name}"[:100])
    where = find_whereabouts(
        listings, city=city, region=region, country=country, time_zone=time_zone, currency=currency
    )
    screen.say(f"  {where.city}, {where.country}: {where.time_zone}, prices in {where.currency}")
    company = _company(actor, slug, new_company, where.currency, where.time_zone, may_create=not dry_run)
    with screen.step("Listings", counted=True) as step:
        account.listings = import_listings(
            actor=actor,
            path=listings,
            options=ListingImport(company=company, where=where, publish=publish, dry_run=dry_run, policy=policy),
            report=account.listing_report,
            progress=lambda done: step.count(done, 0),
            on_change=account.add_change,
        )
    if calendar is None:
        return
    seen = account.listings.seen if dry_run else ()
    with screen.step("Calendar", counted=True) as step:
        account.calendar = import_calendar(
            actor=actor,
            path=calendar,
            options=CalendarImport(company=company, where=where, dry_run=dry_run, new_ids=seen),
            report=account.calendar_report,
            progress=lambda done: step.count(done, 0),
            on_change=account.add_change,
        )


def _import_sales(
    screen: Screen,
    account: Any,
    slug: str,
    new_company: str,
    *,
    houses: Path,
    currency: str,
    city: str,
    region: str,
    publish: bool,
    dry_run: bool,
) -> None:
    from freehold.core.actor import Actor
    from freehold.core.errors import BadInput
    from freehold.distribution.services.import_sales import SalesImport, import_sales
    from freehold.domain.money import CURRENCIES

    if currency not in CURRENCIES:
        raise BadInput("There is no such currency.", code="unknown_currency", attr="currency")
    actor = Actor.system(f"import of {houses.name}"[:100])
    company = _company(actor, slug, new_company, currency, "UTC", may_create=not dry_run)
    with screen.step("Houses", counted=True) as step:
        account.listings = import_sales(
            actor=actor,
            path=houses,
            options=SalesImport(
                company=company, city=city, region=region, currency=currency, publish=publish, dry_run=dry_run
            ),
            report=account.listing_report,
            progress=lambda done: step.count(done, 0),
            on_change=account.add_change,
        )


def _company(
    actor: Any, slug: str, new_name: str, currency: str, time_zone: str, *, may_create: bool
) -> Company | None:
    """The company of that short name, or a new one; None for a new one that may not be created."""
    from django.utils.text import slugify

    from freehold.companies.models import Company
    from freehold.companies.services.create_company import create_company

    if slug:
        company = Company.objects.filter(slug=slug).first()
        if company is None:
            raise click.ClickException(f"There is no company with the short name {slug}.")
        return company
    existing = Company.objects.filter(slug=slugify(new_name)[:60]).first()
    if existing is not None:
        raise click.ClickException(f"There is such a company. To go on with it: --company {existing.slug}")
    if not may_create:
        return None
    return create_company(actor=actor, name=new_name, currency=currency, time_zone=time_zone)


def _without_web_limits() -> None:
    """A person waits for an import; the limits of a web request do not apply."""
    os.environ.setdefault("FREEHOLD_STATEMENT_TIMEOUT_MS", "0")
    os.environ.setdefault("FREEHOLD_IDLE_IN_TRANSACTION_TIMEOUT_MS", "0")


for _api, _what in (
    ("estate", "the people, categories, properties, bookings and payments of the estate API"),
    ("stays", "the people, listings and bookings of the stays API"),
    ("resort", "the people, resorts, rooms, bookings and payments of the resort API"),
):
    import_.add_command(moving_command(_api, _what, _company, _without_web_limits))
