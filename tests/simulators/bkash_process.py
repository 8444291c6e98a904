"""The bKash simulator as a real process, with a merchant of its own and a payer who presses buttons."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.simulators.process import SimulatorProcess

USERNAME = "merchant_for_tests"
PASSWORD = "password_for_tests"
APP_KEY = "app_key_for_tests"
APP_SECRET = "app_secret_for_tests"
DESK_KEY = "desk_for_tests"
TOPIC = "arn:aws:sns:ap-southeast-1:000000000000:bkash-simulator"


class BkashProcess(SimulatorProcess):
    def __init__(self, home: Path) -> None:
        environment = {
            "FREEHOLD_BKASH_USERNAME": USERNAME,
            "FREEHOLD_BKASH_PASSWORD": PASSWORD,
            "FREEHOLD_BKASH_APP_KEY": APP_KEY,
            "FREEHOLD_BKASH_APP_SECRET": APP_SECRET,
            "FREEHOLD_BKASH_DESK_KEY": DESK_KEY,
        }
        super().__init__("bkash", home, environment=environment, control_key=DESK_KEY)

    def press(self, page: str, scenario: str, **fields: str) -> dict[str, str]:
        """Press a button of the payer's page: what the browser then tells the merchant, nothing if it stays."""
        answer = httpx.post(page, data={"scenario": scenario, **fields}, trust_env=False)
        assert answer.status_code == 303, answer.text
        place = urlsplit(answer.headers["location"])
        return dict(parse_qsl(place.query)) if place.netloc else {}

    def row(self, table: str, **where: Any) -> Mapping[str, Any]:
        """The one row of the books that fits."""
        (found,) = self.rows(table, **where)
        return found

    def rows(self, table: str, **where: Any) -> list[Mapping[str, Any]]:
        return [row for row in self.books()[table] if all(row[name] == value for name, value in where.items())]

    @contextmanager
    def switched(self, name: str) -> Iterator[None]:
        self.control(name, on=True)
        try:
            yield
        finally:
            self.control(name, on=False)

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        self.control("clock", offset_s=seconds)
        try:
            yield
        finally:
            self.control("clock", offset_s=0)
