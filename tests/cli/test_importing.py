"""`./freehold import`: what a person types, sees and keeps."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from freehold.cli import main
from freehold.companies.models import Company
from freehold.inventory.models import Claim
from freehold.properties.models import Listing
from tests.apps.distribution.files import GOOD_ROW, rows, write_calendar, write_listings
from tests.apps.distribution.test_import_sales import SAMPLE
from tests.factories import CompanyFactory
from tests.support.unmoved import fingerprint

pytestmark = pytest.mark.django_db


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, arguments)], catch_exceptions=False)


def test_listings_and_calendar_come_into_a_new_company_with_an_account(tmp_path: Path) -> None:
    listings = write_listings(tmp_path, [GOOD_ROW, *rows(1, price="")])
    calendar = write_calendar(tmp_path, [f"{GOOD_ROW['id']},2030-01-01,f,$130", f"{GOOD_ROW['id']},2030-01-02,t,$120"])
    report = tmp_path / "account.json"
    answer = run(
        *("airbnb", listings, "--calendar", calendar, "--new-company", "Old Town Homes"),
        *("--city", "Edinburgh", "--report", report),
    )
    assert answer.exit_code == 0, answer.output
    assert "2 new" in answer.output
    assert "1 nights closed" in answer.output
    company = Company.objects.get(slug="old-town-homes")
    assert (company.currency, company.time_zone) == ("GBP", "Europe/London")
    assert Listing.objects.company(company.pk).count() == 2
    assert Claim.objects.company(company.pk).count() == 1
    account = json.loads(report.read_text())
    assert (account["listings"]["new"], account["listings"]["drafts"]) == (2, 1)
    assert (account["calendar"]["closed"], account["calendar"]["priced"]) == (1, 1)
    finding = next(item for item in account["listings"]["findings"] if item["field"] == "price")
    assert (finding["verdict"], finding["count"], finding["examples"]) == ("repaired", 1, ["1000"])


def test_a_dry_run_for_a_company_to_be_shows_all_and_makes_nothing(tmp_path: Path) -> None:
    before = fingerprint()
    listings = write_listings(tmp_path, rows(2))
    calendar = write_calendar(tmp_path, ["1000,2030-01-01,f,"])
    answer = run(
        *("airbnb", listings, "--calendar", calendar, "--new-company", "Nobody Yet", "--city", "Leith", "--dry-run")
    )
    assert answer.exit_code == 0, answer.output
    for words in ("1000  listing: A room with a view", "2 new", "1 nights closed", "Nothing was written"):
        assert words in answer.output
    assert fingerprint() == before


def test_homes_for_sale_come_in(tmp_path: Path) -> None:
    company = CompanyFactory(slug="evergreen")
    answer = run("sales", SAMPLE, "--company", "evergreen")
    assert answer.exit_code == 0, answer.output
    assert "57 new" in answer.output
    assert Listing.objects.company(company.pk).filter(mode="sale", status="published").count() == 57


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give either --company or --new-company."),
        (("--company", "a", "--new-company", "b"), "Give either --company or --new-company."),
        (("--company", "nowhere", "--city", "Leith"), "There is no company with the short name nowhere."),
        (("--company", "known"), "The file does not name its city: give it (--city)."),
        (("--new-company", "Known", "--city", "Leith"), "To go on with it: --company known"),
        (("--company", "known", "--city", "Leith", "--currency", "XQX"), "Give the currency"),
        (("--company", "known", "--city", "Leith", "--time-zone", "Mars/Base"), "Give the IANA name"),
        (("--company", "known", "--city", "Leith", "--policy", "Lenient"), "no such cancellation policy"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_words(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    CompanyFactory(slug="known")
    before = fingerprint()
    answer = run("airbnb", write_listings(tmp_path, rows(1)), *arguments)
    assert answer.exit_code != 0
    assert words in answer.output
    assert fingerprint() == before


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    CompanyFactory(slug="known")
    path = tmp_path / "listings.csv.gz"
    path.write_bytes(b"not packed at all")
    assert "damaged or cut off" in run("airbnb", path, "--company", "known", "--city", "Leith").output
    path = tmp_path / "listings.csv"
    path.write_text("a,b\n1,2\n")
    answer = run("airbnb", path, "--company", "known", "--city", "L", "--country", "GB", "--time-zone", "Europe/London")
    assert "This is no listing file" in answer.output
