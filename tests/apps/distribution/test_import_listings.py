"""Importing listings again and again: new ones come, known ones follow the source, nobody's own work is lost."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.distribution.airbnb.records import ReportBuilder, UnreadableSource, Verdict
from freehold.distribution.importing.merging import FieldChange
from freehold.distribution.importing.whereabouts import Whereabouts, find_whereabouts
from freehold.distribution.models import ImportedListing
from freehold.distribution.services import import_listings as module
from freehold.distribution.services.import_listings import ListingImport, ListingOutcome, import_listings
from freehold.inventory.search.page import search
from freehold.inventory.search.query import SearchQuery
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing, Property, Unit
from tests.apps.distribution.files import GOOD_ROW, rows, write_listings
from tests.factories import CompanyFactory
from tests.support.unmoved import fingerprint

pytestmark = pytest.mark.django_db

EDINBURGH = Whereabouts("Edinburgh", "Scotland", "GB", "Europe/London", "GBP")
ACTOR = Actor.system("test")


class Importer:
    """Imports rows into one company and keeps what was said about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.company: Company = CompanyFactory(currency="GBP", time_zone="Europe/London")
        self.report = ReportBuilder()
        self.changes: list[FieldChange] = []

    def run(self, *records: Mapping[str, str], where: Whereabouts = EDINBURGH, **options: object) -> ListingOutcome:
        header = list(dict.fromkeys(name for record in records for name in record)) or GOOD_ROW
        return self.run_file(write_listings(self.folder, records, header=header), where=where, **options)

    def run_file(self, path: Path, *, where: Whereabouts = EDINBURGH, **options: object) -> ListingOutcome:
        self.report, self.changes = ReportBuilder(), []
        return import_listings(
            actor=ACTOR,
            path=path,
            options=ListingImport(company=self.company, where=where, **options),  # type: ignore[arg-type]
            report=self.report,
            progress=lambda done: None,
            on_change=self.changes.append,
        )

    def said(self, verdict: Verdict, field: str, reason: str = "") -> int:
        return self.report.build(rows_read=0, rows_kept=0).count(verdict, field, reason)


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


def only_listing() -> Listing:
    return Listing.objects.system("test").select_related("property", "unit", "rate_plan").get()


def test_a_row_becomes_a_published_place_with_its_price(importer: Importer) -> None:
    assert importer.run(GOOD_ROW).new == 1
    listing = only_listing()
    assert (listing.status, listing.mode, listing.currency) == ("published", "stay", "GBP")
    assert (listing.title, listing.min_nights, listing.max_nights) == ("A room with a view", 2, 28)
    assert (listing.rate_plan.base_price_minor, listing.rate_plan.included_guests) == (12_000, 4)
    assert (listing.property.city, listing.property.time_zone) == ("Edinburgh", "Europe/London")
    assert listing.property.external_id == "948123456789012345"
    assert sorted(listing.property.amenities.values_list("code", flat=True)) == ["kitchen", "wifi"]


def test_without_a_price_it_is_a_draft_that_nobody_can_book(importer: Importer) -> None:
    outcome = importer.run({**GOOD_ROW, "price": ""})
    listing = only_listing()
    assert (outcome.new, outcome.drafts) == (1, 1)
    assert (listing.status, listing.property.status) == ("draft", "draft")
    assert not RatePlan.objects.system("test").exists()
    assert importer.said(Verdict.REPAIRED, "price") == 1


def test_the_first_price_that_comes_later_publishes_it(importer: Importer) -> None:
    importer.run({**GOOD_ROW, "price": ""})
    assert importer.run(GOOD_ROW).changed == 1
    listing = only_listing()
    assert (listing.status, listing.property.status) == ("published", "published")
    assert listing.rate_plan.base_price_minor == 12_000


def test_a_company_may_look_before_it_publishes(importer: Importer) -> None:
    importer.run(GOOD_ROW, publish=False)
    assert only_listing().status == "draft"
    importer.run({**GOOD_ROW, "beds": "4"})
    assert only_listing().status == "draft"


def test_the_same_file_twice_writes_no_row_at_all(importer: Importer) -> None:
    records = [*rows(5), {**GOOD_ROW, "price": "", "bedrooms": "", "review_scores_rating": "", "amenities": ""}]
    importer.run(*records)
    before = fingerprint()
    outcome = importer.run(*records)
    assert (outcome.new, outcome.changed, outcome.unchanged) == (0, 0, 6)
    assert fingerprint() == before


