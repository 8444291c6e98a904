"""Guessing passwords, from one place and from many, and keeping the owner out by guessing.

Each attack has a control beside it: with its guard switched off it succeeds.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import orjson
import pytest
from allauth.core.internal import ratelimit as library
from django.core.cache import cache
from django.db import connection
from django.test import Client

from freehold.accounts import guessing, library_limits
from freehold.accounts.mails import compose
from freehold.accounts.models import KnownAddress, User
from freehold.core.ratelimit import Backoff
from tests.apps.accounts.conftest import mails
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

__all__ = ["mails"]

HOME = "198.51.100.7"
NO_LIMIT = Backoff(free=1_000_000)


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any) -> None:
    """One trusted proxy, so that tests can come from anywhere."""
    settings.TRUSTED_PROXIES = 1


@pytest.fixture
def ann() -> User:
    return UserFactory(email="ann@example.com", username="ann.example", phone="+14155550100")


def sign_in(identifier: str = "ann@example.com", password: str = "nonsense", *, ip: str, client: Any = None) -> Any:
    return (client or Client()).post(
        "/api/v1/auth/login/",
        orjson.dumps({"identifier": identifier, "password": password}),
        content_type="application/json",
        headers={"X-Forwarded-For": ip},
    )


def on_the_page(client: Client, password: str = PASSWORD, *, ip: str, login: str = "ann@example.com") -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password}, headers={"X-Forwarded-For": ip})


def strangers(count: int) -> list[str]:
    return [f"203.0.{number // 250}.{number % 250 + 1}" for number in range(count)]


def guesses(attempt: Callable[[str], Any], addresses: list[str]) -> Counter[int]:
    return Counter(attempt(ip).status_code for ip in addresses)


def a_pause_ends() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_ratecounter SET opens_at = clock_timestamp() WHERE opens_at IS NOT NULL")


# --- who is asking ---


def test_an_address_that_the_caller_writes_is_not_counted(ann: User, settings: Any) -> None:
    """The proxy appends the real one on the right; everything left of it is the caller's invention."""
    invented = [f"{ip}, {HOME}" for ip in strangers(8)]
    assert guesses(lambda ip: sign_in(ip=ip), invented) == {401: 5, 429: 3}
    settings.TRUSTED_PROXIES = 0
    assert guesses(lambda ip: sign_in("bob@example.com", ip=ip), strangers(8)) == {401: 5, 429: 3}


