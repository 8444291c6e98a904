"""Guessing, keeping, swapping and flooding with one-time codes, and earning by the messages.

Each attack comes through HTTP; where its guard can be taken away, a control beside it shows that it then succeeds.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import Any

import orjson
import pytest
from django.db import connection, connections
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts import phone_codes
from freehold.accounts.models import PhoneCode, User
from freehold.accounts.phones import read_phone
from freehold.accounts.services.request_code import request_sign_in_code
from freehold.core import clock
from freehold.core.errors import TooManyRequests
from tests.factories import PASSWORD, UserFactory
from tests.support.factors import give_app
from tests.support.phones import code_for, codes_sent, let_cool_down, wrong

pytestmark = pytest.mark.django_db

PHONE = "+16175550123"
OTHER = "+16175550124"
AT_ONCE = 20


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard against guesses at one moment, taken away: rows are read and not locked."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The guesses that were compared with a code. Comparing takes a moment, so that guesses meet."""
    seen: list[str] = []
    compare = phone_codes.constant_time_compare

    def watch(code: str, guess: str) -> bool:
        seen.append(guess)
        time.sleep(0.01)
        return bool(compare(code, guess))

    monkeypatch.setattr(phone_codes, "constant_time_compare", watch)
    return seen


def post(path: str, body: Any, *, bearer: str = "", address: str = "198.51.100.7", **headers: str) -> Any:
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    return Client(REMOTE_ADDR=address).post(
        f"/api/v1/{path}", orjson.dumps(body), content_type="application/json", headers=headers
    )


def ask(phone: str = PHONE, **options: Any) -> Any:
    return post("auth/otp/request/", {"phone": phone}, **options)


def verify(code: str, phone: str = PHONE, **options: Any) -> Any:
    return post("auth/otp/verify/", {"phone": phone, "code": code}, **options)


def addresses(count: int) -> list[str]:
    return [f"203.0.{number // 250}.{number % 250 + 1}" for number in range(count)]


def neighbours(count: int, first: int = 0) -> Iterator[str]:
    """Numbers of one range, as somebody rents them who earns by text messages."""
    return (f"+1617555{number:04d}" for number in range(first, first + count))


def at_once(attempts: list[Callable[[], Any]]) -> list[Any]:
    """Every attempt in a thread of its own, from one starting line."""
    line = threading.Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            line.wait()
            return attempt()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(run, attempts))


def take(guess: str) -> bool:
    return phone_codes.take(phone=read_phone(PHONE), purpose=PhoneCode.Purpose.SIGN_IN, guess=guess)


# --- guessing ---


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_guesses_at_once_five_are_looked_at(looked_at: list[str]) -> None:
    ask()
    guess = wrong(code_for(PHONE))
    answers: Counter[int] = Counter()
    for some in batched(addresses(200), AT_ONCE, strict=True):
        answers.update(
            response.status_code
            for response in at_once([lambda address=address: verify(guess, address=address) for address in some])
        )
    assert answers == {401: phone_codes.MAX_TRIES, 429: 200 - phone_codes.MAX_TRIES}
    assert len(looked_at) == phone_codes.MAX_TRIES
    assert verify(code_for(PHONE)).status_code == 429
    assert not User.objects.exists()


