"""kill -9 of each process while stays are at every step: each ends confirmed or refunded, once, with equal books.

One accident strikes ten stays at the same time: two at each step of hold, pay, confirm, cancel and refund, with that
step's request under way. Afterwards the guests do what patient clients do: the same request under the same key.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.cli.running import wait_for
from tests.support.guest import PATIENCE, Guest, minor, payment_of, press, stay_at
from tests.support.house import House
from tests.support.sender import Sender

pytestmark = pytest.mark.crash

STEPS = ("hold", "pay", "confirm", "cancel", "refund")
MOMENTS = {"as the request leaves": 0.0, "while it is served": 0.03, "about when it is answered": 0.15}


@dataclass
class Stay:
    """One stay on its way. Each request has its key for good, so that any step may be repeated."""

    guest: Guest
    house: House
    place: str
    struck_at: str
    is_cancelled: bool
    keys: dict[str, str] = field(default_factory=lambda: {step: secrets.token_hex() for step in STEPS})
    held: dict[str, Any] = field(default_factory=dict)
    payment: dict[str, Any] = field(default_factory=dict)

    def hold(self) -> None:
        self.held = self.guest.insist("/bookings/", stay_at(self.place), self.keys["hold"])

    def pay(self) -> None:
        self.payment = self.guest.insist("/payments/", payment_of(self.held), self.keys["pay"])
        if self.payment["next_action"]["kind"] != "redirect":
            # The gateway did not answer in time: asking again goes on with the same attempt.
            self.payment = self._until_opened()

    def _until_opened(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            opened = self.guest.insist("/payments/", payment_of(self.held), secrets.token_hex())
            if opened["next_action"]["kind"] == "redirect":
                return opened
            assert time.monotonic() < deadline, opened
            time.sleep(0.3)

    def confirm(self) -> None:
        """The payer presses until the gateway leads back; a second press finds the payment done."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                press(self.payment, "pay")
            except httpx.TransportError:
                assert time.monotonic() < deadline, "the gateway did not come back"
                time.sleep(0.1)
            else:
                break
        self.guest.until(self.held, "confirmed")

    def cancel(self) -> None:
        self.guest.insist(f"/bookings/{self.held['id']}/cancel/", {}, self.keys["cancel"])

    def refund(self) -> None:
        self.guest.until_refunded(self.held)

    @property
    def steps(self) -> tuple[str, ...]:
        return STEPS if self.is_cancelled else STEPS[:3]

    def walk(self, steps: tuple[str, ...]) -> None:
        for step in steps:
            getattr(self, step)()

    def go_to_the_step(self) -> None:
        self.walk(self.steps[: self.steps.index(self.struck_at)])

    def go_on(self) -> None:
        self.walk(self.steps[self.steps.index(self.struck_at) :])

    @property
    def path(self) -> str:
        return f"{self.struck_at}, {'to the refund' if self.is_cancelled else 'to the stay'}"

    def ended_well(self) -> str:
        """Empty, or what is wrong with the end of this stay."""
        seen = self.guest.booking(self.held)
        price = minor(seen["total"])
        wanted = [price, -price] if self.is_cancelled else [price]
        lines = self.house.gateway_lines(self.held)
        state = "cancelled" if self.is_cancelled else "confirmed"
        if seen["status"] == state and lines == wanted:
            return ""
        return f"{self.path}: {seen['status']}, gateway {lines}, payments {seen['payments']}"


@pytest.fixture(scope="module")
def guest(house: House) -> Iterator[Guest]:
    house.wait_until_ready()
    guest = house.guest()
    yield guest
    guest.close()


def in_parallel(acts: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(act) for act in acts]:
            future.result()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("service", ["web", "worker", "gateway", "postgres"])
