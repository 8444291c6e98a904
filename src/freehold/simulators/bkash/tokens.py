"""Tokens live an hour. A third refresh within an hour blocks the merchant for the next one."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from freehold.simulators.bkash import errors
from freehold.simulators.kit.books import Books

LIFE_S = 3600
REFRESH_LIFE_S = 28 * 24 * 3600
REFRESHES_IN_AN_HOUR = 2


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str
    app_key: str
    app_secret: str


class Tokens:
    def __init__(self, books: Books, credentials: Credentials) -> None:
        self._books, self._credentials = books, credentials

    def check_account(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> None:
        known = self._credentials
        given = f"{headers.get('username')}\0{headers.get('password')}"
        if not hmac.compare_digest(given.encode(), f"{known.username}\0{known.password}".encode()):
            raise errors.no_credentials("Invalid username and password combination")
        app = f"{body.get('app_key')}\0{body.get('app_secret')}"
        if not hmac.compare_digest(app.encode(), f"{known.app_key}\0{known.app_secret}".encode()):
            raise errors.status_code("2001")
        if self._books.now() < float(self._books.setting("blocked_until", "0")):
            raise errors.doorman(403, "Merchant is blocked for one hour")

    def grant(self, product: str) -> dict[str, Any]:
        now = self._books.now()
        value, refresh = f"ey.{token_urlsafe(48)}", token_urlsafe(48)
        self._books.insert("token", value=value, refresh=refresh, product=product, expires_at=now + LIFE_S, created=now)
        return {
            "statusCode": "0000",
            "statusMessage": "Successful",
            "id_token": value,
            "token_type": "Bearer",
            "expires_in": LIFE_S,
            "refresh_token": refresh,
        }

    def refresh(self, product: str, refresh: str) -> dict[str, Any]:
        """The old token stays valid for what is left of its hour."""
        now = self._books.now()
        known = self._books.row("SELECT * FROM token WHERE refresh = :refresh", refresh=refresh)
        if known is None or known["product"] != product or now > known["created"] + REFRESH_LIFE_S:
            raise errors.status_code("2079")
        self._books.insert("token_refresh", at=now)
        if self._books.number("SELECT count(*) FROM token_refresh WHERE at > :since", since=now - 3600) > (
            REFRESHES_IN_AN_HOUR
        ):
            self._books.set("blocked_until", str(now + 3600))
            return {"message": "Merchant is blocked for one hour"}
        return self.grant(product)

    def check(self, headers: Mapping[str, str], product: str) -> None:
        value = headers.get("authorization", "").removeprefix("Bearer ")
        known = self._books.row("SELECT * FROM token WHERE value = :value", value=value)
        if known is None or known["product"] != product or headers.get("x-app-key") != self._credentials.app_key:
            raise errors.doorman(401, "Unauthorized")
        if known["expires_at"] < self._books.now():
            raise errors.doorman(401, "The incoming token has expired")

    def expire_all(self) -> None:
        self._books.write("UPDATE token SET expires_at = 0")
