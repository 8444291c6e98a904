"""Accounts of the stays API: register, sign in, refresh, sign out, and who one is. Tokens live in cookies alone."""

import re
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client

import freehold.config.settings
from freehold.accounts.impersonating import is_personal
from freehold.accounts.models import User
from freehold.api import throttling
from tests.compat.stays.browser import Browser, only_error, signed_in
from tests.factories import PASSWORD, MembershipFactory, UserFactory
from tests.support.factors import give_app

pytestmark = pytest.mark.django_db

REGISTRATION = {"email": "ann@example.com", "password": PASSWORD, "first_name": "Ann", "last_name": "Lee"}
FOREIGN = ("https://evil.example", "null", "http://testserver.evil.example", "http://localhost:3000")
TOKENS = ("freehold_access", "freehold_refresh")


@pytest.fixture
def user() -> User:
    return UserFactory(email="ann@example.com", first_name="Ann", last_name="Lee")


@pytest.fixture
def browser(user: User) -> Browser:
    return signed_in(user)


# --- registering ---


def test_who_registers_can_sign_in_and_is_known_by_name() -> None:
    browser = Browser()
    answer = browser.send("post", "accounts/register/", REGISTRATION)
    assert answer.status_code == 201
    said = answer.json()
    assert said.pop("detail")
    assert said == {"email": "ann@example.com", "first_name": "Ann", "last_name": "Lee"}
    assert not answer.cookies
    assert browser.sign_in("ann@example.com").json()["user"]["first_name"] == "Ann"


def test_registering_an_address_twice_answers_the_same_and_changes_nothing(user: User) -> None:
    first = Browser().send("post", "accounts/register/", {**REGISTRATION, "email": "new@example.com"})
    again = Browser().send("post", "accounts/register/", {**REGISTRATION, "password": "another long sentence"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json().keys() == again.json().keys()
    assert again.json()["detail"] == first.json()["detail"]
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"password": "password"}, "password"),
        ({"password": "12345678"}, "password"),
        ({"password": ""}, "password"),
        ({"first_name": "A" * 101}, "first_name"),
        ({"last_name": 5}, "last_name"),
    ],
)
def test_a_weak_password_or_an_odd_field_is_refused_and_makes_nobody(changes: dict[str, Any], attr: str) -> None:
    answer = Browser().send("post", "accounts/register/", {**REGISTRATION, **changes})
    assert answer.status_code == 400
    assert {item["attr"] for item in answer.json()["errors"]} == {attr}
    assert not User.objects.exists()


def test_fields_that_are_not_known_are_left_aside() -> None:
    answer = Browser().send("post", "accounts/register/", {**REGISTRATION, "is_superuser": True, "terms": "yes"})
    assert answer.status_code == 201
    assert not User.objects.get().is_superuser


# --- signing in ---


def test_the_tokens_are_in_cookies_that_no_script_reads_and_in_no_body(user: User) -> None:
    browser = Browser()
    answer = browser.sign_in(user.email)
    person = {"id": user.serial, "email": "ann@example.com", "first_name": "Ann", "last_name": "Lee", "is_staff": False}
    assert answer.json() == {"detail": "Signed in.", "user": person}
    assert set(answer.cookies) == {*TOKENS, "csrftoken"}
    for name in TOKENS:
        cookie = answer.cookies[name]
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", "")
        assert cookie.value not in answer.content.decode()
    csrf = answer.cookies["csrftoken"]
    assert not csrf["httponly"]
    assert csrf["samesite"] == "Lax"
    assert csrf.value not in answer.content.decode()
    for path in ("accounts/token/refresh/", "accounts/logout/"):
        spoken = browser.send("post", path)
        assert set(spoken.json()) == {"detail"}


