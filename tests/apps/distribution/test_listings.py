"""Reading listing files: real dirt in, facts and an honest account of every repair out."""

from decimal import Decimal
from pathlib import Path

import pytest

from freehold.distribution.airbnb.categories import Space
from freehold.distribution.airbnb.listings import ListingFacts, parse_listings
from freehold.distribution.airbnb.records import ListingRecord, PriceSource, UnreadableSource, Verdict
from tests.apps.distribution.files import GOOD_ROW, rows, write_listings


def read(folder: Path, *records: dict[str, str], currency: str = "GBP", **options: object) -> ListingFacts:
    return parse_listings(write_listings(folder, records), currency=currency, **options)  # type: ignore[arg-type]


def read_one(folder: Path, **changes: str) -> ListingRecord:
    facts = read(folder, {**GOOD_ROW, **changes})
    assert len(facts.listings) == 1
    return facts.listings[0]


def test_a_good_row_becomes_a_record(tmp_path: Path) -> None:
    assert read_one(tmp_path) == ListingRecord(
        source_id="948123456789012345",
        host_id="17",
        neighbourhood="Old Town",
        latitude=Decimal("55.949060"),
        longitude=Decimal("-3.192830"),
        category="apartment",
        space=Space.ENTIRE,
        accommodates=4,
        bedrooms=2,
        beds=3,
        bathrooms=Decimal("1.5"),
        is_bathroom_shared=False,
        price_minor=12_000,
        currency="GBP",
        price_source=PriceSource.LISTING,
        min_nights=2,
        max_nights=28,
        rating=Decimal("4.83"),
        review_count=12,
        is_instantly_bookable=True,
        amenities=("kitchen", "wifi"),
        title="A room with a view",
        description="Quiet.\nNear the park & the river.",
    )


def test_ids_beyond_what_a_float_holds_keep_every_digit(tmp_path: Path) -> None:
    neighbours = read(tmp_path, {**GOOD_ROW, "id": "9007199254740993"}, {**GOOD_ROW, "id": "9007199254740992"})
    assert [record.source_id for record in neighbours.listings] == ["9007199254740993", "9007199254740992"]


@pytest.mark.parametrize("broken", ["7.94e+17", "", "n/a", "12.0"])
def test_a_row_that_lost_its_id_is_refused(tmp_path: Path, broken: str) -> None:
    facts = read(tmp_path, {**GOOD_ROW, "id": broken})
    assert facts.listings == ()
    assert facts.report.count(Verdict.REFUSED, "id") == 1


def test_the_same_id_twice_keeps_the_first(tmp_path: Path) -> None:
    facts = read(tmp_path, {**GOOD_ROW}, {**GOOD_ROW, "beds": "9"})
    assert [record.beds for record in facts.listings] == [3]
    assert facts.report.count(Verdict.REFUSED, "id", "seen twice") == 1
    assert facts.report.rows_read - facts.report.rows_kept == 1


@pytest.mark.parametrize(("latitude", "longitude"), [("", "1"), ("91", "1"), ("1", "-181"), ("0", "0"), ("x", "1")])
def test_a_place_without_a_position_is_refused(tmp_path: Path, latitude: str, longitude: str) -> None:
    facts = read(tmp_path, {**GOOD_ROW, "latitude": latitude, "longitude": longitude})
    assert facts.report.count(Verdict.REFUSED, "position") == 1


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("$1,234.00", "USD", 123_400),
        ("$109,999.00", "USD", 10_999_900),
        ("€1.234,50", "EUR", 123_450),
        ("12,000", "JPY", 12_000),
        ("1.05e+03", "USD", 105_000),
        ("95", "USD", 9_500),
        ("$0.125", "USD", 13),
    ],
)
def test_prices_are_read_in_the_spellings_of_many_exports(tmp_path: Path, text: str, currency: str, minor: int) -> None:
    facts = read(tmp_path, {**GOOD_ROW, "price": text}, currency=currency)
    assert facts.listings[0].price_minor == minor


def test_a_missing_price_comes_from_the_calendar_when_it_is_believable(tmp_path: Path) -> None:
    missing = {**GOOD_ROW, "id": "1", "price": ""}
    facts = read(tmp_path, missing, *rows(5), calendar_prices={"1": 15_000})
    assert facts.listings[0].price_minor == 15_000
    assert facts.listings[0].price_source is PriceSource.CALENDAR


def test_an_absurd_calendar_price_is_replaced_by_the_median_of_comparable_places(tmp_path: Path) -> None:
    missing = {**GOOD_ROW, "id": "1", "price": "N/A"}
    cheap, middle, dear = rows(3)
    comparable = [{**cheap, "price": "$90"}, {**middle, "price": "$100"}, {**dear, "price": "$300"}]
    facts = read(tmp_path, missing, *comparable, *rows(0), calendar_prices={"1": 1_000_000})
    assert facts.listings[0].price_minor == 10_000
    assert facts.listings[0].price_source is PriceSource.ESTIMATED
    assert facts.report.count(Verdict.ESTIMATED, "price") == 1


def test_comparable_means_the_same_neighbourhood_kind_and_size_first(tmp_path: Path) -> None:
    missing = {**GOOD_ROW, "id": "1", "price": ""}
    near = rows(3, price="$80")
    far = [{**row, "id": f"2{row['id']}"} for row in rows(9, price="$500", neighbourhood_cleansed="Far Away")]
    assert read(tmp_path, missing, *near, *far).listings[0].price_minor == 8_000


