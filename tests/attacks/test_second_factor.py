"""The second factor under attack: the first one is known to the attacker in all of these."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import orjson
import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection
from django.test import Client

from freehold.accounts import factor_forms
from freehold.accounts.models import User
from freehold.core.ratelimit import Verdict
from freehold.core.secrets import seal
from tests.factories import PASSWORD, UserFactory
from tests.support.factors import App, give_app, recovery_codes

pytestmark = pytest.mark.django_db

Answer = tuple[int, dict[str, Any]]


@pytest.fixture
def ann() -> User:
    return UserFactory(email="ann@example.com")


@pytest.fixture
def app(ann: User) -> App:
    return give_app(ann)


def post(path: str, body: Any, bearer: str = "") -> Any:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return Client().post(f"/api/v1/{path}", orjson.dumps(body), content_type="application/json", headers=headers)


def code_of(response: Any) -> str:
    return str(response.json()["errors"][0]["code"])


def first_step() -> str:
    """With the right password: a pending token."""
    response = post("auth/login/", {"identifier": "ann@example.com", "password": PASSWORD})
    (error,) = response.json()["errors"]
    assert (response.status_code, error["code"], error["step"]) == (401, "further_step_required", "mfa_authenticate")
    return str(error["pending_token"])


def second_step(code: str, pending: str = "") -> Any:
    # Each request may meet another process, whose cache knows nothing.
    cache.clear()
    return post("auth/mfa/authenticate/", {"pending_token": pending or first_step(), "code": code})


def forget_guards(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("attempt", "consume"):
        monkeypatch.setattr(factor_forms, name, lambda **_: Verdict(allowed=True))


# --- a code that somebody looked at ----------------------------------------------------------------------


def test_a_code_of_the_app_is_good_once(app: App) -> None:
    code = app.code()
    assert second_step(code).status_code == 200
    again = second_step(code)
    assert (again.status_code, code_of(again)) == (401, "incorrect_code")
    spelled = second_step(f" {code[:3]}-{code[3:]} ")
    assert spelled.status_code == 401
    assert second_step(app.code(1)).status_code == 200


def test_control_without_the_guard_a_code_is_good_twice(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_guards(monkeypatch)
    code = app.code()
    assert [second_step(code).status_code for _ in range(2)] == [200, 200]


def test_the_code_that_activated_an_app_signs_nobody_in(ann: User) -> None:
    access = post("auth/login/", {"identifier": "ann@example.com", "password": PASSWORD}).json()["access"]
    assert post("auth/reauthenticate/", {"password": PASSWORD}, access).status_code == 204
    app = App(post("auth/mfa/totp/secret/", {}, access).json()["secret"])
    code = app.code()
    assert post("auth/mfa/totp/", {"code": code}, access).status_code == 201
    assert second_step(code).status_code == 401
    assert second_step(app.code(1)).status_code == 200


def test_an_old_code_is_refused(app: App) -> None:
    assert second_step(app.code(-3)).status_code == 401
    assert second_step(app.code(3)).status_code == 401


# --- guessing ---------------------------------------------------------------------------------------------


def test_five_wrong_codes_lock_the_second_step_and_the_right_one_does_not_open_it(app: App) -> None:
    wrong = app.wrong_code()
    pending = first_step()
    assert [second_step(wrong, pending).status_code for _ in range(5)] == [401] * 5
    locked = second_step(app.code(), pending)
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 60
    # A new sign-in is no new start.
    assert second_step(app.code()).status_code == 429


def test_control_without_the_guard_guesses_go_on(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_guards(monkeypatch)
    pending = first_step()
    assert {second_step(app.wrong_code(), pending).status_code for _ in range(12)} == {401}


def test_a_good_code_gives_the_tries_back(app: App) -> None:
    for steps in (-1, 0, 1):
        assert [second_step(app.wrong_code()).status_code for _ in range(4)] == [401] * 4
        assert second_step(app.code(steps)).status_code == 200


def test_guesses_are_locked_for_the_day_when_they_go_on_slowly(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factor_forms, "TRIES", factor_forms.Backoff(free=1_000))
    pending = first_step()
    statuses = [second_step(app.wrong_code(), pending).status_code for _ in range(factor_forms.TRIES_A_DAY.amount + 1)]
    assert statuses[-2:] == [401, 429]


def test_tries_are_shared_by_signing_in_and_stepping_up(ann: User, app: App) -> None:
    access = second_step(app.code()).json()["access"]
    for _ in range(5):
        assert post("auth/reauthenticate/", {"code": app.wrong_code()}, access).status_code == 400
    assert post("auth/reauthenticate/", {"code": app.code(1)}, access).status_code == 429
    assert second_step(app.code(1)).status_code == 429


# --- recovery codes ---------------------------------------------------------------------------------------


def test_a_recovery_code_is_good_once(ann: User, app: App) -> None:
    first, other, *_ = recovery_codes(ann)
    assert second_step(first).status_code == 200
    assert second_step(first).status_code == 401
    assert second_step(other).status_code == 200


def test_recovery_codes_of_before_are_void_after_a_renewal(ann: User, app: App) -> None:
    old = recovery_codes(ann)[0]
    access = second_step(app.code()).json()["access"]
    assert post("auth/reauthenticate/", {"password": PASSWORD}, access).status_code == 204
    new = post("auth/mfa/recovery-codes/", {}, access).json()["codes"]
    assert len(new) == 10
    assert second_step(old).status_code == 401
    assert second_step(new[0]).status_code == 200


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_requests_with_one_code_one_signs_in(ann: User, app: App) -> None:
    for code in (recovery_codes(ann)[0], app.code()):
        assert sorted(_at_once(second_step, [(code, first_step()) for _ in range(4)])) == [200, 401, 401, 401]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_five_are_looked_at(ann: User, app: App) -> None:
    pending = first_step()
    statuses = _at_once(second_step, [(app.wrong_code(), pending) for _ in range(16)])
    assert (statuses.count(401), statuses.count(429)) == (5, 11)


# --- going around the second step -------------------------------------------------------------------------


def test_the_pending_token_is_no_token(app: App) -> None:
    pending = first_step()
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {pending}"}).status_code == 401
    client = Client()
    client.cookies["sessionid"] = pending
    assert client.get("/api/v1/me/").status_code == 401
    assert post("auth/token/refresh/", {"refresh": pending}).status_code == 401


def test_a_pending_token_is_useless_once_it_was_used(app: App) -> None:
    pending = first_step()
    assert second_step(app.code(), pending).status_code == 200
    again = second_step(app.code(1), pending)
    assert (again.status_code, code_of(again)) == (401, "sign_in_expired")


@pytest.mark.parametrize("pending", ["", "forged", "gAAAAAB", "é", "x" * 501, None, 7])
def test_a_forged_pending_token_is_refused(app: App, pending: Any) -> None:
    response = post("auth/mfa/authenticate/", {"pending_token": pending, "code": app.code()})
    assert response.status_code in {400, 401}


def test_something_else_that_was_sealed_is_no_pending_token(app: App) -> None:
    assert code_of(second_step(app.code(), seal("anything"))) == "sign_in_expired"


def test_a_pending_sign_in_of_one_person_takes_no_code_of_another(app: App) -> None:
    UserFactory(email="eve@example.com")
    eve = give_app(User.objects.get(email="eve@example.com"))
    assert second_step(eve.code()).status_code == 401


def test_an_account_that_was_closed_meanwhile_is_not_opened(ann: User, app: App) -> None:
    pending = first_step()
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert code_of(second_step(app.code(), pending)) == "sign_in_expired"


def test_cookies_come_after_the_second_step_only_and_from_this_site_only(app: App) -> None:
    client = Client()
    first = client.post(
        "/api/v1/auth/cookie/login/",
        {"identifier": "ann@example.com", "password": PASSWORD},
        content_type="application/json",
    )
    assert (first.status_code, code_of(first)) == (401, "further_step_required")
    assert not [name for name in client.cookies if "token" in name or name == "sessionid"]
    body = {"pending_token": first.json()["errors"][0]["pending_token"], "code": app.code()}
    address = "/api/v1/auth/cookie/mfa/authenticate/"
    foreign = client.post(address, body, content_type="application/json", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    done = client.post(address, body, content_type="application/json")
    assert done.status_code == 200
    assert "access" not in done.json()
    assert client.get("/api/v1/me/").json()["email"] == "ann@example.com"


def test_a_page_that_needs_a_sign_in_stays_closed_between_the_steps(app: App) -> None:
    client = Client()
    answer = client.post("/accounts/login/", {"login": "ann@example.com", "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/trips/").status_code == 302
    assert client.get("/api/v1/me/").status_code == 401
    assert client.get("/accounts/2fa/trust/").status_code == 302


def test_a_forged_or_foreign_trust_cookie_skips_nothing(ann: User, app: App) -> None:
    client = Client()
    client.cookies["mfa_trusted"] = "W1siZmluZ2VycHJpbnQiLDFdXQ:forged"
    answer = client.post("/accounts/login/", {"login": "ann@example.com", "password": PASSWORD})
    assert answer["Location"] == "/accounts/2fa/authenticate/"


# --- changing factors with a session that somebody left open ----------------------------------------------

SENSITIVE: tuple[tuple[str, str], ...] = (
    ("post", "auth/mfa/totp/secret/"),
    ("post", "auth/mfa/totp/"),
    ("delete", "auth/mfa/totp/"),
    ("get", "auth/mfa/recovery-codes/"),
    ("post", "auth/mfa/recovery-codes/"),
    ("post", "auth/mfa/passkeys/options/"),
    ("post", "auth/mfa/passkeys/"),
    ("patch", "auth/mfa/passkeys/1/"),
    ("delete", "auth/mfa/passkeys/1/"),
)


@pytest.mark.parametrize(("method", "path"), SENSITIVE)
def test_an_open_session_changes_no_factor(ann: User, app: App, method: str, path: str) -> None:
    access = second_step(app.code()).json()["access"]
    for client in (_bearer(access), _browser(ann)):
        answer = client.generic(method.upper(), f"/api/v1/{path}", b"{}", content_type="application/json")
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["code"]) == (403, "reauthentication_required")
        assert error["methods"] == ["password", "code"]
    assert Authenticator.objects.filter(user=ann).count() == 2


def test_a_proof_of_five_minutes_ago_is_too_old(ann: User, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    access = second_step(app.code()).json()["access"]
    assert post("auth/reauthenticate/", {"password": PASSWORD}, access).status_code == 204
    assert _bearer(access).get("/api/v1/auth/mfa/recovery-codes/").status_code == 200
    monkeypatch.setattr("allauth.account.app_settings.REAUTHENTICATION_TIMEOUT", 0, raising=False)
    assert _bearer(access).get("/api/v1/auth/mfa/recovery-codes/").status_code == 403


def test_a_proof_counts_for_its_own_session_only(ann: User, app: App) -> None:
    mine, other = (second_step(app.code(steps)).json()["access"] for steps in (0, 1))
    assert post("auth/reauthenticate/", {"password": PASSWORD}, mine).status_code == 204
    assert _bearer(mine).get("/api/v1/auth/mfa/recovery-codes/").status_code == 200
    assert _bearer(other).get("/api/v1/auth/mfa/recovery-codes/").status_code == 403


def test_an_unconfirmed_address_takes_no_second_factor(ann: User) -> None:
    """Else a stranger could register somebody's address and keep its owner out for good."""
    ann.emailaddress_set.create(email=ann.email, verified=False, primary=True)
    access = post("auth/login/", {"identifier": "ann@example.com", "password": PASSWORD}).json()["access"]
    assert post("auth/reauthenticate/", {"password": PASSWORD}, access).status_code == 204
    refused = post("auth/mfa/totp/secret/", {}, access)
    assert (refused.status_code, code_of(refused)) == (409, "unverified_email")


