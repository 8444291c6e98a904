"""Bearer tokens that are forged, stolen, shown twice or kept too long."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.tokens import AccessToken, Token

from freehold.accounts import tokens
from freehold.accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

KEY = settings.SIMPLE_JWT["SIGNING_KEY"]
Claims = dict[str, Any]


@pytest.fixture
def user() -> User:
    return UserFactory(email="ann@example.com")


@pytest.fixture
def pair(user: User) -> dict[str, str]:
    body = {"identifier": "ann@example.com", "password": PASSWORD}
    answer: dict[str, str] = Client().post("/api/v1/auth/login/", body, content_type="application/json").json()
    return answer


def status(access: str) -> int:
    return Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {access}"}).status_code


def refresh(token: str) -> Any:
    return Client().post("/api/v1/auth/token/refresh/", {"refresh": token}, content_type="application/json")


def claims_of(token: str) -> Claims:
    found: Claims = jwt.decode(token, options={"verify_signature": False})
    return found


def signed(claims: Claims, **changes: Any) -> str:
    """By our own key: what only its claims can betray."""
    return jwt.encode({**claims, **changes}, KEY, algorithm="HS256")


def rs256(claims: Claims) -> str:
    return jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm="RS256")


def hour(hours: int) -> int:
    return int(time.time()) + 3600 * hours


SIGNATURES: dict[str, Callable[[Claims], str]] = {
    "alg none": lambda claims: jwt.encode(claims, "", algorithm="none"),
    "alg None, no signature": lambda claims: jwt.encode(claims, KEY).rpartition(".")[0] + ".",
    "key of the site": lambda claims: jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"),
    "a guessed key": lambda claims: jwt.encode(claims, "secret", algorithm="HS256"),
    "other key of the same length": lambda claims: jwt.encode(claims, "0" * len(KEY), algorithm="HS256"),
    "other algorithm, right key": lambda claims: jwt.encode(claims, KEY, algorithm="HS512"),
    "public-key algorithm": rs256,
    "key named in the header": lambda claims: jwt.encode(
        claims, "mine", algorithm="HS256", headers={"kid": "../../dev/null", "jku": "https://evil.example/keys"}
    ),
}
TIMES: dict[str, Callable[[Claims], str]] = {
    "expired": lambda claims: signed(claims, exp=hour(-1)),
    "not yet valid": lambda claims: signed(claims, nbf=hour(1)),
    "issued in the future": lambda claims: signed(claims, iat=hour(1)),
}
ADDRESSEES: dict[str, Callable[[Claims], str]] = {
    "other audience": lambda claims: signed(claims, aud="freehold-admin"),
    "no audience": lambda claims: signed({name: value for name, value in claims.items() if name != "aud"}),
    "other issuer": lambda claims: signed(claims, iss="https://staging.example.com"),
    "no issuer": lambda claims: signed({name: value for name, value in claims.items() if name != "iss"}),
}
KINDS: dict[str, Callable[[Claims], str]] = {
    "other kind": lambda claims: signed(claims, token_type="sliding"),
    "no kind": lambda claims: signed({name: value for name, value in claims.items() if name != "token_type"}),
}
ALL = SIGNATURES | TIMES | ADDRESSEES | KINDS


def decode_without(**checks: bool) -> Callable[..., Claims]:
    """SimpleJWT's decoding with some of PyJWT's checks switched off."""

    def decode(self: TokenBackend, token: Any, verify: bool = True) -> Claims:
        found: Claims = jwt.decode(
            token,
            KEY,
            algorithms=["HS256"],
            audience=self.audience,
            issuer=self.issuer,
            options=checks,  # type: ignore[arg-type]
        )
        return found

    return decode


@pytest.mark.parametrize("forge", ALL.values(), ids=ALL)
def test_a_forged_token_is_nobody(pair: dict[str, str], forge: Callable[[Claims], str]) -> None:
    token = forge(claims_of(pair["access"]))
    assert status(token) == 401
    verified = Client().post("/api/v1/auth/token/verify/", {"token": token}, content_type="application/json")
    assert verified.status_code == 401


@pytest.mark.parametrize("forge", ALL.values(), ids=ALL)
def test_a_forged_refresh_token_gives_nothing_and_harms_nobody(
    pair: dict[str, str], forge: Callable[[Claims], str]
) -> None:
    assert refresh(forge(claims_of(pair["refresh"]))).status_code == 401
    assert status(pair["access"]) == 200


def test_a_token_of_the_other_kind_is_refused(pair: dict[str, str]) -> None:
    assert status(pair["refresh"]) == 401
    assert refresh(pair["access"]).status_code == 401


@pytest.mark.parametrize("forge", SIGNATURES.values(), ids=SIGNATURES)
def test_control_without_signatures_anybody_is_anybody(
    pair: dict[str, str], forge: Callable[[Claims], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TokenBackend, "decode", decode_without(verify_signature=False))
    assert status(forge(claims_of(pair["access"]))) == 200


@pytest.mark.parametrize("forge", TIMES.values(), ids=TIMES)
def test_control_without_times_tokens_are_good_for_ever(
    pair: dict[str, str], forge: Callable[[Claims], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TokenBackend, "decode", decode_without(verify_exp=False, verify_nbf=False, verify_iat=False))
    monkeypatch.setattr(Token, "check_exp", lambda self, **_: None)
    assert status(forge(claims_of(pair["access"]))) == 200


@pytest.mark.parametrize("forge", ADDRESSEES.values(), ids=ADDRESSEES)
def test_control_without_addressees_tokens_of_other_systems_are_good_here(
    pair: dict[str, str], forge: Callable[[Claims], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TokenBackend, "decode", decode_without(verify_aud=False, verify_iss=False))
    assert status(forge(claims_of(pair["access"]))) == 200


def test_control_without_kinds_a_refresh_token_opens_everything_for_a_day(
    pair: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Token, "verify_token_type", lambda self: None)
    assert status(pair["refresh"]) == 200


def test_a_token_of_somebody_else_s_session_is_nobody(pair: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    other = UserFactory(email="bob@example.com")
    token = signed(claims_of(pair["access"]), sub=str(other.pk))
    assert status(token) == 401
    # Control: the session alone says who it is.
    monkeypatch.setattr(tokens, "user_of", lambda token, session: User.objects.get(pk=token["sub"]))
    assert status(token) == 200


# --- kept too long ---

ENDS: dict[str, Callable[[User, dict[str, str]], Any]] = {
    "signing out": lambda user, pair: Client().post(
        "/api/v1/auth/logout/", headers={"Authorization": f"Bearer {pair['access']}"}
    ),
    "closing the account": lambda user, pair: User.objects.filter(pk=user.pk).update(is_active=False),
    "another password": lambda user, pair: (user.set_password("Changed-Horse-9"), user.save()),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_ends_a_session_ends_its_tokens_with_the_next_request(
    user: User, pair: dict[str, str], end: Callable[[User, dict[str, str]], Any]
) -> None:
    assert status(pair["access"]) == 200
    end(user, pair)
    assert status(pair["access"]) == 401
    assert refresh(pair["refresh"]).status_code == 401
    # Control: by its signature alone the token is as good as before.
    assert AccessToken(pair["access"])["sub"] == str(user.pk)  # type: ignore[arg-type]


# --- shown twice ---


def test_a_stolen_refresh_token_ends_the_family_whoever_uses_it_first(pair: dict[str, str]) -> None:
    thief = refresh(pair["refresh"]).json()
    assert status(thief["access"]) == 200
    assert refresh(pair["refresh"]).status_code == 401
    assert status(thief["access"]) == status(pair["access"]) == 401
    assert refresh(thief["refresh"]).status_code == 401


def test_other_families_of_the_same_person_live_on(user: User, pair: dict[str, str]) -> None:
    body = {"identifier": "ann@example.com", "password": PASSWORD}
    other = Client().post("/api/v1/auth/login/", body, content_type="application/json").json()
    refresh(pair["refresh"])
    refresh(pair["refresh"])
    assert status(pair["access"]) == 401
    assert status(other["access"]) == 200


def test_control_by_its_signature_alone_a_refresh_token_is_good_again_and_again(pair: dict[str, str]) -> None:
    for _ in range(3):
        TokenRefreshSerializer(data={"refresh": pair["refresh"]}).is_valid(raise_exception=True)
    with pytest.raises(TokenError):
        TokenRefreshSerializer(data={"refresh": "x"}).is_valid(raise_exception=True)


def refresh_twice_at_once(token: str) -> list[int]:
    line = Barrier(2)

    def one(_: int) -> int:
        try:
            line.wait(timeout=30)
            return int(refresh(token).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(one, range(2)))


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_refreshes_at_once_one_gets_tokens(pair: dict[str, str]) -> None:
    assert refresh_twice_at_once(pair["refresh"]) == [200, 401]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_get_tokens(pair: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    both, issue = Barrier(2), tokens.issue

    def issue_together(*given: Any) -> Any:
        both.wait(timeout=30)
        return issue(*given)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *_, **__: self)
    monkeypatch.setattr(tokens, "issue", issue_together)
    assert refresh_twice_at_once(pair["refresh"]) == [200, 200]
