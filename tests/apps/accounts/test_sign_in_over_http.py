"""Registering, signing in and out, tokens and their end, as a program sees it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from freehold.accounts.checks import check_no_demo_accounts
from freehold.accounts.mails import compose
from freehold.accounts.models import User
from freehold.accounts.services.seed_demo_users import DemoUser, seed_demo_users
from freehold.config.env import Mode
from freehold.core import clock
from tests.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return UserFactory(
        email="ann@example.com", username="Ann.Example", phone="+14155550100", phone_verified_at=clock.now()
    )


@pytest.fixture
def pair(call: Any, user: User) -> dict[str, str]:
    return sign_in(call)


def sign_in(call: Any, identifier: str = "ann@example.com", password: str = PASSWORD) -> dict[str, str]:
    response = call("auth/login/", {"identifier": identifier, "password": password})
    assert response.status_code == 200, response.content
    tokens: dict[str, str] = response.json()
    assert set(tokens) == {"access", "refresh"}
    return tokens


def code(response: Any) -> str:
    return str(response.json()["errors"][0]["code"])


def test_a_new_person_registers_signs_in_and_is_known(call: Any, mails: Any) -> None:
    response = call("auth/register/", {"email": "New@Example.com", "password": "Correct-Horse-9"})
    assert response.status_code == 201
    assert "access" not in response.json()
    tokens = sign_in(call, "new@example.com")
    me = call("me/", method="get", bearer=tokens["access"]).json()
    assert me["email"] == "new@example.com"
    assert me["is_email_verified"] is False
    assert [(mail.mail, mail.to) for mail in mails] == [("email_confirmation_signup", "new@example.com")]


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Nine-Char", "password_too_short"),
        ("password123", "password_too_common"),
        ("new.person@example", "password_too_similar"),
        ("4729104857", "password_entirely_numeric"),
    ],
)
def test_a_weak_password_makes_no_account(call: Any, password: str, reason: str) -> None:
    response = call("auth/register/", {"email": "new.person@example.com", "password": password})
    assert response.status_code == 400
    assert reason in {error["code"] for error in response.json()["errors"]}
    assert not User.objects.filter(email="new.person@example.com").exists()


def test_registering_a_known_address_answers_the_same_and_tells_its_owner(call: Any, user: User, mails: Any) -> None:
    fresh = call("auth/register/", {"email": "fresh@example.com", "password": "Another-Horse-9"})
    known = call("auth/register/", {"email": "ANN@example.com", "password": "Another-Horse-9"})
    assert (fresh.status_code, fresh.content) == (known.status_code, known.content)
    assert mails[-1].mail == "account_already_exists"
    sign_in(call)
    assert code(call("auth/login/", {"identifier": "ann@example.com", "password": "Another-Horse-9"})) == (
        "invalid_credentials"
    )


@pytest.mark.parametrize("password", ["short", "password123", "12345678901", "x" * 1025, "", None, 5])
def test_a_bad_password_is_refused_at_registration(call: Any, password: Any) -> None:
    response = call("auth/register/", {"email": "new@example.com", "password": password})
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "password"
    assert not User.objects.exists()


def test_fields_that_nobody_may_set_are_refused(call: Any) -> None:
    for name in ("is_staff", "is_superuser", "is_demo", "username", "id"):
        response = call("auth/register/", {"email": "new@example.com", "password": PASSWORD, name: True})
        assert (response.status_code, code(response)) == (400, "unknown_field")


@pytest.mark.parametrize(
    "identifier", ["ann@example.com", " ANN@Example.com ", "ann.example", "ANN.EXAMPLE", "+1 415 555 0100"]
)
def test_every_identifier_signs_in(call: Any, user: User, identifier: str) -> None:
    sign_in(call, identifier)


def test_unknown_people_and_wrong_passwords_get_the_same_answer(call: Any, user: User) -> None:
    wrong = call("auth/login/", {"identifier": "ann@example.com", "password": "nonsense"})
    unknown = call("auth/login/", {"identifier": "nobody@example.com", "password": "nonsense"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.content == unknown.content


class CountingHasher(MD5PasswordHasher):
    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashed += 1
        return str(super().encode(password, salt))


def test_the_unknown_and_the_wrong_take_as_long(call: Any, user: User, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    user.set_password(PASSWORD)
    user.save()
    attempts = {
        "wrong": ("auth/login/", {"identifier": "ann@example.com", "password": "nonsense"}),
        "wrong username": ("auth/login/", {"identifier": "ann.example", "password": "nonsense"}),
        "unknown": ("auth/login/", {"identifier": "nobody@example.com", "password": "nonsense"}),
        "unknown username": ("auth/login/", {"identifier": "nobody", "password": "nonsense"}),
        "unknown phone": ("auth/login/", {"identifier": "+14155550199", "password": "nonsense"}),
        "register new": ("auth/register/", {"email": "new@example.com", "password": PASSWORD}),
        "register known": ("auth/register/", {"email": "ann@example.com", "password": PASSWORD}),
    }
    counted = {}
    for name, (path, body) in attempts.items():
        CountingHasher.hashed = 0
        call(path, body)
        counted[name] = CountingHasher.hashed
    assert counted == dict.fromkeys(attempts, 1)


def test_the_sixth_failure_in_five_minutes_is_429_even_with_the_right_password(call: Any, user: User) -> None:
    for _ in range(5):
        assert call("auth/login/", {"identifier": "Ann@example.com", "password": "nonsense"}).status_code == 401
    response = call("auth/login/", {"identifier": "ann@example.com", "password": PASSWORD})
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 300


def test_signing_in_often_is_no_failure(call: Any, user: User) -> None:
    for _ in range(8):
        sign_in(call)


def test_a_closed_account_cannot_sign_in(call: Any, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    response = call("auth/login/", {"identifier": "ann@example.com", "password": PASSWORD})
    assert (response.status_code, code(response)) == (401, "account_inactive")


def test_signing_in_leaves_the_browser_of_the_caller_alone(user: User) -> None:
    browser = Client()
    browser.force_login(UserFactory(email="bob@example.com"))
    before = browser.cookies["sessionid"].value
    response = browser.post(
        "/api/v1/auth/login/",
        {"identifier": "ann@example.com", "password": PASSWORD},
        content_type="application/json",
    )
    assert response.status_code == 200
    assert not response.cookies
    assert browser.cookies["sessionid"].value == before
    assert browser.get("/api/v1/me/").json()["email"] == "bob@example.com"


def test_without_or_with_a_broken_token_nobody_is_known(call: Any, pair: dict[str, str]) -> None:
    assert code(call("me/", method="get")) == "not_authenticated"
    for bad in ("x", pair["access"] + "x", pair["refresh"], "", "a b"):
        response = call("me/", method="get", Authorization=f"Bearer {bad}")
        assert response.status_code == 401, bad
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_forged_tokens_are_refused(call: Any, pair: dict[str, str], user: User) -> None:
    claims = jwt.decode(pair["access"], options={"verify_signature": False})
    key = settings.SIMPLE_JWT["SIGNING_KEY"]
    forged = [
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"),
        jwt.encode(claims, key, algorithm="HS512"),
        jwt.encode({**claims, "aud": "other"}, key, algorithm="HS256"),
        jwt.encode({**claims, "iss": "https://evil.example"}, key, algorithm="HS256"),
        jwt.encode({**claims, "exp": 1}, key, algorithm="HS256"),
        jwt.encode({**claims, "sub": str(UserFactory().pk)}, key, algorithm="HS256"),
        jwt.encode({**claims, "sid": "AAAA"}, key, algorithm="HS256"),
        jwt.encode({name: value for name, value in claims.items() if name != "sid"}, key, algorithm="HS256"),
    ]
    for token in forged:
        assert call("me/", method="get", bearer=token).status_code == 401
    assert call("me/", method="get", bearer=jwt.encode(claims, key, algorithm="HS256")).status_code == 200


def test_a_token_shows_no_session_key(pair: dict[str, str]) -> None:
    claims = jwt.decode(pair["access"], options={"verify_signature": False})
    keys = Session.objects.values_list("session_key", flat=True)
    assert keys
    assert all(key not in str(claims) for key in keys)


def test_signing_out_ends_access_and_refresh_at_once(call: Any, pair: dict[str, str]) -> None:
    other = sign_in(call)
    assert call("auth/logout/", bearer=pair["access"]).status_code == 204
    assert call("me/", method="get", bearer=pair["access"]).status_code == 401
    assert call("auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert call("me/", method="get", bearer=other["access"]).status_code == 200


def test_closing_the_account_ends_its_tokens_at_once(call: Any, pair: dict[str, str], user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert call("me/", method="get", bearer=pair["access"]).status_code == 401
    assert call("auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_changing_the_password_ends_all_tokens(call: Any, pair: dict[str, str], user: User) -> None:
    user.set_password("Changed-Horse-9")
    user.save()
    assert call("me/", method="get", bearer=pair["access"]).status_code == 401
    assert call("auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401


def test_a_refresh_gives_new_tokens_and_verify_knows_the_good_ones(call: Any, pair: dict[str, str]) -> None:
    new = call("auth/token/refresh/", {"refresh": pair["refresh"]}).json()
    assert call("me/", method="get", bearer=new["access"]).status_code == 200
    for token in new.values():
        assert call("auth/token/verify/", {"token": token}).status_code == 200
    for token in (pair["refresh"], "x"):
        assert call("auth/token/verify/", {"token": token}).status_code == 401


def test_showing_a_used_refresh_token_ends_the_family(call: Any, pair: dict[str, str]) -> None:
    new = call("auth/token/refresh/", {"refresh": pair["refresh"]}).json()
    assert call("auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert call("me/", method="get", bearer=new["access"]).status_code == 401
    assert call("auth/token/refresh/", {"refresh": new["refresh"]}).status_code == 401


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_forty_refreshes_at_once_one_succeeds_and_the_family_is_over(call: Any, pair: dict[str, str]) -> None:
    barrier = Barrier(40)

    def refresh(_: int) -> int:
        try:
            barrier.wait()
            return int(call("auth/token/refresh/", {"refresh": pair["refresh"]}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(40) as pool:
        statuses = list(pool.map(refresh, range(40)))
    assert statuses.count(200) == 1
    assert statuses.count(401) == 39
    # The 39 showed a used token: the family is over, and who got the new tokens signs in again as well.
    assert call("me/", method="get", bearer=pair["access"]).status_code == 401
    assert not Session.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_registrations_of_one_address_at_once_make_one_account(call: Any) -> None:
    barrier = Barrier(12)

    def register(number: int) -> tuple[int, bytes]:
        try:
            barrier.wait()
            response = call("auth/register/", {"email": "new@example.com", "password": f"Correct-Horse-{number}"})
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        answers = set(pool.map(register, range(12)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert User.objects.filter(email="new@example.com").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_thirty_wrong_passwords_at_once_five_are_looked_at(call: Any, user: User) -> None:
    barrier = Barrier(30)

    def guess(_: int) -> int:
        try:
            barrier.wait()
            return int(call("auth/login/", {"identifier": "ann@example.com", "password": "guess"}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(guess, range(30)))
    # Twenty from one address reach the account's own limit of five.
    assert statuses.count(401) == 5
    assert statuses.count(429) == 25


def test_a_forgotten_password_is_replaced_by_link_once(call: Any, user: User, pair: dict[str, str], mails: Any) -> None:
    known = call("auth/password/reset/", {"email": "ann@example.com"}, Host="localhost")
    unknown = call("auth/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert known.status_code == 202
    assert [mail.mail for mail in mails] == ["password_reset_key"] * 2
    assert compose(mails[1]) is None

    mail = compose(mails[0])
    assert mail is not None
    link = mail.context["password_reset_url"]
    assert link.startswith(settings.SITE_URL + "/auth/reset/")
    assert link.rstrip("/").rpartition("/")[2] not in str(mails[0].to_payload())
    key = link.partition("/auth/reset/")[2]

    confirm = {"key": key, "password": "Replaced-Horse-9"}
    assert call("auth/password/reset/confirm/", {**confirm, "password": "short"}).status_code == 400
    assert call("auth/password/reset/confirm/", confirm).status_code == 204
    assert code(call("auth/password/reset/confirm/", confirm)) == "invalid_key"
    assert call("me/", method="get", bearer=pair["access"]).status_code == 401
    sign_in(call, password="Replaced-Horse-9")


@pytest.mark.parametrize("key", ["x", "x-y", "-", "0" * 32 + "-abc-def", "ü-ü", "../..", "a" * 200])
def test_keys_that_were_never_mailed_are_refused(call: Any, key: str) -> None:
    response = call("auth/password/reset/confirm/", {"key": key, "password": "Replaced-Horse-9"})
    assert (response.status_code, code(response)) == (400, "invalid_key")


def test_one_mailbox_gets_no_more_than_five_mails_of_a_kind(call: Any, user: User, mails: Any) -> None:
    answers = {call("auth/password/reset/", {"email": "ann@example.com"}).content for _ in range(9)}
    assert len(mails) == 5
    assert len(answers) == 1


def test_a_profile_is_changed_by_its_owner_within_limits(call: Any, pair: dict[str, str], user: User) -> None:
    MembershipFactory(user=user)
    changed = call("me/", {"first_name": "Anna", "time_zone": "Europe/Paris"}, method="patch", bearer=pair["access"])
    assert changed.status_code == 200
    assert changed.json()["first_name"] == "Anna"
    assert [company["role"] for company in changed.json()["companies"]] == ["host"]
    for body in ({"time_zone": "Mars/Base"}, {"email": "x@example.com"}, {"is_staff": True}, {"first_name": "x" * 101}):
        assert call("me/", body, method="patch", bearer=pair["access"]).status_code == 400


def test_demonstration_accounts_sign_in_here_but_never_in_production(call: Any, settings: Any) -> None:
    people = [DemoUser(email="admin@example.com", password="Admin123!", is_staff=True)]
    seed_demo_users(people)
    seed_demo_users(people)
    access = sign_in(call, "admin@example.com", "Admin123!")["access"]
    assert call("me/", method="get", bearer=access).json()["is_email_verified"] is True
    assert check_no_demo_accounts(databases=["default"]) == []

    settings.ENV = settings.ENV.model_copy(update={"mode": Mode.PRODUCTION})
    assert call("me/", method="get", bearer=access).status_code == 401
    assert call("auth/login/", {"identifier": "admin@example.com", "password": "Admin123!"}).status_code == 401
    assert [problem.id for problem in check_no_demo_accounts(databases=["default"])] == ["accounts.E004"]
    with pytest.raises(RuntimeError):
        seed_demo_users(people)


def test_a_demonstration_account_never_takes_over_a_real_one(user: User) -> None:
    with pytest.raises(RuntimeError):
        seed_demo_users([DemoUser(email="Ann@example.com", password="Admin123!")])
