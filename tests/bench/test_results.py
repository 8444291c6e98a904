"""What the bench says about its figures."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from bench.report import number, print_table, to_json
from bench.results import Baseline, Goal, NotMeasured, Row, Verdict, growth_exponent, percentile


def test_a_figure_is_the_median_and_its_ratio_pairs_each_repeat_with_its_own_baseline() -> None:
    row = Row("hold", "hold", "/s", [100, 10, 50], None, Baseline("raw", [200, 100, 50]))
    assert row.figure == 50
    assert row.ratios == [0.5, 0.1, 1.0]
    assert row.ratio == 0.5


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (None, Verdict.NO_GOAL),
        (Goal("at_most", 60), Verdict.MET),
        (Goal("at_most", 59.9), Verdict.SHORT),
        (Goal("at_least", 60), Verdict.MET),
        (Goal("at_least", 0.5, "ratio"), Verdict.MET),
        (Goal("at_least", 0.6, "ratio"), Verdict.SHORT),
    ],
)
def test_a_goal_is_met_or_missed(goal: Goal | None, verdict: Verdict) -> None:
    assert Row("b", "n", "ms", [60.0], goal, Baseline("raw", [120.0])).verdict is verdict


def test_what_was_not_measured_meets_no_goal_and_says_why() -> None:
    row = Row("b", "search", "ms", goal=Goal("at_most", 1), reason="no such data")
    assert row.verdict is Verdict.NOT_MEASURED
    output = io.StringIO()
    print_table([row], Console(file=output, width=150))
    assert "not measured" in output.getvalue()
    assert "no such data" in output.getvalue()


def test_the_table_shows_figure_goal_baseline_and_ratio() -> None:
    row = Row("b", "hold", "/s", [400.0, 420.0], Goal("at_least", 0.2, "ratio"), Baseline("raw", [2000.0, 2100.0]))
    output = io.StringIO()
    print_table([row], Console(file=output, width=150))
    for text in ("hold", "410 /s", ">= 0.20 x", "met", "raw: 2,050 /s", "0.20 x"):
        assert text in output.getvalue()


def test_the_rows_are_plain_json() -> None:
    row = Row("b", "hold", "/s", [1.0], Goal("at_least", 0.2, "ratio"), Baseline("raw", [2.0]), {"p50": 3})
    found = json.loads(json.dumps(to_json([row], run={"at": "now"})))
    assert found["run"] == {"at": "now"}
    assert found["rows"][0]["ratio"] == 0.5
    assert found["rows"][0]["verdict"] == "met"


def test_percentiles_are_figures_that_occurred() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.95) == 95
    assert percentile([7.0], 0.95) == 7
    with pytest.raises(NotMeasured):
        percentile([], 0.5)


def test_the_exponent_of_growth() -> None:
    assert growth_exponent((100, 1.0), (10_000, 10.0)) == pytest.approx(0.5)
    assert growth_exponent((100, 2.0), (1_000, 2.0)) == 0


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.123, "0.12"), (12.34, "12.3"), (1234.5, "1,234")])
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text
