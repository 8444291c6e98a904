"""Houses from public records: latest sale on offer, impossible cells put right or left out, square metres."""

import csv
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.distribution.airbnb.records import ReportBuilder, UnreadableSource, Verdict
from freehold.distribution.importing.merging import FieldChange
from freehold.distribution.sales.facts import completed, facts_of_house
from freehold.distribution.sales.records import read_houses
from freehold.distribution.services.import_listings import ListingOutcome
from freehold.distribution.services.import_sales import SalesImport, import_sales
from freehold.properties.models import Listing, SaleDetails
from tests.factories import CompanyFactory
from tests.support.unmoved import fingerprint

SAMPLE = Path(__file__).parent / "data" / "king_county_sales" / "kc_house_data.csv.gz"
HOUSE: Mapping[str, str] = {
    **{"id": "0123000130", "date": "20141013T000000", "price": "221900", "bedrooms": "3", "bathrooms": "2.5"},
    **{"sqft_living": "2000", "sqft_lot": "5650", "floors": "1.5", "waterfront": "0", "condition": "3", "grade": "7"},
    **{"yr_built": "1955", "yr_renovated": "0", "zipcode": "98178", "lat": "47.5112", "long": "-122.257"},
}


def write_houses(folder: Path, *rows: Mapping[str, str]) -> Path:
    path = folder / "houses.csv"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        writer = csv.DictWriter(stream, list(HOUSE))
        writer.writeheader()
        writer.writerows(rows)
    return path


class SalesImporter:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.company: Company = CompanyFactory()
        self.report = ReportBuilder()
        self.changes: list[FieldChange] = []

    def run(self, *rows: Mapping[str, str], **options: object) -> ListingOutcome:
        return self.run_file(write_houses(self.folder, *rows), **options)

    def run_file(self, path: Path, **options: object) -> ListingOutcome:
        self.report, self.changes = ReportBuilder(), []
        return import_sales(
            actor=Actor.system("test"),
            path=path,
            options=SalesImport(
                company=self.company, city="King County", region="Washington", currency="USD", **options
            ),  # type: ignore[arg-type]
            report=self.report,
            progress=lambda done: None,
            on_change=self.changes.append,
        )

    def said(self, verdict: Verdict, field: str) -> int:
        return self.report.build(rows_read=0, rows_kept=0).count(verdict, field)


@pytest.fixture
def importer(tmp_path: Path, db: None) -> SalesImporter:
    return SalesImporter(tmp_path)


def only_sale() -> SaleDetails:
    return SaleDetails.objects.select_related("listing__property", "listing__unit").get()


def test_a_row_becomes_a_listing_for_sale(importer: SalesImporter) -> None:
    assert importer.run(HOUSE).new == 1
    sale = only_sale()
    listing = sale.listing
    assert (listing.mode, listing.status, listing.property.status) == ("sale", "published", "published")
    assert listing.title == "Three-bedroom house of 186 m²"
    assert listing.property.description == (
        "A house with three bedrooms and two and a half bathrooms, 186 m² to live in on a plot of 525 m². "
        "It was built in 1955. It has one and a half floors."
    )
    assert (sale.price_minor, sale.living_area_m2, sale.plot_area_m2) == (22_190_000, 186, 525)
    assert (sale.year_built, sale.year_renovated, sale.floors, sale.condition, sale.grade) == (
        *(1955, None),
        *(Decimal("1.5"), 3, 7),
    )
    assert (listing.property.time_zone, listing.property.country) == ("America/Los_Angeles", "US")
    assert (listing.property.external_id, listing.property.postal_code) == ("0123000130", "98178")
    assert (listing.unit.bedrooms, listing.unit.bathrooms) == (3, Decimal("2.5"))


def test_a_house_sold_twice_is_one_offer_with_a_history(importer: SalesImporter) -> None:
    earlier = {**HOUSE, "date": "20140502T000000", "price": "180000"}
    oldest = {**HOUSE, "date": "20130502T000000", "price": "150000"}
    importer.run(HOUSE, earlier, oldest)
    sale = only_sale()
    assert sale.price_minor == 22_190_000
    assert sale.earlier_sales == [
        {"on": "2013-05-02", "price_minor": 15_000_000},
        {"on": "2014-05-02", "price_minor": 18_000_000},
    ]
    assert importer.said(Verdict.REPAIRED, "id") == 2


