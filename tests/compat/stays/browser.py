"""A browser with a page of this site in it that speaks the stays API, as its front end does."""

from typing import Any

import orjson
from django.conf import settings
from django.test import Client

from tests.factories import PASSWORD


class Browser(Client):
    """Keeps cookies, and sends the CSRF header with writes unless told otherwise: what a page reads from the cookie
    `csrftoken`, whatever else there is."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def send(self, method: str, path: str, body: Any = None, *, csrf: bool = True, **headers: str) -> Any:
        if csrf and method != "get" and "csrftoken" in self.cookies:
            headers.setdefault("X-CSRFToken", self.cookies["csrftoken"].value)
        return self.generic(
            method.upper(),
            f"/api/{path}",
            b"" if body is None else orjson.dumps(body),
            content_type="application/json",
            headers=headers,
        )

    def sign_in(self, email: str | None, password: str = PASSWORD) -> Any:
        response = self.send("post", "accounts/token/", {"email": email, "password": password})
        assert response.status_code == 200, response.content
        return response

    @property
    def access(self) -> str:
        return str(self.cookies[settings.API_ACCESS_COOKIE].value)


def signed_in(user: Any) -> Browser:
    browser = Browser()
    browser.sign_in(user.email)
    return browser


def only_error(response: Any) -> dict[str, Any]:
    """The one thing that is wrong, by the one shape of errors."""
    body = response.json()
    assert set(body) == {"type", "errors"}
    (item,) = body["errors"]
    found: dict[str, Any] = item
    return found
