"""Importing calendars: what is taken elsewhere is closed here, and nobody here loses a night, a price or a booking."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.distribution.airbnb.records import ReportBuilder, UnreadableSource, Verdict
from freehold.distribution.importing.whereabouts import Whereabouts
from freehold.distribution.models import ImportedListing
from freehold.distribution.services.import_calendar import CalendarImport, CalendarOutcome, import_calendar
from freehold.domain.periods import stay_period
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.inventory.services.claim_units import claim_units
from freehold.pricing.models import PriceOverride, RatePlan
from freehold.pricing.services.set_night_prices import set_night_prices
from freehold.properties.models import Listing
from tests.apps.distribution.files import GOOD_ROW, rows, write_calendar
from tests.apps.distribution.test_import_listings import ACTOR, EDINBURGH, Importer
from tests.support.unmoved import fingerprint

pytestmark = pytest.mark.django_db

ID = GOOD_ROW["id"]


@pytest.fixture
def first(db: None) -> date:
    """The first day of the calendars here: tomorrow."""
    return clock.now().date() + timedelta(days=1)


class CalendarImporter(Importer):
    """Imports a calendar after its listings."""

    def calendar(self, lines: Iterable[str], *, where: Whereabouts = EDINBURGH, **options: object) -> CalendarOutcome:
        self.report, self.changes = ReportBuilder(), []
        return import_calendar(
            actor=ACTOR,
            path=write_calendar(self.folder, lines),
            options=CalendarImport(company=self.company, where=where, **options),  # type: ignore[arg-type]
            report=self.report,
            progress=lambda done: None,
            on_change=self.changes.append,
        )


@pytest.fixture
def importer(tmp_path: Path) -> CalendarImporter:
    importer = CalendarImporter(tmp_path)
    importer.run(GOOD_ROW)
    return importer


def days(first: date, states: str, *, prices: str | Iterable[str] = "", source_id: str = ID) -> list[str]:
    """A line per letter of `states`, t free and f taken; one price for all, or one for each."""
    texts = [prices] * len(states) if isinstance(prices, str) else list(prices)
    return [
        f'{source_id},{first + timedelta(days=index)},{state},"{text}"'
        for index, (state, text) in enumerate(zip(states, texts, strict=True))
    ]


def closed(first: date, count: int) -> str:
    """The same letters, as our own calendar has them."""
    letters = []
    for index in range(count):
        day = first + timedelta(days=index)
        night = night_of(day, day + timedelta(days=1))
        is_taken = Allocation.objects.filter(period__overlap=(night.start, night.end)).exists()
        letters.append("f" if is_taken else "t")
    return "".join(letters)


def night_of(check_in: date, check_out: date):  # type: ignore[no-untyped-def]
    place = Listing.objects.system("test").select_related("property").first().property
    return stay_period(check_in, check_out, place.check_in_time, place.check_out_time, place.time_zone)


def prices(first: date, count: int) -> list[int | None]:
    overrides = list(PriceOverride.objects.all())
    days = [first + timedelta(days=index) for index in range(count)]
    return [next((o.price_minor for o in overrides if o.nights.lower <= d < o.nights.upper), None) for d in days]


def book(first: date, nights: int) -> Claim:
    unit = ImportedListing.objects.system("test").get()
    view = claim_units(
        actor=Actor.system("test"),
        company_id=unit.company_id,
        unit_ids=[unit.unit_id],
        period=night_of(first, first + timedelta(days=nights)),
        purpose=Purpose.BOOKING,
    )
    return Claim.objects.system("test").get(pk=view.id)


def test_taken_nights_are_closed_in_stretches(importer: CalendarImporter, first: date) -> None:
    outcome = importer.calendar(days(first, "tfffttft"))
    assert closed(first, 8) == "tfffttft"
    assert (outcome.listings, outcome.closed) == (1, 4)
    claims = Claim.objects.system("test").all()
    assert {claim.purpose for claim in claims} == {"external"}
    assert len(claims) == 2
    assert {claim.external_uid for claim in claims} == {f"airbnb:{ID}:{first + timedelta(days=day)}" for day in (1, 6)}


def test_the_same_calendar_twice_writes_no_row(importer: CalendarImporter, first: date) -> None:
    lines = days(first, "tffftt", prices=["$120", "$120", "$130", "$130", "$99", ""])
    importer.calendar(lines)
    before = fingerprint()
    outcome = importer.calendar(lines)
    assert (outcome.closed, outcome.opened, outcome.priced) == (0, 0, 0)
    assert fingerprint() == before


def test_nights_follow_the_source_both_ways(importer: CalendarImporter, first: date) -> None:
    importer.calendar(days(first, "ffffttff"))
    kept = Claim.objects.system("test").get(external_uid__endswith=str(first + timedelta(days=6)))
    outcome = importer.calendar(days(first, "fttfftff"))
    assert closed(first, 8) == "fttfftff"
    assert (outcome.closed, outcome.opened) == (1, 2)
    kept.refresh_from_db()
    assert kept.released_at is None


def test_what_the_file_does_not_mention_stays_closed(importer: CalendarImporter, first: date) -> None:
    importer.calendar(days(first, "ffffffff"))
    importer.calendar(days(first + timedelta(days=2), "tt"))
    assert closed(first, 8) == "ffttffff"


def test_a_calendar_that_is_silent_about_a_listing_frees_nothing_and_is_reported(
    importer: CalendarImporter, first: date
) -> None:
    importer.run(GOOD_ROW, *rows(1))
    importer.calendar([*days(first, "fff"), *days(first, "ttt", source_id="1000")])
    before = fingerprint()
    importer.calendar(days(first, "ttt", source_id="1000"))
    assert importer.said(Verdict.REFUSED, "calendar", "no rows any more: its nights stay closed") == 1
    assert fingerprint() == before


@pytest.mark.parametrize("lines", [[], ["x"], ["1,2,3,4"]])
def test_an_empty_calendar_is_refused(importer: CalendarImporter, first: date, lines: list[str]) -> None:
    importer.calendar(days(first, "fff"))
    before = fingerprint()
    if lines == ["1,2,3,4"]:
        importer.calendar(lines)
        assert importer.said(Verdict.REFUSED, "date") == 1
    else:
        with pytest.raises(UnreadableSource, match="no days"):
            importer.calendar(lines)
    assert fingerprint() == before


def test_a_booking_is_never_touched_and_the_rest_of_the_stretch_is_closed(
    importer: CalendarImporter, first: date
) -> None:
    booking = book(first + timedelta(days=2), 2)
    outcome = importer.calendar(days(first, "ffffff"))
    assert (outcome.closed, outcome.conflicts) == (4, 2)
    assert importer.said(Verdict.REFUSED, "calendar") == 2
    booking.refresh_from_db()
    assert booking.released_at is None
    assert booking.allocations.count() == 1
    before = fingerprint()
    assert importer.calendar(days(first, "ffffff")).conflicts == 2
    assert fingerprint() == before


def test_an_unknown_state_never_opens_a_night(importer: CalendarImporter, first: date) -> None:
    importer.calendar([f"{ID},{first},maybe,"])
    assert closed(first, 1) == "f"
    assert importer.said(Verdict.REPAIRED, "available") == 1


def test_rows_of_one_listing_may_be_scattered(importer: CalendarImporter, first: date) -> None:
    importer.run(GOOD_ROW, *rows(1))
    later = first + timedelta(days=2)
    importer.calendar([*days(first, "ff"), *days(first, "t", source_id="1000"), *days(later, "tf")])
    assert closed(first, 4) == "fftf"


def test_only_prices_unlike_the_base_become_overrides(importer: CalendarImporter, first: date) -> None:
    outcome = importer.calendar(days(first, "ttttt", prices=["$120.00", "$150.00", "$150.00", "", "$1,234.00"]))
    assert outcome.priced == 3
    assert prices(first, 5) == [None, 15_000, 15_000, None, 123_400]
    assert PriceOverride.objects.count() == 2
    assert importer.said(Verdict.NOTICED, "price") == 1


def test_prices_follow_the_source_back_to_the_base(importer: CalendarImporter, first: date) -> None:
    importer.calendar(days(first, "tttt", prices=["$150", "$150", "$150", "$150"]))
    importer.calendar(days(first, "tttt", prices=["$150", "$120", "$99", ""]))
    assert prices(first, 4) == [15_000, None, 9_900, 15_000]


def test_an_empty_price_column_wipes_no_price(importer: CalendarImporter, first: date) -> None:
    importer.calendar(days(first, "ttt", prices="$150"))
    before = fingerprint()
    importer.calendar(days(first, "ttt"))
    assert fingerprint() == before


def test_nights_that_were_priced_here_keep_their_price(importer: CalendarImporter, first: date) -> None:
    importer.calendar(days(first, "ttttt", prices="$150"))
    listing = Listing.objects.system("test").get()
    second, third = (first + timedelta(days=day) for day in (1, 2))
    for day, price in ((second, 20_000), (third, None)):
        end = day + timedelta(days=1)
        set_night_prices(actor=ACTOR, listing_id=listing.pk, start=day, end=end, price_minor=price, label="Fair")
    importer.calendar(days(first, "ttttt", prices="$160"))
    assert prices(first, 5) == [16_000, 20_000, None, 16_000, 16_000]
    assert importer.said(Verdict.NOTICED, "price", "changed here since, kept") == 2


def test_a_listing_whose_base_price_is_set_here_keeps_all_its_prices(importer: CalendarImporter, first: date) -> None:
    RatePlan.objects.system("test").update(base_price_minor=20_000)
    importer.calendar(days(first, "ttt", prices="$160"))
    assert not PriceOverride.objects.exists()
    assert importer.said(Verdict.NOTICED, "price", "changed here since, kept") == 1


def test_a_dry_run_counts_and_writes_nothing(importer: CalendarImporter, first: date) -> None:
    importer.calendar(days(first, "ftt", prices="$120"))
    before = fingerprint()
    outcome = importer.calendar(
        [*days(first, "tff", prices="$130"), *days(first, "ff", source_id="5")], dry_run=True, new_ids={"5"}
    )
    assert (outcome.listings, outcome.closed, outcome.opened, outcome.priced) == (2, 4, 1, 3)
    assert {change.name for change in importer.changes} == {"nights closed", "nights opened", "nights priced"}
    assert fingerprint() == before


def test_a_calendar_of_unknown_listings_is_left_out(importer: CalendarImporter, first: date) -> None:
    importer.calendar(days(first, "fff", source_id="404"))
    assert importer.said(Verdict.REFUSED, "listing_id") == 1
    assert not Claim.objects.system("test").exists()