@pytest.mark.parametrize(
    ("changes", "verdict", "field", "expected"),
    [
        ({"bedrooms": "33", "sqft_living": "1620"}, Verdict.REPAIRED, "bedrooms", ("unit.bedrooms", 3)),
        ({"price": "1.225e+006"}, Verdict.REPAIRED, "price", ("sale.price_minor", 122_500_000)),
        ({"bathrooms": "0"}, Verdict.NOTICED, "bathrooms", ("unit.bathrooms", "0.0")),
        ({"bathrooms": "2.25"}, Verdict.REPAIRED, "bathrooms", ("unit.bathrooms", "2.0")),
        ({"bedrooms": "0"}, Verdict.NOTICED, "bedrooms", ("unit.bedrooms", 0)),
        ({"yr_built": "2015"}, Verdict.NOTICED, "year_built", ("sale.year_built", 2015)),
        ({"yr_renovated": "1900"}, Verdict.REPAIRED, "year_renovated", ("sale.year_renovated", None)),
    ],
)
def test_oddities_are_put_right_and_counted(
    tmp_path: Path, changes: dict[str, str], verdict: Verdict, field: str, expected: tuple[str, object]
) -> None:
    report = ReportBuilder()
    (house,) = read_houses(write_houses(tmp_path, {**HOUSE, **changes}), currency="USD", report=report)
    assert completed(facts_of_house(house))[expected[0]] == expected[1]
    assert report.build(rows_read=1, rows_kept=1).count(verdict, field) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"bedrooms": "45", "sqft_living": "1620"}, "bedrooms"),
        ({"price": "0"}, "price"),
        ({"price": ""}, "price"),
        ({"date": "soon"}, "date"),
        ({"lat": "N/A"}, "position"),
        ({"id": "7.1e9"}, "id"),
    ],
)
def test_what_cannot_be_true_is_refused_and_named(tmp_path: Path, changes: dict[str, str], field: str) -> None:
    report = ReportBuilder()
    assert read_houses(write_houses(tmp_path, {**HOUSE, **changes}), currency="USD", report=report) == []
    assert report.build(rows_read=1, rows_kept=0).count(Verdict.REFUSED, field) == 1


def test_the_same_file_twice_writes_no_row(importer: SalesImporter) -> None:
    importer.run_file(SAMPLE)
    before = fingerprint()
    outcome = importer.run_file(SAMPLE)
    assert (outcome.new, outcome.changed) == (0, 0)
    assert fingerprint() == before


def test_the_real_sample_comes_in_whole(importer: SalesImporter) -> None:
    outcome = importer.run_file(SAMPLE)
    assert outcome.new == 57
    assert Listing.objects.published().filter(mode="sale").count() == 57
    assert importer.said(Verdict.REPAIRED, "id") == 7
    assert SaleDetails.objects.exclude(earlier_sales=[]).count() == 6
    assert not Listing.objects.system("test").filter(unit__bedrooms__gt=11).exists()


def test_what_the_source_changes_changes_here_but_nobody_s_own_work(importer: SalesImporter) -> None:
    importer.run(HOUSE)
    Listing.objects.system("test").update(title="Our own words")
    SaleDetails.objects.update(condition=5)
    changed = {**HOUSE, "date": "20150101T000000", "price": "250000", "condition": "4", "bedrooms": "4", "floors": "2"}
    assert importer.run(changed).changed == 1
    sale = only_sale()
    assert (sale.price_minor, sale.condition, sale.floors) == (25_000_000, 5, 2)
    assert (sale.listing.title, sale.listing.unit.bedrooms) == ("Our own words", 4)
    assert importer.said(Verdict.NOTICED, "sale.condition") == 1


def test_a_dry_run_writes_nothing(importer: SalesImporter) -> None:
    importer.run(HOUSE)
    before = fingerprint()
    importer.run({**HOUSE, "price": "1"}, {**HOUSE, "id": "5"}, dry_run=True)
    assert {(change.source_id, change.name) for change in importer.changes} == {
        ("0123000130", "sale.price_minor"),
        ("5", "listing"),
    }
    assert fingerprint() == before


def test_a_file_of_something_else_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.write_text("id,name\n1,x\n")
    with pytest.raises(UnreadableSource, match="date, price, lat, long"):
        read_houses(path, currency="USD", report=ReportBuilder())


ODD = st.one_of(
    st.text(max_size=30), st.from_regex(r"-?[0-9.eE+\-]{0,12}", fullmatch=True), st.sampled_from(["NaN", "1e99"])
)


@given(st.dictionaries(st.sampled_from(sorted(HOUSE)), ODD))
@settings(deadline=None)
def test_odd_cells_never_raise(tmp_path_factory: pytest.TempPathFactory, changes: dict[str, str]) -> None:
    path = write_houses(tmp_path_factory.mktemp("odd"), {**HOUSE, **changes})
    for house in read_houses(path, currency="USD", report=ReportBuilder()):
        facts = completed(facts_of_house(house))
        assert facts["sale.price_minor"] > 0
        assert 0 <= facts["unit.bedrooms"] <= 500
        assert 1 <= len(facts["property.title"]) <= 200