def test_what_the_source_changes_changes_here(importer: Importer) -> None:
    importer.run(GOOD_ROW)
    changed = {
        **GOOD_ROW,
        **{"name": "New name", "price": "$99.50", "bedrooms": "3", "bathrooms": "2.5", "minimum_nights": "29"},
        **{"maximum_nights": "1125", "review_scores_rating": "4.9", "amenities": '["Wifi", "Iron"]'},
        "property_type": "Entire loft",
    }
    assert importer.run(changed).changed == 1
    listing = only_listing()
    assert (listing.title, listing.property.title, listing.rate_plan.base_price_minor) == ("New name", "New name", 9950)
    assert (listing.min_nights, listing.max_nights) == (29, 365)
    assert (listing.unit.bedrooms, str(listing.unit.bathrooms)) == (3, "2.5")
    assert (str(listing.property.rating), listing.property.category.slug) == ("4.90", "loft")
    assert sorted(listing.property.amenities.values_list("code", flat=True)) == ["iron", "wifi"]
    assert FieldChange(GOOD_ROW["id"], "rate_plan.base_price_minor", 12_000, 9_950) in importer.changes
    assert importer.run(changed).unchanged == 1


def test_only_the_rows_that_change_are_written(importer: Importer) -> None:
    importer.run(*rows(3))
    unmoved = set(Unit.objects.system("test").values_list("pk", "updated_at"))
    importer.run(*rows(2), {**rows(3)[2], "price": "$130"})
    assert set(Unit.objects.system("test").values_list("pk", "updated_at")) == unmoved
    assert RatePlan.objects.system("test").filter(base_price_minor=13_000).count() == 1


def test_an_empty_column_wipes_nothing(importer: Importer) -> None:
    importer.run(GOOD_ROW)
    before = fingerprint()
    kept = {"id", "latitude", "longitude", "room_type"}
    empty = {name: value if name in kept else "" for name, value in GOOD_ROW.items()}
    assert importer.run(empty).unchanged == 1
    assert importer.run({name: GOOD_ROW[name] for name in kept}).unchanged == 1
    assert fingerprint() == before


def test_what_somebody_changed_here_stands_and_is_reported(importer: Importer) -> None:
    importer.run(GOOD_ROW)
    Property.objects.system("test").update(title="Our own words", rating="3.00")
    RatePlan.objects.system("test").update(base_price_minor=15_000)
    importer.run({**GOOD_ROW, "name": "Theirs", "price": "$130", "review_scores_rating": "4.9", "beds": "5"})
    listing = only_listing()
    assert (listing.property.title, listing.title) == ("Our own words", "Theirs")
    assert listing.rate_plan.base_price_minor == 15_000
    assert (str(listing.property.rating), listing.unit.beds) == ("3.00", 5)
    for field in ("property.title", "rate_plan.base_price_minor", "property.rating"):
        assert importer.said(Verdict.NOTICED, field, "changed here since, kept") == 1
    before = fingerprint()
    importer.run({**GOOD_ROW, "name": "Theirs", "price": "$130", "review_scores_rating": "4.9", "beds": "5"})
    assert fingerprint() == before


def test_a_new_limit_never_contradicts_the_one_that_somebody_set_here(importer: Importer) -> None:
    importer.run(GOOD_ROW)
    Listing.objects.system("test").update(max_nights=10)
    assert importer.run({**GOOD_ROW, "minimum_nights": "20", "maximum_nights": "90"}).new == 0
    assert (only_listing().min_nights, only_listing().max_nights) == (2, 10)


def test_listings_gone_from_the_file_stay_and_are_named(importer: Importer) -> None:
    importer.run(*rows(3))
    outcome = importer.run(*rows(1))
    assert outcome.gone == ["1001", "1002"]
    assert Listing.objects.system("test").filter(status="published").count() == 3
    elsewhere = Whereabouts("Glasgow", "", "GB", "Europe/London", "GBP")
    assert importer.run({**GOOD_ROW, "id": "7"}, where=elsewhere).gone == []


def test_a_dry_run_names_every_difference_and_writes_nothing(importer: Importer) -> None:
    importer.run(*rows(2))
    before = fingerprint()
    outcome = importer.run({**rows(1)[0], "beds": "9", "price": "$1"}, {**GOOD_ROW, "id": "5"}, dry_run=True)
    assert (outcome.new, outcome.changed, outcome.gone) == (1, 1, ["1001"])
    assert {(change.source_id, change.name, change.old, change.new) for change in importer.changes} == {
        ("1000", "unit.beds", 3, 9),
        ("1000", "rate_plan.base_price_minor", 12_000, 100),
        ("5", "listing", None, "A room with a view"),
    }
    assert fingerprint() == before


