"""A guest who speaks HTTP with a running house, and insists when the house stumbles."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

PASSWORD = "Correct-Horse-9"
PATIENCE = 90.0
STUMBLES = frozenset({429, 500, 502, 503, 504})


class Refused(AssertionError):
    """An answer that was not expected."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:800]}")
        self.answer = answer


def party(listing: str, *, arrive_in: int = 30, nights: int = 3, adults: int = 2) -> dict[str, Any]:
    """An item of a quote or booking."""
    arrival = (datetime.now(UTC) + timedelta(days=arrive_in)).date()
    return {
        "listing_id": listing,
        "check_in": arrival.isoformat(),
        "check_out": (arrival + timedelta(days=nights)).isoformat(),
        "guests": {"adults": adults, "children": []},
    }


def stay_at(listing: str, **options: Any) -> dict[str, Any]:
    """The body of a booking of one stay."""
    return {"items": [party(listing, **options)]}


class Guest:
    """Registered and signed in. `retry` is what a patient client does: the same request with the same key."""

    def __init__(self, site: str) -> None:
        self.email = f"guest-{secrets.token_hex(6)}@example.com"
        self.http = httpx.Client(base_url=f"{site}/api/v1", timeout=20, trust_env=False)
        self.post("/auth/register/", {"email": self.email, "password": PASSWORD})
        tokens = self.post("/auth/login/", {"identifier": self.email, "password": PASSWORD})
        self.http.headers["Authorization"] = f"Bearer {tokens['access']}"

    # --- requests ---------------------------------------------------------------------------------------

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> dict[str, Any]:
        return _expect_success(self.try_post(path, body, key=key))

    def try_post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> httpx.Response:
        return self.http.post(path, json=body or {}, headers={"Idempotency-Key": key} if key else {})

    def get(self, path: str) -> dict[str, Any]:
        return _expect_success(self.http.get(path))

    def insist(self, path: str, body: dict[str, Any] | None, key: str) -> dict[str, Any]:
        """POST until there is an answer: one key, as often as it takes."""
        return _insist(lambda: self.try_post(path, body, key=key))

    def insist_on_get(self, path: str) -> dict[str, Any]:
        return _insist(lambda: self.http.get(path))

    # --- a stay -----------------------------------------------------------------------------------------

    def hold(self, listing: str, **options: Any) -> dict[str, Any]:
        return self.post("/bookings/", stay_at(listing, **options))

    def pay(self, booking: dict[str, Any]) -> dict[str, Any]:
        """Begins a payment; its `next_action.url` is the gateway's page."""
        return self.post("/payments/", payment_of(booking))

    def booking(self, booking: dict[str, Any]) -> dict[str, Any]:
        return self.insist_on_get(f"/bookings/{booking['id']}/")

    def until(self, booking: dict[str, Any], *states: str, within: float = PATIENCE) -> dict[str, Any]:
        """Polls until the booking has one of the states."""
        deadline = time.monotonic() + within
        while True:
            seen = self.booking(booking)
            if seen["status"] in states:
                return seen
            assert time.monotonic() < deadline, f"still {seen['status']}, wanted {states}: {seen['payments']}"
            time.sleep(0.1)

    def until_refunded(self, booking: dict[str, Any], *, times: int = 1, within: float = PATIENCE) -> dict[str, Any]:
        """Polls until the booking has so many refunds and all of them succeeded."""
        deadline = time.monotonic() + within
        while True:
            seen = self.booking(booking)
            states = [refund["status"] for refund in seen["refunds"]]
            if len(states) >= times and set(states) == {"succeeded"}:
                assert len(states) == times, seen["refunds"]
                return seen
            assert time.monotonic() < deadline, f"refunds are {states}"
            time.sleep(0.1)

    def confirmed(self, listing: str, **options: Any) -> dict[str, Any]:
        booking = self.hold(listing, **options)
        press(self.pay(booking), "pay")
        return self.until(booking, "confirmed")

    def close(self) -> None:
        self.http.close()


def payment_of(booking: dict[str, Any]) -> dict[str, Any]:
    return {"booking_id": booking["id"], "provider": "sandbox", "return_url": "http://127.0.0.1:9/back"}


def press(payment: dict[str, Any], scenario: str, **fields: str) -> httpx.Response:
    """Press a button of the gateway's page, as its form does."""
    url = payment["next_action"]["url"]
    answer = httpx.post(url, data={"scenario": scenario, **fields}, trust_env=False, timeout=20)
    if answer.status_code != 303:
        raise Refused(answer)
    return answer


def minor(money: dict[str, str]) -> int:
    whole, _, cents = money["amount"].partition(".")
    return int(whole) * 100 + int(cents or 0)


def _expect_success(answer: httpx.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise Refused(answer)
    body: dict[str, Any] = answer.json()
    return body


def _insist(attempt: Any) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer: httpx.Response = attempt()
        except httpx.TransportError:
            answer = None  # type: ignore[assignment]
        if answer is not None and not _is_stumble(answer):
            return _expect_success(answer)
        assert time.monotonic() < deadline, "the house did not come back" + (f": {answer.text}" if answer else "")
        time.sleep(0.2)


def _is_stumble(answer: httpx.Response) -> bool:
    in_flight = answer.status_code == 409 and "request_in_flight" in answer.text
    return answer.status_code in STUMBLES or in_flight
