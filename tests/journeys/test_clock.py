"""Time moved on in a running house: what was due happens within seconds, in the processes that do it in earnest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.running import RunningDemo, wait_for
from tests.simulators.sandbox_process import free_port
from tests.support.guest import stay_at
from tests.support.house import House

WITHIN = 30.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house of its own: its clock does not come back."""
    running = RunningDemo(tmp_path / "home", "--port", str(free_port()))
    try:
        running.wait_until_welcome()
        yield House(running)
    finally:
        running.stop()


def move(house: House, **step: Any) -> dict[str, Any]:
    answer = httpx.post(f"{house.site}/dev/clock.json", json=step, trust_env=False, timeout=20)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_moving_time_expires_a_hold_frees_its_nights_and_reminds_a_guest(house: House) -> None:
    holding, rival = house.guest(), house.guest()
    place, other = house.place(), house.place()
    held = holding.hold(place)
    stay = rival.confirmed(other, arrive_in=20)
    assert rival.try_post("/bookings/", stay_at(place)).status_code == 409

    after = move(house, by=16 * 60)
    assert after["offset_seconds"] == 16 * 60
    holding.until(held, "expired", within=WITHIN)
    wait_for(
        lambda: (
            not house.number(
                "SELECT count(*) FROM inventory_allocation WHERE claim_id IN"
                " (SELECT claim_id FROM bookings_bookingitem WHERE booking_id = %s)",
                held["id"],
            )
        ),
        WITHIN,
    )
    assert rival.try_post("/bookings/", stay_at(place)).status_code == 201

    coming = {each["happens"]: each["at"] for each in after["upcoming"] if each["reference"] == stay["reference"]}
    moment = datetime.fromisoformat(coming["arrival_reminder"]) + timedelta(seconds=1)
    move(house, to=moment.isoformat())

    def reminders() -> list[str]:
        subjects = [mail["subject"] for mail in house.mails_to(rival.email)]
        return [subject for subject in subjects if "arrival is near" in subject and stay["reference"] in subject]

    wait_for(lambda: bool(reminders()), WITHIN, lambda: str(house.mails_to(rival.email)))
    assert len(reminders()) == 1
    house.assert_all_is_well()