def test_control_counting_one_proxy_too_many_believes_the_caller(ann: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    invented = [f"{ip}, {HOME}" for ip in strangers(8)]
    assert guesses(lambda ip: sign_in(ip=ip), invented) == {401: 8}


def test_the_addresses_of_one_ipv6_network_are_one(ann: User) -> None:
    addresses = [f"2001:db8:1:2::{number:x}" for number in range(1, 9)]
    assert guesses(lambda ip: sign_in(ip=ip), addresses) == {401: 5, 429: 3}


# --- one account ---


def test_a_burst_from_one_address_gets_five_guesses_then_pauses_that_grow(ann: User) -> None:
    assert guesses(lambda ip: sign_in(ip=ip), [HOME] * 8) == {401: 5, 429: 3}
    pauses = []
    for _ in range(6):
        refused = sign_in(ip=HOME)
        pauses.append(-(-int(refused["Retry-After"]) // 60))
        a_pause_ends()
        assert sign_in(ip=HOME).status_code == 401
    assert pauses == [1, 2, 4, 8, 15, 15]


def test_a_person_s_three_names_are_one_account(ann: User) -> None:
    names = ["ann@example.com", "ANN.example", "+1 415 555 0100"] * 3
    assert Counter(sign_in(name, ip=HOME).status_code for name in names) == {401: 5, 429: 4}


def test_guessing_one_password_from_many_addresses_gets_twenty_guesses(ann: User) -> None:
    assert guesses(lambda ip: sign_in(ip=ip), strangers(40)) == {401: 20, 429: 20}
    assert sign_in(password=PASSWORD, ip="203.0.113.99").status_code == 429


def test_control_without_the_account_s_own_limit_each_address_gets_its_guess(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guessing, "PER_ACCOUNT", NO_LIMIT)
    assert guesses(lambda ip: sign_in(ip=ip), strangers(40)) == {401: 40}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_sixty_four_at_once_from_as_many_addresses_get_exactly_twenty_guesses(ann: User) -> None:
    barrier = Barrier(64)

    def guess(ip: str) -> int:
        try:
            barrier.wait()
            return int(sign_in(ip=ip).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        assert Counter(pool.map(guess, strangers(64))) == {401: 20, 429: 44}


# --- all accounts ---


def test_trying_leaked_passwords_of_many_people_from_many_addresses_hits_one_cap(settings: Any, ann: User) -> None:
    settings.SIGN_IN_FAILURES_EVERYWHERE = "30/60s"
    assert sign_in(password=PASSWORD, ip=HOME).status_code == 200
    people = iter(range(100))
    assert guesses(lambda ip: sign_in(f"person{next(people)}@example.com", ip=ip), strangers(50)) == {401: 30, 429: 20}
    assert sign_in(password=PASSWORD, ip="203.0.113.99").status_code == 429
    assert sign_in(password=PASSWORD, ip=HOME).status_code == 200


def test_control_without_the_cap_all_of_them_are_tried() -> None:
    people = iter(range(100))
    assert guesses(lambda ip: sign_in(f"person{next(people)}@example.com", ip=ip), strangers(50)) == {401: 50}


def test_one_address_gets_twenty_guesses_a_minute_whatever_the_accounts() -> None:
    people = iter(range(100))
    assert guesses(lambda ip: sign_in(f"person{next(people)}@example.com", ip=ip), [HOME] * 30) == {401: 20, 429: 10}


def test_signing_in_well_is_never_counted(settings: Any, ann: User) -> None:
    settings.SIGN_IN_FAILURES_EVERYWHERE = "5/60s"
    assert guesses(lambda ip: sign_in(password=PASSWORD, ip=ip), strangers(30)) == {200: 30}
    assert guesses(lambda ip: sign_in(password=PASSWORD, ip=ip), [HOME] * 30) == {200: 30}


# --- keeping the owner out ---


def under_attack() -> None:
    """Somebody guesses from everywhere, and takes every guess that a pause leaves."""
    for ip in strangers(30):
        sign_in(ip=ip)
    for ip in strangers(6):
        a_pause_ends()
        sign_in(ip=ip)


def test_an_attack_does_not_keep_the_owner_out_at_home(ann: User) -> None:
    assert sign_in(password=PASSWORD, ip=HOME).status_code == 200
    under_attack()
    assert sign_in(password=PASSWORD, ip=HOME).status_code == 200
    assert sign_in(password=PASSWORD, ip="203.0.113.99").status_code == 429


def test_control_an_owner_whose_address_is_forgotten_waits_like_a_stranger(ann: User) -> None:
    assert sign_in(password=PASSWORD, ip=HOME).status_code == 200
    KnownAddress.objects.all().delete()
    under_attack()
    assert sign_in(password=PASSWORD, ip=HOME).status_code == 429


def test_the_owner_s_own_browser_is_known_wherever_it_goes(ann: User) -> None:
    browser = Client()
    assert on_the_page(browser, ip=HOME).status_code == 302
    cookie = browser.cookies["known_device"]
    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")
    browser.post("/accounts/logout/")
    under_attack()
    assert on_the_page(browser, ip="192.0.2.200").status_code == 302
    assert on_the_page(Client(), ip="192.0.2.201").status_code == 429


def test_the_cookie_of_somebody_else_s_browser_opens_nothing(ann: User) -> None:
    UserFactory(email="mallory@example.com")
    browser = Client()
    assert on_the_page(browser, ip=HOME, login="mallory@example.com").status_code == 302
    browser.post("/accounts/logout/")
    under_attack()
    assert on_the_page(browser, ip="192.0.2.200").status_code == 429
    browser.cookies["known_device"] = browser.cookies["known_device"].value[:-2] + "xx"
    assert on_the_page(browser, ip="192.0.2.200", login="mallory@example.com").status_code == 302


def test_a_known_place_is_no_place_to_guess_from(ann: User) -> None:
    assert sign_in(password=PASSWORD, ip=HOME).status_code == 200
    assert guesses(lambda ip: sign_in(ip=ip), [HOME] * 8) == {401: 5, 429: 3}


def test_whoever_resets_the_password_by_mail_is_let_in_where_they_are(ann: User, mails: Any) -> None:
    ann.emailaddress_set.create(email="ann@example.com", verified=True, primary=True)
    under_attack()
    headers = {"X-Forwarded-For": "192.0.2.50"}
    Client().post("/accounts/password/reset/", {"email": "ann@example.com"}, headers=headers)
    mail = compose(mails[-1])
    assert mail is not None
    key = mail.context["password_reset_url"].partition("/auth/reset/")[2]
    answer = Client().post(
        "/api/v1/auth/password/reset/confirm/",
        {"key": key, "password": "Replaced-Horse-9"},
        content_type="application/json",
        headers=headers,
    )
    assert answer.status_code == 204
    under_attack()
    assert sign_in(password="Replaced-Horse-9", ip="192.0.2.50").status_code == 200


def test_what_is_kept_of_an_address_does_not_tell_it_and_goes_after_months(ann: User) -> None:
    sign_in(password=PASSWORD, ip=HOME)
    kept = KnownAddress.objects.get()
    assert HOME not in kept.address_hash
    assert guessing.forget_old_addresses() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_knownaddress SET seen_at = seen_at - interval '181 days'")
    assert guessing.forget_old_addresses() == 1


# --- the pages ---


def test_the_page_says_so_in_the_site_s_design_and_when_to_come_back(ann: User) -> None:
    for _ in range(5):
        assert on_the_page(Client(), "nonsense", ip=HOME).status_code == 200
    refused = on_the_page(Client(), ip=HOME)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    text = refused.content.decode()
    assert "A little slower, please" in text
    assert "Please try again in" in text


def reset(number: int) -> int:
    answer = Client().post(
        "/accounts/password/reset/", {"email": f"person{number}@example.com"}, headers={"X-Forwarded-For": HOME}
    )
    if answer.status_code == 429:
        assert 0 < int(answer["Retry-After"]) <= 60
    return int(answer.status_code)


@pytest.fixture
def five_resets(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "reset_password": "5/m/ip"}


def in_processes_of_their_own(count: int) -> Counter[int]:
    """Each request meets an empty cache, as it would in another process."""
    answers: Counter[int] = Counter()
    for number in range(count):
        cache.clear()
        answers[reset(number)] += 1
    return answers


def test_the_library_s_limits_hold_for_all_processes_together(five_resets: None) -> None:
    assert in_processes_of_their_own(12) == {302: 5, 429: 7}


def test_control_counted_by_the_library_itself_each_process_lets_five_in(
    five_resets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_itself(request: Any, *, rate: Any, **rest: Any) -> Any:
        key = library.get_cache_key(
            request, app=rest["app"], action=rest["action"], rate=rate, key=rest["key"], user=rest["user"]
        )
        allowed, history = library.apply_rate(cache.get(key, []), 1.0, rate)
        cache.set(key, history)
        return library.SingleRateLimitUsage(key, rate.duration, 1.0) if allowed else None

    monkeypatch.setattr(library, "_consume_single_rate", by_itself)
    assert in_processes_of_their_own(12) == {302: 12}


def test_the_library_s_counting_is_replaced() -> None:
    assert library._consume_single_rate is library_limits._consume
    assert library.clear is library_limits._clear
