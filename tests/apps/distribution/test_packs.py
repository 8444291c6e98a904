"""The shipped packs are what the importer makes of the source, and nothing else."""

import gzip
import os
from pathlib import Path

import pytest

from freehold.distribution.airbnb.build_pack import build_pack, choose_sample, find_source, write_extract
from freehold.distribution.airbnb.calendars import parse_calendar
from freehold.distribution.airbnb.listings import parse_listings
from freehold.distribution.airbnb.packs import PACKS_FOLDER, Pack, available_packs, read_pack, write_pack
from freehold.distribution.airbnb.records import PriceSource, UnreadableSource, Verdict

EXTRACT = Path(__file__).parent / "data" / "boston_2024-06-22"
ORIGINAL = os.environ.get("FREEHOLD_BOSTON_SOURCE", "")
SOURCES = [pytest.param(EXTRACT, id="facts-only cells")]
if ORIGINAL:
    SOURCES.append(pytest.param(Path(ORIGINAL), id="original"))


@pytest.fixture(scope="module")
def boston() -> Pack:
    return read_pack(PACKS_FOLDER / "boston")


@pytest.mark.parametrize("source", SOURCES)
def test_the_boston_pack_equals_what_the_importer_reads_from_the_csv(source: Path, boston: Pack) -> None:
    calendar = parse_calendar(find_source(source, "calendar"))
    facts = parse_listings(
        find_source(source, "listings"), currency="USD", calendar_prices=calendar.prices_minor, keep_texts=False
    )
    assert boston.listings == facts.listings
    assert tuple(block.on(boston.first_day) for block in boston.blocks) == calendar.blocked
    assert boston.first_day == calendar.first_day
    assert facts.report.count(Verdict.REFUSED) == 0


def test_boston_is_whole(boston: Pack) -> None:
    assert len(boston.listings) == 4325
    assert len(boston.blocks) == 21_063
    assert sum(record.price_source is not PriceSource.LISTING for record in boston.listings) == 782
    assert sum(int(record.source_id) > 2**53 for record in boston.listings) == 2232
    assert "Inside Airbnb" in boston.attribution
    assert "CC BY 4.0" in boston.attribution


def test_no_pack_holds_a_host_s_words() -> None:
    for name in available_packs():
        assert all(record.title == record.description == "" for record in read_pack(PACKS_FOLDER / name).listings)


def test_the_small_pack_is_the_sample_of_boston(boston: Pack) -> None:
    small, sample = read_pack(PACKS_FOLDER / "small"), choose_sample(boston, 60)
    assert (small.listings, small.blocks) == (sample.listings, sample.blocks)
    assert len({record.neighbourhood for record in small.listings}) > 20


def test_packs_stay_small() -> None:
    sizes = {name: sum(path.stat().st_size for path in (PACKS_FOLDER / name).iterdir()) for name in available_packs()}
    assert sizes.keys() == {"boston", "small"}
    assert sizes["boston"] < 400_000
    assert sizes["small"] < 20_000


def test_a_pack_is_written_with_the_same_bytes_each_time(tmp_path: Path, boston: Pack) -> None:
    write_pack(boston, tmp_path / "one")
    write_pack(boston, tmp_path / "two")
    shipped = PACKS_FOLDER / "boston"
    for name in ("pack.json", "listings.csv.gz", "blocks.csv.gz"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    # Packed bytes differ between builds of zlib, what is packed does not.
    for name in ("listings.csv.gz", "blocks.csv.gz"):
        written = gzip.decompress((tmp_path / "one" / name).read_bytes())
        assert written == gzip.decompress((shipped / name).read_bytes())


def test_a_pack_that_lost_rows_is_not_read(tmp_path: Path, boston: Pack) -> None:
    write_pack(choose_sample(boston, 10), tmp_path)
    (tmp_path / "blocks.csv.gz").write_bytes(gzip.compress(b"source_id,start_day,nights\n"))
    with pytest.raises(UnreadableSource, match="incomplete"):
        read_pack(tmp_path)


def test_an_extract_gives_the_same_pack_as_its_source(tmp_path: Path, boston: Pack) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    listings = gzip.decompress((EXTRACT / "listings.csv.gz").read_bytes()).splitlines(keepends=True)[:40]
    (whole / "listings.csv").write_bytes(b"".join(listings))
    (whole / "calendar.csv").write_text("listing_id,date,available,price\n3781,2024-06-22,f,$125.00\n")
    write_extract(whole, tmp_path / "extract")
    one, _, _ = build_pack(whole, city=boston.city, label="cut")
    two, _, _ = build_pack(tmp_path / "extract", city=boston.city, label="cut")
    assert one == two
    assert len(one.listings) >= 30


def test_a_folder_without_one_listing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="listings"):
        find_source(tmp_path, "listings")