def test_an_import_that_breaks_off_leaves_whole_listings_and_goes_on_later(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PORTION", 2)
    path = write_listings(importer.folder, rows(5))
    real, calls = module.remember_imported, []

    def break_in_the_second_portion(*arguments: object, **options: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "remember_imported", break_in_the_second_portion)
    with pytest.raises(KeyboardInterrupt):
        importer.run_file(path)
    made = [ImportedListing.objects, Property.objects, Unit.objects, Listing.objects, RatePlan.objects]
    assert [manager.system("test").count() for manager in made] == [2] * 5
    outcome = importer.run_file(path)
    assert (outcome.new, outcome.unchanged) == (3, 2)
    assert [manager.system("test").count() for manager in made] == [5] * 5


def test_two_companies_may_import_the_same_place(importer: Importer, tmp_path: Path) -> None:
    importer.run(GOOD_ROW)
    Importer(tmp_path).run(GOOD_ROW)
    assert Listing.objects.system("test").values("slug").distinct().count() == 2


def test_a_price_in_another_money_is_refused(importer: Importer) -> None:
    importer.run(GOOD_ROW)
    euros = Whereabouts("Edinburgh", "", "GB", "Europe/London", "EUR")
    importer.run({**GOOD_ROW, "price": "€90"}, where=euros)
    assert only_listing().rate_plan.base_price_minor == 12_000
    assert importer.said(Verdict.REFUSED, "price") == 1


def test_a_policy_that_the_company_lacks_is_refused_before_anything_is_written(importer: Importer) -> None:
    before = fingerprint()
    with pytest.raises(BadInput):
        importer.run(GOOD_ROW, policy="Unheard of")
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"accommodates": "99999999"}, ("unit.max_guests", 4)),
        ({"bathrooms": "1e9"}, ("unit.bathrooms", "1.0")),
        ({"name": "x" * 300}, ("property.title", "x" * 200)),
        ({"name": "<br />", "description": "a<br />b"}, ("property.title", "Entire apartment in Old Town")),
        ({"description": "a<br />b"}, ("property.description", "a\nb")),
        ({"minimum_nights": "1000"}, ("listing.min_nights", 365)),
        ({"price": "$109,999.00"}, ("rate_plan.base_price_minor", 10_999_900)),
        ({"bedrooms": "", "beds": "", "name": "Flat · ★4.9 · 3 bedrooms · 5 beds · 2 baths"}, ("unit.beds", 5)),
        ({"bedrooms": "", "name": "Flat in Leith · Studio · 1 bed"}, ("unit.bedrooms", 0)),
        ({"name": "Art · Light · Calm"}, ("property.title", "Art · Light · Calm")),
    ],
)
def test_cells_out_of_bounds_are_repaired_before_the_database_sees_them(
    importer: Importer, changes: dict[str, str], expected: tuple[str, object]
) -> None:
    assert importer.run({**GOOD_ROW, **changes}).new == 1
    written = ImportedListing.objects.system("test").get().written
    assert written[expected[0]] == expected[1]


def test_where_the_places_are_is_read_from_the_file(tmp_path: Path) -> None:
    old = [{**row, "city": "Edinburgh", "state": "Scotland", "price": "£90"} for row in rows(3)]
    path = write_listings(tmp_path, old, header=old[0])
    assert find_whereabouts(path) == EDINBURGH


def test_dollars_are_the_money_of_the_country(tmp_path: Path) -> None:
    dhaka = [{**row, "latitude": "23.79", "longitude": "90.41"} for row in rows(2)]
    where = find_whereabouts(write_listings(tmp_path, dhaka), city="Dhaka")
    assert (where.country, where.currency, where.time_zone) == ("BD", "BDT", "Asia/Dhaka")


def test_places_of_one_file_may_lie_in_two_zones(tmp_path: Path) -> None:
    where = find_whereabouts(write_listings(tmp_path, rows(2)), city="Edinburgh")
    assert where.zone_at(48.85, 2.35) == "Europe/Paris"
    assert where.zone_at(40.0, -30.0) == "Europe/London"
    fixed = find_whereabouts(write_listings(tmp_path, rows(2)), city="Edinburgh", time_zone="Europe/Dublin")
    assert fixed.zone_at(48.85, 2.35) == "Europe/Dublin"


def test_every_option_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    at_sea = [{**row, "latitude": "40", "longitude": "-30"} for row in rows(2)]
    with pytest.raises(BadInput) as refused:
        find_whereabouts(write_listings(tmp_path, at_sea))
    assert [item.attr for item in refused.value.errors] == ["time_zone", "country", "city", "currency"]


def test_a_file_that_is_cut_off_says_so_and_keeps_what_was_whole(
    importer: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PORTION", 100)
    import gzip

    whole = gzip.compress(write_listings(tmp_path, rows(600)).read_bytes())
    path = tmp_path / "listings.csv.gz"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises(UnreadableSource, match="cut off"):
        importer.run_file(path)
    count = Listing.objects.system("test").count()
    assert count > 0
    assert count % module.PORTION == 0
    assert RatePlan.objects.system("test").count() == count


def test_what_was_imported_is_found_with_its_price(importer: Importer) -> None:
    importer.run(*rows(2), {**GOOD_ROW, "price": ""})
    page = search(SearchQuery(place="Edinburgh", amenities=("wifi",)))
    assert page.count == 2
    importer.run({**rows(1)[0], "price": "$300"}, dry_run=False)
    prices = sorted(hit.nightly.minor for hit in search(SearchQuery(place="Edinburgh")).hits)
    assert prices == [12_000, 30_000]
