"""Tokens in cookies: other sites, planted cookies, stolen headers."""

from typing import Any

import orjson
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from rest_framework.authentication import SessionAuthentication

from freehold.accounts.models import User
from freehold.api.checks import check_cookies
from freehold.api.cookies import SameOriginJson
from freehold.config.env import Mode
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

CREDENTIALS = {"identifier": "ann@example.com", "password": PASSWORD}
FOREIGN_ORIGINS = (
    "https://evil.example",
    "null",
    "http://testserver.evil.example",
    "http://eviltestserver",
    "https://testserver",
    "http://testserver:8000",
    "http://testserver@evil.example",
    "file://",
)


class Browser(Client):
    """A browser with this site's cookies; `post` adds the CSRF header unless told otherwise."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def send(self, path: str, body: Any = None, *, method: str = "post", csrf: bool = True, **headers: str) -> Any:
        if csrf and "csrftoken" in self.cookies:
            headers["X-CSRFToken"] = self.cookies["csrftoken"].value
        return self.generic(
            method.upper(),
            f"/api/v1/{path}",
            orjson.dumps(body or {}),
            content_type="application/json",
            headers=headers,
        )

    def sign_in(self) -> Any:
        response = self.send("auth/cookie/login/", CREDENTIALS)
        assert response.status_code == 200, response.content
        return response


@pytest.fixture
def user() -> User:
    return UserFactory(email="ann@example.com")


@pytest.fixture
def browser(user: User) -> Browser:
    browser = Browser()
    browser.sign_in()
    return browser


@pytest.fixture
def without_csrf_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionAuthentication, "enforce_csrf", lambda *_: None)


def test_a_page_of_this_site_signs_in_reads_writes_refreshes_and_signs_out(user: User) -> None:
    browser = Browser()
    answer = browser.sign_in()
    assert answer.json().keys() == {"access_seconds", "refresh_seconds", "csrf_token"}
    assert (answer.json()["access_seconds"], answer.json()["refresh_seconds"]) == (600, 86400)
    assert browser.send("me/", method="get").json()["email"] == "ann@example.com"
    assert browser.send("me/", {"first_name": "Anna"}, method="patch").status_code == 200
    masked = {"X-CSRFToken": answer.json()["csrf_token"]}
    assert browser.send("me/", {"first_name": "Ann"}, method="patch", csrf=False, **masked).status_code == 200

    before = browser.cookies["freehold_refresh"].value
    assert browser.send("auth/cookie/refresh/").status_code == 200
    assert browser.cookies["freehold_refresh"].value != before
    assert browser.send("me/", method="get").status_code == 200

    access = browser.cookies["freehold_access"].value
    assert browser.send("auth/cookie/logout/").status_code == 204
    assert browser.cookies["freehold_access"].value == browser.cookies["freehold_refresh"].value == ""
    browser.cookies["freehold_access"] = access
    assert browser.send("me/", method="get").status_code == 401
    assert not Session.objects.exists()


def test_no_script_reads_the_tokens_and_no_answer_shows_them(browser: Browser) -> None:
    answer = browser.sign_in()
    for name in ("freehold_access", "freehold_refresh"):
        cookie = browser.cookies[name]
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
        assert cookie.value not in answer.content.decode()
    assert not browser.cookies["csrftoken"]["httponly"]
    assert browser.cookies["csrftoken"]["samesite"] == "Lax"


def test_in_production_cookies_are_secure_and_of_this_host(user: User, settings: Any) -> None:
    settings.API_ACCESS_COOKIE, settings.API_REFRESH_COOKIE = "__Host-freehold_access", "__Host-freehold_refresh"
    settings.SESSION_COOKIE_SECURE = True
    browser = Browser()
    browser.sign_in()
    for name in ("__Host-freehold_access", "__Host-freehold_refresh"):
        cookie = browser.cookies[name]
        # What browsers ask of the prefix: a cookie that a subdomain planted is never taken for ours.
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")


def test_production_with_cookies_of_another_kind_does_not_start(settings: Any) -> None:
    assert check_cookies() == []
    settings.ENV = settings.ENV.model_copy(update={"mode": Mode.PRODUCTION})
    assert [problem.id for problem in check_cookies()] == ["api.E002"]


# --- writes without the CSRF token ---

WRITES = [
    ("me/", "patch", {"first_name": "Mallory"}, 200),
    ("auth/logout/", "post", None, 204),
    ("auth/cookie/refresh/", "post", None, 200),
    ("auth/cookie/logout/", "post", None, 204),
]


@pytest.mark.parametrize(("path", "method", "body", "_allowed"), WRITES)
def test_a_write_with_cookies_alone_is_refused(
    browser: Browser, path: str, method: str, body: Any, _allowed: int
) -> None:
    before = {name: cookie.value for name, cookie in browser.cookies.items()}
    for headers in ({}, {"X-CSRFToken": "x" * 32}, {"X-CSRFToken": ""}):
        assert browser.send(path, body, method=method, csrf=False, **headers).status_code == 403
    assert {name: cookie.value for name, cookie in browser.cookies.items()} == before
    assert browser.send("me/", method="get").json()["first_name"] != "Mallory"


@pytest.mark.parametrize(("path", "method", "body", "allowed"), WRITES)
@pytest.mark.usefixtures("without_csrf_check")
def test_control_without_the_check_cookies_alone_write(
    browser: Browser, path: str, method: str, body: Any, allowed: int
) -> None:
    assert browser.send(path, body, method=method, csrf=False).status_code == allowed


def test_a_bearer_token_needs_no_csrf_token_and_wins_over_cookies(browser: Browser, user: User) -> None:
    UserFactory(email="bob@example.com")
    pair = Browser().send("auth/login/", {"identifier": "bob@example.com", "password": PASSWORD}).json()
    bearer = {"Authorization": f"Bearer {pair['access']}"}
    changed = browser.send("me/", {"first_name": "Bob"}, method="patch", csrf=False, **bearer)
    assert (changed.status_code, changed.json()["email"]) == (200, "bob@example.com")
    # A dead bearer token is an error, not a reason to look at the cookies.
    assert browser.send("me/", method="get", Authorization="Bearer x").status_code == 401


def test_a_token_in_the_wrong_cookie_or_a_dead_one_is_nobody(browser: Browser) -> None:
    refresh = browser.cookies["freehold_refresh"].value
    for value in (refresh, "x", "", "a.b.c"):
        browser.cookies["freehold_access"] = value
        assert browser.send("me/", method="get").status_code == 401
        assert browser.send("search/", method="get").status_code != 401
    browser.cookies["freehold_refresh"] = "forged"
    answer = browser.send("auth/cookie/refresh/")
    assert answer.status_code == 401
    assert answer.cookies["freehold_refresh"].value == ""


# --- signing a visitor in as somebody else ---


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_no_other_origin_signs_a_visitor_in(user: User, origin: str) -> None:
    answer = Browser().send("auth/cookie/login/", CREDENTIALS, Origin=origin)
    assert answer.status_code == 403
    assert "freehold_access" not in answer.cookies
    assert not Session.objects.exists()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send_signs_nobody_in(user: User, content_type: str) -> None:
    answer = Browser().generic(
        "POST", "/api/v1/auth/cookie/login/", orjson.dumps(CREDENTIALS), content_type=content_type
    )
    assert answer.status_code == 403
    assert not answer.cookies


@pytest.mark.parametrize("origin", ["http://testserver", settings.SITE_URL])
def test_pages_of_this_site_sign_in(user: User, origin: str) -> None:
    assert Browser().send("auth/cookie/login/", CREDENTIALS, Origin=origin).status_code == 200


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_control_without_the_guard_other_origins_sign_a_visitor_in(
    user: User, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SameOriginJson, "has_permission", lambda *_: True)
    answer = Browser().send("auth/cookie/login/", CREDENTIALS, Origin=origin)
    assert answer.status_code == 200
    assert answer.cookies["freehold_access"].value


def test_signing_in_ends_who_was_there_and_makes_a_planted_csrf_token_void(browser: Browser) -> None:
    planted, access = browser.cookies["csrftoken"].value, browser.cookies["freehold_access"].value
    browser.sign_in()
    assert browser.cookies["csrftoken"].value != planted
    old = Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {access}"})
    assert old.status_code == 401
    assert Session.objects.count() == 1


# --- reading across origins ---


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_no_other_origin_reads_an_answer(browser: Browser, origin: str, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    for answer in (
        browser.send("me/", method="get", Origin=origin),
        browser.options("/api/v1/me/", headers={"Origin": origin, "Access-Control-Request-Method": "PATCH"}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["https://app.example.com.evil.example", "https://evilapp.example.com", "null"])
def test_neither_does_one_that_looks_like_a_listed_one(browser: Browser, origin: str, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    assert "Access-Control-Allow-Origin" not in browser.send("me/", method="get", Origin=origin).headers


def test_a_listed_origin_reads_with_a_bearer_token_but_never_with_cookies(browser: Browser, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    answer = browser.send("me/", method="get", Origin="https://app.example.com")
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_control_with_a_loose_list_every_origin_reads_with_cookies(browser: Browser, settings: Any) -> None:
    settings.CORS_ALLOW_ALL_ORIGINS = settings.CORS_ALLOW_CREDENTIALS = True
    answer = browser.send("me/", method="get", Origin="https://evil.example")
    assert answer["Access-Control-Allow-Origin"] == "https://evil.example"
    assert answer["Access-Control-Allow-Credentials"] == "true"
    # Which is why it does not start like this.
    assert [problem.id for problem in check_cookies()] == ["api.E001"]


# --- session fixation ---


def planted_session() -> str:
    """An attacker's own visit, whose key they put into the victim's browser."""
    attacker = Client()
    session = attacker.session
    session["seen"] = True
    session.save()
    return str(session.session_key)


def sign_in_with(key: str) -> Client:
    victim = Client()
    victim.cookies[settings.SESSION_COOKIE_NAME] = key
    victim.post("/accounts/login/", {"login": "ann@example.com", "password": PASSWORD})
    return victim


def is_signed_in(key: str) -> bool:
    attacker = Client()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = key
    return bool(attacker.get("/api/v1/me/").status_code == 200)


def test_a_planted_session_is_not_the_one_that_is_signed_in(user: User) -> None:
    key = planted_session()
    victim = sign_in_with(key)
    assert victim.cookies[settings.SESSION_COOKIE_NAME].value != key
    assert not is_signed_in(key)
    assert is_signed_in(victim.cookies[settings.SESSION_COOKIE_NAME].value)


def test_control_without_a_new_key_the_attacker_is_signed_in(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.contrib.sessions.backends.base.SessionBase.cycle_key", lambda self: None)
    key = planted_session()
    sign_in_with(key)
    assert is_signed_in(key)