@pytest.mark.parametrize("is_alive", [True, False])
def test_the_sixth_wrong_code_of_a_number_has_to_wait_whether_or_not_one_was_sent(is_alive: bool) -> None:
    if is_alive:
        ask()
    guess = wrong(code_for(PHONE)) if is_alive else "123456"
    answers = [verify(guess, address=address) for address in addresses(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert all(0 < int(answer["Retry-After"]) <= 60 for answer in answers[5:])
    # Another number is not kept from its code by it, and a new code buys no new guesses.
    assert verify(guess, OTHER).status_code == 401
    let_cool_down(PHONE)
    ask()
    assert verify(code_for(PHONE)).status_code == 429


def test_a_right_code_forgives_the_wrong_ones_before() -> None:
    for _ in range(2):
        let_cool_down(PHONE)
        ask()
        assert {verify(wrong(code_for(PHONE))).status_code for _ in range(4)} == {401}
        assert verify(code_for(PHONE)).status_code == 200


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_more_guesses_are_looked_at(looked_at: list[str], no_lock: None) -> None:
    """The control of the one before."""
    ask()
    guess = wrong(code_for(PHONE))
    at_once([lambda: take(guess)] * AT_ONCE)
    assert len(looked_at) > phone_codes.MAX_TRIES


def test_control_without_a_limit_of_tries_the_code_is_found_by_trying(monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    right = code_for(PHONE)
    guesses = [f"{number:06}" for number in range(20) if f"{number:06}" != right]
    assert not any(take(guess) for guess in guesses)
    assert not take(right)
    monkeypatch.setattr(phone_codes, "MAX_TRIES", 1_000_000)
    assert take(right)


def test_one_address_guesses_at_the_codes_of_many_numbers_for_a_while_only() -> None:
    phones = list(neighbours(10))
    for phone, address in zip(phones, addresses(10), strict=True):
        assert ask(phone, address=address).status_code == 202
    guesses = [verify(wrong(code_for(phone)), phone) for phone in phones for _ in range(4)]
    statuses = Counter(response.status_code for response in guesses)
    assert statuses == {401: 30, 429: 10}
    assert int(guesses[-1]["Retry-After"]) > 0
    # Somebody else is not kept from their code by it.
    assert verify(code_for(phones[0]), phones[0], address="198.51.100.9").status_code == 200


# --- using a code twice, late, or for something else ---


def test_a_code_is_good_once() -> None:
    ask()
    code = code_for(PHONE)
    assert [verify(code).status_code for _ in range(3)] == [200, 401, 401]


def test_control_where_a_used_code_is_kept_it_is_good_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ask()
    code = code_for(PHONE)
    monkeypatch.setattr(PhoneCode, "delete", lambda _row: None)
    assert [verify(code).status_code for _ in range(2)] == [200, 200]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_who_show_the_code_at_once_one_signs_in() -> None:
    ask()
    code = code_for(PHONE)
    answers = at_once([lambda address=address: verify(code, address=address) for address in addresses(8)])
    statuses = Counter(response.status_code for response in answers)
    assert statuses[200] == 1
    assert statuses[401] + statuses[429] == 7
    assert User.objects.count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_one_code_is_good_for_several(looked_at: list[str], no_lock: None) -> None:
    """The control of the one before."""
    ask()
    code = code_for(PHONE)
    assert sum(at_once([lambda: take(code)] * 8)) > 1


@pytest.fixture
def one_code_for_all(monkeypatch: pytest.MonkeyPatch) -> str:
    """Every code is the same: what keeps them apart is then only for what they were asked."""
    monkeypatch.setattr(phone_codes, "code_of", lambda _row_id: "123456")
    return "123456"


def signed_in(user: User) -> str:
    access = str(post("auth/login/", {"identifier": user.email, "password": PASSWORD}).json()["access"])
    assert post("auth/reauthenticate/", {"password": PASSWORD}, bearer=access).status_code == 204
    return access


def change(access: str, code: str) -> Any:
    return post("me/phone/verify/", {"phone": PHONE, "code": code}, bearer=access)


def test_a_code_of_another_number_person_or_purpose_is_none(one_code_for_all: str) -> None:
    code = one_code_for_all
    ann, bob = signed_in(UserFactory(email="ann@example.com")), signed_in(UserFactory(email="bob@example.com"))
    assert ask(OTHER).status_code == 202
    assert verify(code).status_code == 401, "asked for by another number"
    assert post("me/phone/", {"phone": PHONE}, bearer=ann).status_code == 202
    assert verify(code).status_code == 401, "asked for to change a number, not to sign in"
    assert change(bob, code).status_code == 400, "asked for by somebody else"
    let_cool_down(PHONE)
    assert ask().status_code == 202
    assert change(bob, code).status_code == 400, "asked for to sign in, not to change a number"
    # Each is good for what it was asked for.
    assert change(ann, code).status_code == 200
    assert verify(code, OTHER).status_code == 200


def test_codes_of_two_numbers_differ() -> None:
    """The other guard of the one before: a code follows from the row that it was sent for."""
    ask()
    ask(OTHER)
    assert code_for(PHONE) != code_for(OTHER) or verify(code_for(PHONE), OTHER).status_code == 200


def test_an_old_code_does_not_work_after_another_was_sent() -> None:
    ask()
    old = code_for(PHONE)
    let_cool_down(PHONE)
    ask()
    if old != code_for(PHONE):
        assert verify(old).status_code == 401
    assert verify(code_for(PHONE)).status_code == 200


# --- going around what comes after the code ---


def test_a_code_does_not_replace_the_second_factor() -> None:
    user = UserFactory(phone=PHONE, phone_verified_at=clock.now())
    app = give_app(user)
    ask()
    answer = verify(code_for(PHONE))
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["code"]) == (401, "further_step_required")
    assert "access" not in answer.json()
    done = post("auth/mfa/authenticate/", {"pending_token": problem["pending_token"], "code": app.code()})
    assert done.status_code == 200


def test_neither_on_the_pages() -> None:
    give_app(UserFactory(phone=PHONE, phone_verified_at=clock.now()))
    browser = Client()
    browser.post("/accounts/phone/", {"phone": PHONE, "next": "/trips/"})
    answer = browser.post("/accounts/phone/code/", {"code": code_for(PHONE)})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert browser.get("/trips/").status_code == 302


def test_a_session_that_somebody_planted_is_not_signed_in() -> None:
    browser = Client()
    browser.post("/accounts/phone/", {"phone": PHONE})
    planted = browser.cookies["sessionid"].value
    browser.post("/accounts/phone/code/", {"code": code_for(PHONE)})
    assert browser.get("/trips/").status_code == 200
    assert browser.cookies["sessionid"].value != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/trips/").status_code == 302


def test_asking_tells_nobody_who_is_known() -> None:
    UserFactory(phone=PHONE, phone_verified_at=clock.now())
    seen = []
    for phone in (PHONE, OTHER):
        with CaptureQueriesContext(connection) as statements:
            answer = ask(phone)
        seen.append((answer.status_code, answer.content.replace(phone.encode(), b""), len(statements)))
    assert seen[0] == seen[1]


# --- having messages sent ---


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_requests_for_one_number_at_once_one_is_sent() -> None:
    answers = at_once([lambda address=address: ask(address=address) for address in addresses(AT_ONCE)])
    assert Counter(response.status_code for response in answers) == {202: 1, 429: AT_ONCE - 1}
    assert all(0 < int(response["Retry-After"]) <= 60 for response in answers if response.status_code == 429)
    assert len(codes_sent()) == 1


def test_a_number_gets_five_messages_an_hour_however_patiently_one_asks() -> None:
    statuses = []
    for address in addresses(9):
        let_cool_down(PHONE)
        statuses.append(ask(address=address).status_code)
    assert statuses == [202] * 5 + [429] * 4
    assert len(codes_sent()) == 5


def test_without_the_budget_everybody_s_phone_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the two before, and of those behind."""
    monkeypatch.setattr(phone_codes, "spend", lambda **_: None)
    assert {ask(address=address).status_code for address in addresses(30)} == {202}
    assert {ask(phone).status_code for phone in neighbours(30)} == {202}
    assert len(codes_sent()) == 60


def test_one_address_gets_ten_messages_an_hour_whatever_it_claims_to_be(settings: Any) -> None:
    """X-Forwarded-For is the caller's invention where no proxy is counted."""
    asked = zip(neighbours(40), addresses(40), strict=True)
    statuses = Counter(ask(phone, **{"X-Forwarded-For": claim}).status_code for phone, claim in asked)
    assert statuses == {202: 10, 429: 30}
    # The control: a proxy that is counted vouches for what it appended.
    settings.TRUSTED_PROXIES = 1
    assert ask("+14155550199", **{"X-Forwarded-For": "203.0.113.9"}).status_code == 202


def test_an_ipv6_network_counts_as_one_address() -> None:
    statuses = [ask(phone, address=f"2001:db8::{at:x}").status_code for at, phone in enumerate(neighbours(12))]
    assert statuses == [202] * 10 + [429] * 2


def test_a_range_of_numbers_gets_twenty_messages_a_day_from_any_number_of_addresses() -> None:
    asked = zip(neighbours(120), addresses(120), strict=True)
    statuses = Counter(
        ask(phone, address=address, **{"X-Forwarded-For": address}).status_code for phone, address in asked
    )
    assert statuses == {202: 20, 429: 100}
    for phone, address in zip(neighbours(880, first=120), addresses(880), strict=True):
        with pytest.raises(TooManyRequests):
            request_sign_in_code(phone=phone, address=address)
    assert len(codes_sent()) == 20
    # Nobody else is kept from signing in.
    assert ask("+14155550199", address="198.51.100.9").status_code == 202


def test_a_country_and_the_day_have_their_budgets(settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"sms_per_country_day": 6, "sms_per_day": 9})
    phones = [f"+1617{area}0123" for area in range(555, 565)]
    assert [ask(phone, address=at).status_code for phone, at in zip(phones, addresses(10), strict=True)] == (
        [202] * 6 + [429] * 4
    )
    elsewhere = [f"+2547{number}345678" for number in range(10, 16)]
    assert [ask(phone, address=at).status_code for phone, at in zip(elsewhere, addresses(6), strict=True)] == (
        [202] * 3 + [429] * 3
    )
    assert len(codes_sent()) == 9


def test_asking_in_vain_uses_up_nobody_s_messages(settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"sms_per_day": 3})
    assert [ask(address=address).status_code for address in addresses(12)] == [202] + [429] * 11
    assert [ask(phone).status_code for phone in neighbours(3, first=500)] == [202, 202, 429]


def test_messages_that_are_answered_are_no_fraud() -> None:
    for phone, address in zip(neighbours(25), addresses(25), strict=True):
        assert ask(phone, address=address).status_code == 202
        assert verify(code_for(phone), phone, address=address).status_code == 200
