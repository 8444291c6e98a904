"""The whole command with tiny amounts: each bench runs, whatever its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.run import BENCHES
from tests.cli.running import ROOT, clean_environment

pytestmark = pytest.mark.crash

TABLES_OF_A_HOLD = {
    "bookings_booking",
    "bookings_bookingitem",
    "finance_folio",
    "finance_receivable",
    "inventory_allocation",
    "inventory_claim",
}


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "freehold", "bench", "--quick", *arguments],
        env=clean_environment(tmp_path),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("bench")
    ended = run(folder, "--json", str(folder / "report.json"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def test_every_bench_measures(report: dict[str, Any]) -> None:
    missing = {row["bench"]: row["reason"] for row in report["rows"] if row["verdict"] == "not measured"}
    assert missing == {}
    assert {row["bench"] for row in report["rows"]} == set(BENCHES)


def test_the_raw_transaction_writes_what_a_hold_writes(report: dict[str, Any]) -> None:
    tables = next(row["facts"]["rows of a hold"] for row in report["rows"] if row["bench"] == "hold_service")
    assert set(tables) >= TABLES_OF_A_HOLD


def test_the_machine_is_described(report: dict[str, Any]) -> None:
    machine = report["machine"]
    assert machine["processors"] >= 1
    assert machine["postgresql_settings"]["fsync"] == "on"
    assert len(machine["load"]) == 3


def test_an_unknown_bench_is_told(tmp_path: Path) -> None:
    ended = run(tmp_path, "--only", "nonsense")
    assert ended.returncode == 2
    assert "nonsense is not one of" in ended.stderr


def test_a_profile_names_statements_and_functions(tmp_path: Path) -> None:
    ended = run(tmp_path, "--profile", "calendar")
    assert ended.returncode == 0, ended.stderr
    assert "Statements of one operation" in ended.stdout
    assert "listing_calendar" in ended.stdout


@pytest.mark.parametrize("text", ["many", "10", "10k,,1m"])
def test_a_size_that_makes_no_sense_is_told(tmp_path: Path, text: str) -> None:
    ended = run(tmp_path, "--scale", text)
    assert ended.returncode == 2
    assert "--scale" in ended.stderr