# --- at rest ----------------------------------------------------------------------------------------------


def test_the_database_holds_no_secret_in_clear(ann: User, app: App) -> None:
    stored = " ".join(orjson.dumps(row.data).decode() for row in Authenticator.objects.filter(user=ann))
    assert app.secret not in stored
    assert all(code not in stored for code in recovery_codes(ann))


@pytest.mark.parametrize(
    "credential",
    [
        {"response": {}},
        {"id": 1, "rawId": [], "type": {}, "response": {"clientDataJSON": 5, "attestationObject": None}},
        {
            "id": "x",
            "rawId": "x",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "attestationObject": "x"},
        },
        {
            "id": "AA",
            "rawId": "AA",
            "type": "public-key",
            "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"},
        },
    ],
)
def test_nonsense_in_place_of_a_passkey_is_refused(ann: User, app: App, credential: dict[str, Any]) -> None:
    access = second_step(app.code()).json()["access"]
    assert post("auth/reauthenticate/options/", {}, access).status_code == 200
    assert post("auth/reauthenticate/", {"credential": credential}, access).status_code == 400
    assert post("auth/reauthenticate/", {"password": PASSWORD}, access).status_code == 204
    assert post("auth/mfa/passkeys/options/", {}, access).status_code == 200
    assert post("auth/mfa/passkeys/", {"credential": credential}, access).status_code == 400
    question = post("auth/passkey/options/", {}).json()
    answer = {"pending_token": question["pending_token"], "credential": credential}
    assert post("auth/passkey/login/", answer).status_code == 401
    pending = first_step()
    assert post("auth/mfa/authenticate/options/", {"pending_token": pending}).status_code == 200
    assert post("auth/mfa/authenticate/", {"pending_token": pending, "credential": credential}).status_code == 401


def _bearer(access: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {access}"})


def _browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _at_once(send: Callable[..., Any], calls: list[tuple[Any, ...]]) -> list[int]:
    start = Barrier(len(calls))

    def run(arguments: tuple[Any, ...]) -> int:
        try:
            start.wait(10)
            return int(send(*arguments).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))