def test_the_cookies_last_as_long_as_the_tokens(user: User, settings: Any) -> None:
    answer = Browser().sign_in(user.email)
    lifetimes = settings.SIMPLE_JWT
    for name, lifetime in zip(TOKENS, ("ACCESS_TOKEN_LIFETIME", "REFRESH_TOKEN_LIFETIME"), strict=True):
        assert answer.cookies[name]["max-age"] == lifetimes[lifetime].total_seconds()


def test_in_production_all_cookies_are_secure_and_the_csrf_token_is_still_found_by_its_old_name(
    user: User, settings: Any
) -> None:
    in_production(settings)
    browser = Browser()
    answer = browser.sign_in(user.email)
    names = {f"__Host-{name}" for name in TOKENS}
    assert set(answer.cookies) == {*names, "__Host-csrftoken", "csrftoken"}
    for name, cookie in answer.cookies.items():
        assert (cookie["secure"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")
        assert bool(cookie["httponly"]) is (name in names)
    # What a page of an older client reads under the plain name is taken.
    assert browser.send("post", "accounts/token/refresh/", csrf=True).status_code == 200
    assert browser.send("post", "accounts/logout/").status_code == 200


def test_in_production_a_planted_csrf_cookie_of_the_plain_name_opens_nothing(user: User, settings: Any) -> None:
    in_production(settings)
    browser = signed_in(user)
    browser.cookies["csrftoken"] = "x" * CSRF_SECRET_LENGTH
    assert browser.send("post", "accounts/token/refresh/").status_code == 403


def in_production(settings: Any) -> None:
    """As the settings of production say: read from their text, because they only load in a whole environment."""
    text = Path(freehold.config.settings.__file__).with_name("production.py").read_text()
    said = dict(re.findall(r"^(\w+_COOKIE\w*) = (.+)$", text, re.MULTILINE))
    assert said.keys() >= {"SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_NAME", "API_ACCESS_COOKIE"}
    for name, value in said.items():
        setattr(settings, name, literal_eval(value))


@pytest.mark.parametrize(
    "credentials",
    [
        {"email": "ann@example.com", "password": "wrong"},
        {"email": "nobody@example.com", "password": PASSWORD},
    ],
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(user: User, credentials: dict[str, str]) -> None:
    answer = Browser().send("post", "accounts/token/", credentials)
    assert answer.status_code == 401
    assert only_error(answer)["code"] == "invalid_credentials"
    assert not set(answer.cookies) & set(TOKENS)


def test_a_second_factor_is_asked_for_before_any_cookie_is_given(user: User) -> None:
    app = give_app(user)
    refused = Browser().send("post", "accounts/token/", {"email": user.email, "password": PASSWORD})
    error = only_error(refused)
    assert (refused.status_code, error["code"]) == (401, "further_step_required")
    assert not set(refused.cookies) & set(TOKENS)
    browser = Browser()
    proof = {"pending_token": error["pending_token"], "code": app.code()}
    answer = browser.send("post", "v1/auth/cookie/mfa/authenticate/", proof)
    assert answer.status_code == 200, answer.content
    assert browser.send("get", "accounts/me/").json()["email"] == user.email


@pytest.mark.parametrize("body", [{}, {"email": "ann@example.com"}, {"email": "ann", "password": "x"}, [], "x"])
def test_what_is_no_e_mail_with_a_password_is_bad_input(user: User, body: Any) -> None:
    assert Browser().send("post", "accounts/token/", body).status_code == 400


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_origin_signs_a_visitor_in_not_even_a_listed_one(user: User, origin: str, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]
    credentials = {"email": user.email, "password": PASSWORD}
    answer = Browser().send("post", "accounts/token/", credentials, Origin=origin)
    assert answer.status_code == 403
    assert not set(answer.cookies) & set(TOKENS)
    assert not Session.objects.exists()


@pytest.mark.parametrize("origin", ["http://testserver", None])
def test_a_page_of_this_site_and_no_page_at_all_sign_in(user: User, origin: str | None) -> None:
    credentials = {"email": user.email, "password": PASSWORD}
    headers = {} if origin is None else {"Origin": origin}
    assert Browser().send("post", "accounts/token/", credentials, **headers).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send_signs_nobody_in(user: User, content_type: str) -> None:
    body = b'{"email": "ann@example.com", "password": "Correct-Horse-9"}'
    answer = Client().generic("POST", "/api/accounts/token/", body, content_type=content_type)
    assert answer.status_code == 403
    assert not answer.cookies


# --- with the cookies ---


def test_a_listed_origin_gets_no_answer_with_credentials(browser: Browser, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]
    answer = browser.send("get", "accounts/me/", Origin="http://localhost:3000")
    assert answer["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_who_is_signed_in_is_told_who_they_are_and_nobody_else_is(browser: Browser, user: User) -> None:
    answer = browser.send("get", "accounts/me/")
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["email"]) == (user.serial, user.email)
    assert Client().get("/api/accounts/me/").status_code == 401


def test_who_may_write_listings_is_called_staff() -> None:
    member = MembershipFactory(role="host")
    assert signed_in(member.user).send("get", "accounts/me/").json()["is_staff"] is True
    member.company.is_active = False
    member.company.save()
    assert signed_in(member.user).send("get", "accounts/me/").json()["is_staff"] is False


def test_refreshing_gives_new_cookies_and_ends_with_a_forged_one(browser: Browser) -> None:
    before = browser.cookies["freehold_refresh"].value
    assert browser.send("post", "accounts/token/refresh/").json() == {"detail": "Refreshed."}
    assert browser.cookies["freehold_refresh"].value != before
    assert browser.send("get", "accounts/me/").status_code == 200
    browser.cookies["freehold_refresh"] = "forged"
    refused = browser.send("post", "accounts/token/refresh/")
    assert (refused.status_code, only_error(refused)["code"]) == (401, "invalid_token")
    assert refused.cookies["freehold_refresh"].value == ""


def test_signing_out_clears_the_cookies_and_voids_the_tokens(browser: Browser) -> None:
    access = browser.access
    answer = browser.send("post", "accounts/logout/")
    assert (answer.status_code, answer.json()) == (200, {"detail": "Signed out."})
    assert browser.cookies["freehold_access"].value == browser.cookies["freehold_refresh"].value == ""
    assert not Session.objects.exists()
    browser.cookies["freehold_access"] = access
    assert browser.send("get", "accounts/me/").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "accounts/token/refresh/"),
        ("post", "accounts/logout/"),
        ("post", "stay/bookings/"),
        ("delete", "stay/bookings/1/"),
        ("post", "stay/listings/"),
        ("put", "stay/listings/1/"),
        ("delete", "stay/listings/1/"),
    ],
)
def test_a_write_with_cookies_alone_is_refused(browser: Browser, method: str, path: str) -> None:
    before = {name: cookie.value for name, cookie in browser.cookies.items()}
    for headers in ({}, {"X-CSRFToken": "x" * CSRF_SECRET_LENGTH}, {"X-CSRFToken": ""}):
        assert browser.send(method, path, {}, csrf=False, **headers).status_code == 403
    assert {name: cookie.value for name, cookie in browser.cookies.items()} == before
    assert browser.send("get", "accounts/me/").status_code == 200


def test_who_acts_as_somebody_does_not_use_their_way_in() -> None:
    for path in ("register", "token", "token/refresh", "logout"):
        assert is_personal("POST", f"/api/accounts/{path}/")
    assert not is_personal("GET", "/api/accounts/me/")


@pytest.mark.parametrize("path", ["accounts/register/", "accounts/token/"])
def test_too_much_is_429_and_says_when_to_come_back(path: str, settings: Any) -> None:
    settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS, "register": "2/60s", "sign_in": "2/60s"}
    throttling.limit_of.cache_clear()
    try:
        answers = [Browser().send("post", path, REGISTRATION) for _ in range(3)]
    finally:
        throttling.limit_of.cache_clear()
    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert int(answers[-1]["Retry-After"]) > 0
