"""Money for a hold that died, told many times and in any order: booked again when free, sent back when not. Once."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from freehold.simulators.sandbox.signing import HEADER, sign
from tests.cli.running import wait_for
from tests.support.guest import Guest, minor, press
from tests.support.house import House

pytestmark = pytest.mark.xdist_group("journeys")

REPLAYS = 10
IN_PARALLEL = 5


@dataclass(frozen=True)
class News:
    """What the gateway has said about one booking, for sending it again as the gateway would."""

    house: House
    booking: dict[str, Any]

    def events(self) -> list[dict[str, Any]]:
        objects = self.house.objects_of(self.booking)
        found = []
        for event in self.house.pages("/v1/events"):
            subject = event["data"]["object"]
            if subject["id"] in objects or subject.get("payment") in objects:
                found.append({name: value for name, value in event.items() if name != "sequence"})
        return found

    def replay(self, times: int = REPLAYS, *, seed: int = 1) -> None:
        """Every event so many times, five at once, in no order."""
        (token, *_) = self.house.sql(
            "SELECT p.notify_token FROM payments_payment AS p JOIN bookings_booking AS b ON b.folio_id = p.folio_id"
            " WHERE b.id = %s ORDER BY p.attempt",
            self.booking["id"],
        )[0]
        url = f"{self.house.site}/api/v1/webhooks/sandbox/{token}/"
        letters = [json.dumps(event).encode() for event in self.events()] * times
        random.Random(seed).shuffle(letters)
        assert letters
        with ThreadPoolExecutor(IN_PARALLEL) as senders:
            answers = list(senders.map(lambda body: self._send(url, body), letters))
        assert {answer.status_code for answer in answers} == {200}

    def _send(self, url: str, body: bytes) -> httpx.Response:
        signature = sign(body, secrets=[self.house.home.secret("sandbox_webhook_secret")], at=int(time.time()))
        return httpx.post(url, content=body, headers={HEADER: signature}, trust_env=False, timeout=30)


@pytest.fixture
def guest(house: House) -> Guest:
    house.wait_until_ready()
    return house.guest()


def paid_too_late(house: House, guest: Guest, place: str, scenario: str, **fields: str) -> dict[str, Any]:
    """The payer has paid, the gateway says nothing yet, and the deadline passes."""
    booking = guest.hold(place)
    payment = guest.pay(booking)
    if scenario in {"out_of_order", "duplicate_webhook"}:  # their messages come at once: the deadline is over before
        house.let_lapse(booking)
        press(payment, scenario, **fields)
    else:
        press(payment, scenario, **fields)
        house.let_lapse(booking)
    return booking


def mails(house: House, guest: Guest, booking: dict[str, Any]) -> list[str]:
    return sorted(mail["subject"] for mail in house.mails_to(guest.email) if booking["reference"] in mail["subject"])


@pytest.mark.parametrize("scenario", ["delay", "out_of_order", "duplicate_webhook"])
def test_late_payment_rebooks_once_when_free(house: House, guest: Guest, scenario: str) -> None:
    fields = {"delay_s": "600"} if scenario == "delay" else {}
    booking = paid_too_late(house, guest, house.place(), scenario, **fields)
    News(house, booking).replay()
    seen = guest.until(booking, "confirmed")
    price = minor(seen["total"])
    house.assert_all_is_well()
    told = mails(house, guest, booking)

    News(house, booking).replay(seed=2)
    house.assert_all_is_well()
    seen = guest.booking(booking)
    assert seen["status"] == "confirmed"
    assert seen["refunds"] == []
    assert house.gateway_lines(booking) == [price]
    assert mails(house, guest, booking) == told
    assert sum("confirmed" in subject.lower() for subject in told) == 1
    assert charges_and_entries(house, booking) == (1, 1)


@pytest.mark.parametrize("is_swept", [False, True], ids=["expired by the rival", "expired by the sweeper"])
def test_late_payment_goes_back_once_when_taken(house: House, guest: Guest, is_swept: bool) -> None:
    place = house.place()
    if is_swept:
        # The money is on its way for longer than the sweeper's round: nobody could call it paid before.
        booking = paid_too_late(house, guest, place, "pay_late", delay_s="16")
        wait_for(lambda: state_in_database(house, booking) == "expired", 15)
    else:
        booking = paid_too_late(house, guest, place, "delay", delay_s="600")
    rival = house.guest().confirmed(place)
    if not is_swept:
        News(house, booking).replay()
    seen = guest.until_refunded(booking)
    price = minor(seen["total"])

    News(house, booking).replay(seed=3)
    house.assert_all_is_well()
    seen = guest.booking(booking)
    assert seen["status"] == "expired"
    assert [minor(refund["amount"]) for refund in seen["refunds"]] == [price]
    assert house.gateway_lines(booking) == [price, -price]
    assert len(mails(house, guest, booking)) == len(set(mails(house, guest, booking)))
    assert state_in_database(house, rival) == "confirmed"


def test_money_for_a_cancelled_hold_goes_back_once(house: House, guest: Guest) -> None:
    booking = guest.hold(house.place())
    press(guest.pay(booking), "delay", delay_s="600")
    guest.post(f"/bookings/{booking['id']}/cancel/")
    News(house, booking).replay()
    seen = guest.until_refunded(booking)
    price = minor(seen["total"])
    News(house, booking).replay(seed=4)
    house.assert_all_is_well()
    assert guest.booking(booking)["status"] == "cancelled"
    assert house.gateway_lines(booking) == [price, -price]


def test_two_attempts_pay_one_booking_and_one_goes_back(house: House, guest: Guest) -> None:
    """The payer has a page of an earlier attempt still open, and pays on both."""
    booking = guest.hold(house.place())
    first = guest.pay(booking)
    press(first, "pay_late", delay_s="6")  # on its way, so that the gateway can no longer close it
    # As if the gateway had called it failed, and was wrong.
    house.sql("UPDATE payments_payment SET state = 'failed', next_fetch_at = NULL WHERE id = %s", first["id"])
    second = guest.pay(booking)
    assert second["id"] != first["id"]
    press(second, "pay")
    guest.until(booking, "confirmed")

    seen = guest.until_refunded(booking)
    price = minor(seen["total"])
    News(house, booking).replay()
    house.assert_all_is_well()
    seen = guest.booking(booking)
    assert seen["status"] == "confirmed"
    assert [refund["payment_id"] for refund in seen["refunds"]] == [first["id"]]
    assert house.gateway_lines(booking) == [price, price, -price]


def test_forged_news_change_nothing(house: House, guest: Guest) -> None:
    """The negative control of all replays: without the gateway's secret nothing is believed."""
    booking = guest.hold(house.place())
    payment = guest.pay(booking)
    press(payment, "decline")
    wait_for(lambda: bool(News(house, booking).events()), 20)
    (event, *_) = News(house, booking).events()
    event["id"] = "evt_forged"
    event["type"] = "payment.paid"
    event["data"]["object"] |= {"status": "paid", "amount_received": 30_000}
    body = json.dumps(event).encode()
    url = f"{house.site}/api/v1/webhooks/sandbox/guessed/"
    for headers in ({}, {HEADER: sign(body, secrets=["whsec_wrong"], at=int(time.time()))}):
        assert httpx.post(url, content=body, headers=headers, trust_env=False).status_code == 400
    assert guest.booking(booking)["status"] in {"held", "pending_payment"}
    assert house.number("SELECT count(*) FROM payments_gatewayevent WHERE dedupe_key = 'evt_forged'") == 0


def state_in_database(house: House, booking: dict[str, Any]) -> str:
    return str(house.sql("SELECT state FROM bookings_booking WHERE id = %s", booking["id"])[0][0])


def charges_and_entries(house: House, booking: dict[str, Any]) -> tuple[int, int]:
    """Rows of received money, and ledger entries of the booking's price."""
    received = house.number(
        "SELECT count(*) FROM payments_charge AS c JOIN payments_payment AS p ON p.id = c.payment_id"
        " JOIN bookings_booking AS b ON b.folio_id = p.folio_id WHERE b.id = %s",
        booking["id"],
    )
    charged = house.number("SELECT count(*) FROM finance_journalentry WHERE key = %s", f"charged:{booking['id']}")
    return received, charged
