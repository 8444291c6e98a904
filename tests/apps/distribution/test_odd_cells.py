"""Whatever a cell holds, reading it gives a fact, nothing, or a finding: never an exception."""

import csv
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from freehold.distribution.airbnb import fields
from freehold.distribution.airbnb.listings import read_drafts
from freehold.distribution.airbnb.names import read_name
from freehold.distribution.airbnb.records import ReportBuilder
from freehold.distribution.importing.facts import PRICE, Reader
from freehold.pricing.models import MAX_PRICE_MINOR
from tests.apps.distribution.files import GOOD_ROW

ODD = st.one_of(
    st.text(max_size=60),
    st.from_regex(r"[-+$€]{0,2}[0-9.,eE+\-]{0,14}( kr| zł)?", fullmatch=True),
    st.sampled_from(
        [
            "N/A",
            "<br />",
            "$1,234.00",
            "1e999999999",
            "-0",
            "∞",
            "NaN",
            "Infinity",
            "٣",
            "²",
            "\x00",
            "[" * 5000,
            "t",
            "0",
        ]
    ),
)


@given(ODD)
@example("1e999999999")
@example("9" * 400)
def test_every_cell_reader_takes_every_text(text: str) -> None:
    amount = fields.parse_amount(text)
    assert amount is None or abs(fields.to_minor(amount, 4)) < 10**21
    count = fields.parse_count(text)
    assert count is None or 0 <= count < 10**16
    fields.parse_decimal(text, 6)
    fields.parse_bathrooms(text, text)
    fields.parse_amenities(text)
    fields.clean_text(text)
    assert read_name(text).title in text


@given(st.dictionaries(st.sampled_from(sorted(GOOD_ROW)), ODD))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_row_of_odd_cells_is_refused_or_made_storable(changes: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "listings.csv"
        with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
            writer = csv.DictWriter(stream, list(GOOD_ROW))
            writer.writeheader()
            writer.writerow({**GOOD_ROW, **changes})
        report = ReportBuilder()
        reader = Reader(report)
        drafts = list(read_drafts(path, currency="USD", report=report))
    for draft in drafts:
        facts = reader.completed(draft, reader.said(draft))
        assert 1 <= facts["listing.min_nights"] <= facts["listing.max_nights"] <= 365
        assert 1 <= facts["unit.max_guests"] == facts["listing.max_guests"] <= 1000
        assert 0 <= facts["unit.bedrooms"] <= 500
        assert 0 <= Decimal(facts["unit.bathrooms"]) <= 500
        assert 1 <= len(facts["property.title"]) <= 200
        assert "\x00" not in "".join(str(value) for value in facts.values())
        assert 0 < facts.get(PRICE, 1) <= MAX_PRICE_MINOR
        assert facts["property.rating"] is None or 0 <= Decimal(facts["property.rating"]) <= 5
    assert (
        len(drafts) + sum(f.count for f in report.build(rows_read=1, rows_kept=0).findings if f.verdict == "refused")
        == 1
    )