def test_stays_survive_a_kill_at_every_step(house: House, guest: Guest, service: str, moment: str) -> None:
    house.wait_until_ready()
    stays = [
        Stay(guest, house, house.place(), struck_at=step, is_cancelled=is_cancelled)
        for step in STEPS
        for is_cancelled in (True, False)
        if is_cancelled or step in STEPS[:3]
    ]
    in_parallel([stay.go_to_the_step for stay in stays])

    with ThreadPoolExecutor(len(stays)) as pool:
        rest = [pool.submit(stay.go_on) for stay in stays]
        time.sleep(MOMENTS[moment])
        house.kill(service)
        for future in rest:
            future.result()

    house.assert_all_is_well()
    assert [problem for stay in stays if (problem := stay.ended_well())] == []


def test_while_the_database_restarts_no_message_is_promised_and_lost(house: House) -> None:
    house.wait_until_ready()
    sender = Sender(house)
    with sender.sending():
        time.sleep(0.5)
        house.restart_database()
        time.sleep(0.5)

    assert sender.kept
    assert sender.others == [], "the intake says yes, or that it cannot at present"
    # Nobody has repeated anything: what was refused is not here, but for what was stored while the answer got lost.
    assert set(sender.stored()) >= sender.kept
    assert sender.refused.keys() - set(sender.stored()), "the database was never away while something was sent"

    sender.insist()
    assert sender.stored() == sorted(sender.kept), "each once"


def test_payments_whose_messages_meet_a_restart_of_the_database_are_complete(house: House, guest: Guest) -> None:
    house.wait_until_ready()
    stays = [Stay(guest, house, house.place(), struck_at="confirm", is_cancelled=False) for _ in range(8)]
    in_parallel([stay.go_to_the_step for stay in stays])

    with ThreadPoolExecutor(1) as pool:
        restart = pool.submit(house.restart_database)
        for stay in stays:
            press(stay.payment, "duplicate_webhook")
            time.sleep(0.1)
        restart.result()
    for stay in stays:
        guest.until(stay.held, "confirmed")
        wait_for(lambda: house.is_all_delivered(stay.held), PATIENCE, lambda: str(house.deliveries_of(stay.held)))  # noqa: B023

    house.assert_all_is_well()
    assert [problem for stay in stays if (problem := stay.ended_well())] == []
    for stay in stays:
        rows = house.events_of(stay.held)
        assert sorted(key for key, _state in rows) == sorted({key for key, _state in house.deliveries_of(stay.held)})
        assert {state for _key, state in rows} == {"applied"}


def all_die(house: House) -> None:
    for service in ("postgres", "web", "worker", "gateway"):
        house.kill(service)


@pytest.mark.parametrize("accident", [all_die, House.crash_and_start_again])
def test_stays_survive_the_end_of_everything(house: House, guest: Guest, accident: Callable[[House], None]) -> None:
    house.wait_until_ready()
    stays = [Stay(guest, house, house.place(), struck_at=step, is_cancelled=True) for step in STEPS]
    in_parallel([stay.go_to_the_step for stay in stays])
    with ThreadPoolExecutor(len(stays)) as pool:
        rest = [pool.submit(stay.go_on) for stay in stays]
        time.sleep(0.05)
        accident(house)
        for future in rest:
            future.result()
    house.assert_all_is_well()
    assert [problem for stay in stays if (problem := stay.ended_well())] == []
    answer = house.verify()
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_log_of_a_house_that_lived_through_all_this_tells_a_secret(house: House, guest: Guest) -> None:
    secrets_of_the_house = {path.name: path.read_text().strip() for path in (house.home.path / "secrets").iterdir()}
    bearer = guest.http.headers["Authorization"].removeprefix("Bearer ")
    hidden = {**secrets_of_the_house, "mail": guest.email, "bearer": bearer}
    logs = {path.name: path.read_text(errors="replace") for path in (house.home.path / "logs").iterdir()}
    assert any("webhook_stored" in text for text in logs.values())
    assert [(log, name) for log, text in logs.items() for name, secret in hidden.items() if secret in text] == []
