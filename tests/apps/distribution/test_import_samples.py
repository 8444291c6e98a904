"""Parts of real files, one after the other as they were published: what came of each, and that nothing comes twice."""

from datetime import date
from pathlib import Path

import pytest

from freehold.distribution.airbnb.records import ReportBuilder, Verdict
from freehold.distribution.importing.whereabouts import find_whereabouts
from freehold.distribution.services.import_calendar import CalendarImport, CalendarOutcome, import_calendar
from freehold.inventory.models import Allocation, Claim
from freehold.pricing.models import PriceOverride, RatePlan
from freehold.properties.models import Listing
from tests.apps.distribution.test_import_listings import ACTOR, Importer
from tests.support.unmoved import fingerprint

pytestmark = pytest.mark.django_db

ALBANY = Path(__file__).parent / "data" / "albany_2024_2025"
DAYS = {"2024": "2024-11-05", "2025": "2025-10-05"}


class Albany(Importer):
    def listings(self, year: str):  # type: ignore[no-untyped-def]
        path = ALBANY / f"listings_{DAYS[year]}.csv.gz"
        return self.run_file(path, where=find_whereabouts(path, city="Albany"))

    def calendar(self, year: str) -> CalendarOutcome:
        self.report = ReportBuilder()
        where = find_whereabouts(ALBANY / f"listings_{DAYS[year]}.csv.gz", city="Albany")
        return import_calendar(
            actor=ACTOR,
            path=ALBANY / f"calendar_{DAYS[year]}.csv.xz",
            options=CalendarImport(company=self.company, where=where),
            report=self.report,
            progress=lambda done: None,
            on_change=self.changes.append,
        )


@pytest.fixture
def albany(tmp_path: Path) -> Albany:
    return Albany(tmp_path)


def closed_on(day: date) -> int:
    noon = f"{day} 17:00+00"
    return Allocation.objects.filter(period__contains=noon).count()


def test_two_years_of_one_city_follow_each_other_and_repeat_nothing(albany: Albany) -> None:
    outcome = albany.listings("2024")
    assert (outcome.new, outcome.drafts) == (38, 6)
    first = albany.calendar("2024")
    assert (first.listings, first.opened) == (38, 0)
    assert first.closed > 1000
    assert first.priced > 0
    before = fingerprint()
    assert albany.listings("2024").unchanged == 38
    again = albany.calendar("2024")
    assert (again.closed, again.opened, again.priced) == (0, 0, 0)
    assert fingerprint() == before

    overrides = set(PriceOverride.objects.values_list("pk", flat=True))
    outcome = albany.listings("2025")
    assert outcome.new == 12
    assert len(outcome.gone) == albany.said(Verdict.NOTICED, "listing") > 0
    assert Listing.objects.system("test").count() == 50
    second = albany.calendar("2025")
    assert second.listings == 40
    assert second.priced == 0
    assert set(PriceOverride.objects.values_list("pk", flat=True)) == overrides
    before = fingerprint()
    albany.listings("2025")
    again = albany.calendar("2025")
    assert (again.closed, again.opened) == (0, 0)
    assert fingerprint() == before


def test_every_price_is_the_source_s_own(albany: Albany) -> None:
    albany.listings("2024")
    assert RatePlan.objects.system("test").count() == 32
    drafts = Listing.objects.system("test").filter(status="draft")
    assert drafts.count() == 6
    assert not RatePlan.objects.system("test").filter(listing__in=drafts).exists()


def test_a_calendar_closes_exactly_the_days_that_its_file_says(albany: Albany) -> None:
    albany.listings("2024")
    albany.calendar("2024")
    nights = sum(
        (claim.period.upper.date() - claim.period.lower.date()).days for claim in Claim.objects.system("test").all()
    )
    import csv
    import lzma

    with lzma.open(ALBANY / f"calendar_{DAYS['2024']}.csv.xz", "rt") as stream:
        assert nights == sum(row["available"] == "f" for row in csv.DictReader(stream))
