"""The Postman collection, unedited, against a running demonstration: twice, because its readers run it again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import programs
from tests.cli.running import ROOT
from tests.postman.newman import newman
from tests.support.house import House

COLLECTION = ROOT / "docs" / "postman_collection.json"
ENVIRONMENT = ROOT / "docs" / "postman_environment.json"
FOLDERS = ("v1", "estate", "stays", "resort")
PATIENCE = 240
needs_node = pytest.mark.skipif(not programs.has("node", "npm"), reason="needs Node and npm: apt install nodejs npm")


def collection() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(COLLECTION.read_text())
    return read


def requests_of(item: dict[str, Any]) -> list[dict[str, Any]]:
    if "item" not in item:
        return [item]
    return [request for each in item["item"] for request in requests_of(each)]


def run(house: House, report: Path, **variables: str) -> dict[str, Any]:
    told = {"base_url": house.site, **variables}
    ran = subprocess.run(
        [
            *(str(newman()), "run", str(COLLECTION), "--environment", str(ENVIRONMENT)),
            *(part for name, value in told.items() for part in ("--env-var", f"{name}={value}")),
            *("--timeout-request", "30000", "--color", "off"),
            *("--reporters", "cli,json", "--reporter-json-export", str(report)),
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    made: dict[str, Any] = json.loads(report.read_text())["run"]
    return made


@needs_node
@pytest.mark.xdist_group("journeys")
def test_every_journey_succeeds_and_can_be_made_again(house: House, tmp_path: Path) -> None:
    run(house, tmp_path / "first.json")

    signed = run(
        house,
        tmp_path / "second.json",
        razorpay_url=f"http://127.0.0.1:{house.running.state['razorpay_port']}",
        razorpay_webhook_secret=house.home.environment(database_url="")["FREEHOLD_RAZORPAY_WEBHOOK_SECRET"],
    )

    ran = {execution["item"]["name"] for execution in signed["executions"] if "response" in execution}
    assert {request["name"] for request in requests_of(collection())} - ran == set(), "never sent"

    house.assert_all_is_well()


def test_there_is_a_folder_for_each_api_and_every_request_is_checked() -> None:
    assert tuple(folder["name"] for folder in collection()["item"]) == FOLDERS
    for request in requests_of(collection()):
        scripts = [event for event in request.get("event", []) if event["listen"] == "test"]
        assert any("pm.test(" in line for script in scripts for line in script["script"]["exec"]), request["name"]


def test_what_is_sent_goes_to_an_address_of_the_environment() -> None:
    known = {value["key"] for value in json.loads(ENVIRONMENT.read_text())["values"]}
    assert "base_url" in known
    addresses = {request["request"]["url"]["raw"].partition("/")[0] for request in requests_of(collection())}
    assert addresses == {"{{base_url}}", "{{razorpay_url}}", "{{provider}}"}