def test_a_listing_without_any_hint_of_a_price_is_refused(tmp_path: Path) -> None:
    facts = read(tmp_path, {**GOOD_ROW, "price": "$0.00"})
    assert facts.listings == ()
    assert facts.report.count(Verdict.REFUSED, "price") == 1


def test_a_price_far_above_its_neighbours_is_kept_and_pointed_out(tmp_path: Path) -> None:
    facts = read(tmp_path, {**GOOD_ROW, "id": "1", "price": "$109,999.00"}, *rows(6))
    assert facts.listings[0].price_minor == 10_999_900
    assert facts.report.count(Verdict.NOTICED, "price", "far above comparable places") == 1


@pytest.mark.parametrize(
    ("number", "text", "count", "is_shared"),
    [
        ("", "1.5 shared baths", "1.5", True),
        ("", "Half-bath", "0.5", False),
        ("", "Private half-bath", "0.5", False),
        ("", "1 private bath", "1", False),
        ("0.0", "0 shared baths", "0", True),
        ("2.0", "", "2", False),
    ],
)
def test_bathrooms_are_read_from_number_or_words(
    tmp_path: Path, number: str, text: str, count: str, is_shared: bool
) -> None:
    record = read_one(tmp_path, bathrooms=number, bathrooms_text=text)
    assert (record.bathrooms, record.is_bathroom_shared) == (Decimal(count), is_shared)


def test_missing_sizes_are_taken_from_places_like_it(tmp_path: Path) -> None:
    gaps = {**GOOD_ROW, "id": "1", "bedrooms": "", "beds": "0", "bathrooms": "", "bathrooms_text": ""}
    facts = read(tmp_path, gaps, *rows(4))
    record = facts.listings[0]
    assert (record.bedrooms, record.beds, record.bathrooms) == (2, 2, Decimal("1.5"))
    assert facts.report.count(Verdict.ESTIMATED, "bedrooms") == 1
    assert facts.report.count(Verdict.REPAIRED, "beds") == 1
    assert facts.report.count(Verdict.ESTIMATED, "bathrooms") == 1


def test_a_studio_has_no_bedroom_and_still_a_bed(tmp_path: Path) -> None:
    record = read_one(tmp_path, bedrooms="0", beds="")
    assert (record.bedrooms, record.beds) == (0, 1)


@pytest.mark.parametrize(
    ("minimum", "maximum", "expected"),
    [
        ("32", "28", (32, None)),
        ("91", "1125", (91, None)),
        ("3", "2147483647", (3, None)),
        ("0", "30", (1, 30)),
        ("", "", (1, None)),
        ("29", "29", (29, 29)),
    ],
)
def test_limits_of_a_stay_never_contradict_themselves(
    tmp_path: Path, minimum: str, maximum: str, expected: tuple[int, int | None]
) -> None:
    record = read_one(tmp_path, minimum_nights=minimum, maximum_nights=maximum)
    assert (record.min_nights, record.max_nights) == expected


def test_an_older_scale_of_ratings_is_brought_to_five(tmp_path: Path) -> None:
    assert read_one(tmp_path, review_scores_rating="97").rating == Decimal("4.85")
    assert read_one(tmp_path, review_scores_rating="5.0").rating == Decimal("5.00")
    assert read_one(tmp_path, number_of_reviews="0").rating is None


def test_a_new_kind_of_place_is_kept_under_other_homes(tmp_path: Path) -> None:
    facts = read(tmp_path, {**GOOD_ROW, "property_type": "Entire moon base", "room_type": "Capsule"})
    assert facts.listings[0].category == "other-home"
    assert facts.listings[0].space is Space.ENTIRE
    assert facts.report.count(Verdict.REPAIRED, "property_type") == 1


def test_texts_lose_markup_and_names_that_were_cut_are_counted(tmp_path: Path) -> None:
    name = "Sunny and very central two bedroom flat with a lar"
    assert len(name) == 50
    facts = read(tmp_path, {**GOOD_ROW, "name": name, "description": "N/A"})
    assert facts.listings[0].description == ""
    assert facts.report.count(Verdict.NOTICED, "title") == 1


def test_a_facts_only_reading_keeps_no_word_of_a_host(tmp_path: Path) -> None:
    record = read(tmp_path, {**GOOD_ROW}, keep_texts=False).listings[0]
    assert record.title == record.description == ""


def test_columns_may_come_and_go(tmp_path: Path) -> None:
    old = {"id": "5", "name": "Flat", "host_id": "1", "neighbourhood": "West", "latitude": "1", "longitude": "2"}
    old |= {"room_type": "Private room", "price": "70", "minimum_nights": "3", "number_of_reviews": "4"}
    path = write_listings(tmp_path, [old], header=old)
    facts = parse_listings(path, currency="EUR")
    record = facts.listings[0]
    assert (record.neighbourhood, record.accommodates, record.price_minor) == ("West", 2, 7_000)
    assert facts.report.count(Verdict.NOTICED, reason="column missing") > 5


def test_a_file_that_is_no_listing_file_says_what_it_lacks(tmp_path: Path) -> None:
    path = write_listings(tmp_path, [], header=["listing_id", "date"])
    with pytest.raises(UnreadableSource, match="id, latitude, longitude, room_type"):
        parse_listings(path, currency="EUR")


def test_a_byte_order_mark_and_broken_bytes_do_not_stop_the_reading(tmp_path: Path) -> None:
    path = write_listings(tmp_path, [{**GOOD_ROW, "name": "Café"}])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace("é".encode(), b"\xe9"))
    assert parse_listings(path, currency="EUR").listings[0].title == "Caf�"
