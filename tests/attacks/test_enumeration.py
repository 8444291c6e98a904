"""Learning who has an account: by answers, by work and by time; and becoming more than a guest while registering."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher, make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts import guessing
from freehold.accounts.models import User
from freehold.accounts.services import request_password_reset as reset
from freehold.api.serializers import StrictSerializer
from freehold.api.v1 import auth
from freehold.companies.models import Membership
from freehold.core.ratelimit import Backoff, RateLimit
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "ann@example.com", "nobody@example.com"
SAMPLES = 12


@pytest.fixture
def user() -> User:
    return UserFactory(email=KNOWN, username="ann")


def api(path: str, **body: Any) -> Any:
    return Client().post(f"/api/v1/auth/{path}/", body, content_type="application/json")


def page(path: str, **form: Any) -> Any:
    return Client().post(f"/accounts/{path}/", form)


ASKED: dict[str, Callable[[str], Any]] = {
    "registering": lambda email: api("register", email=email, password=PASSWORD),
    "signing in": lambda email: api("login", identifier=email, password="nonsense"),
    "in cookies": lambda email: api("cookie/login", identifier=email, password="nonsense"),
    "asking for a link": lambda email: api("password/reset", email=email),
    "the page to sign up": lambda email: page("signup", email=email, password1=PASSWORD),
    "the page to ask for a link": lambda email: page("password/reset", email=email),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_known_and_an_unknown_address_get_the_same_answer(user: User, ask: Callable[[str], Any]) -> None:
    known, unknown = ask(KNOWN), ask(UNKNOWN)
    assert known.status_code == unknown.status_code
    assert known.content == unknown.content
    assert known.get("Location") == unknown.get("Location")
    assert known.headers.keys() == unknown.headers.keys()
    assert known.cookies.keys() == unknown.cookies.keys()


def test_the_page_to_sign_in_says_the_same_to_both(user: User) -> None:
    answers = [page("login", login=email, password="nonsense") for email in (KNOWN, UNKNOWN)]
    errors = [answer.context["form"].errors.as_json() for answer in answers]
    assert errors[0] == errors[1]


def statements(ask: Callable[[str], Any], email: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        ask(email)
    return len(queries)


@pytest.mark.parametrize("name", ["asking for a link", "the page to ask for a link"])
def test_asking_for_a_link_costs_the_same_statements(user: User, name: str) -> None:
    assert statements(ASKED[name], KNOWN) == statements(ASKED[name], UNKNOWN)


def test_control_when_only_the_known_are_written_down_the_work_tells(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = reset.request_mail
    monkeypatch.setattr(reset, "request_mail", lambda event: write(event) if event.user_id else None)
    ask = ASKED["asking for a link"]
    assert statements(ask, KNOWN) > statements(ask, UNKNOWN)


# --- time ---


class SlowHasher(PBKDF2PasswordHasher):
    """Dear enough to stand out from the rest of a request, and without threads of its own."""

    iterations = 60_000


@pytest.fixture
def slow(user: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> float:
    """Passwords that take their time, and limits that let the test go on. Gives the seconds of one hash."""
    settings.PASSWORD_HASHERS = [f"{__name__}.SlowHasher"]
    user.set_password(PASSWORD)
    user.save()
    monkeypatch.setattr(guessing, "PER_ADDRESS", RateLimit(10_000, 60))
    for name in ("PER_PAIR", "PER_ACCOUNT"):
        monkeypatch.setattr(guessing, name, Backoff(free=10_000))
    return statistics.median(seconds(lambda: make_password(PASSWORD)) for _ in range(5))


def seconds(work: Callable[[], Any]) -> float:
    """Of processor time in this thread: what else the machine does is not measured."""
    before = time.thread_time()
    work()
    return time.thread_time() - before


def difference(ask: Callable[[str], Any]) -> float:
    """Between the medians of both, asked in turns, so that whatever drifts drifts for both."""
    samples: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
    for email in (KNOWN, UNKNOWN):
        ask(email)
    for _ in range(SAMPLES):
        for email, taken in samples.items():
            taken.append(seconds(lambda email=email: ask(email)))  # type: ignore[misc]
    return abs(statistics.median(samples[KNOWN]) - statistics.median(samples[UNKNOWN]))


def test_signing_in_takes_as_long_for_the_unknown(slow: float) -> None:
    assert difference(ASKED["signing in"]) < slow / 3


def test_control_without_the_guard_the_unknown_are_refused_sooner(slow: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AuthenticationBackend, "_mitigate_timing_attack", lambda self, password: None)
    assert difference(ASKED["signing in"]) > slow * 2 / 3


# --- mass assignment ---

COLUMNS = sorted({field.name for field in User._meta.get_fields()} - {"email", "password", "first_name", "last_name"})
WISHES = {"is_staff": True, "is_superuser": True, "is_active": True, "is_demo": True, "phone": "+14155550100"}


@pytest.mark.parametrize("name", [*COLUMNS, "role", "company", "companies", "memberships", "email_verified", "groups"])
def test_registering_takes_nothing_but_a_name_an_address_and_a_password(name: str) -> None:
    answer = api("register", email="new@example.com", password=PASSWORD, **{name: WISHES.get(name, "admin")})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unknown_field"
    assert not User.objects.exists()


def test_the_page_to_sign_up_ignores_whatever_else_is_sent() -> None:
    page("signup", email="new@example.com", password1=PASSWORD, role="admin", company="x", verified="on", **WISHES)
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.is_demo, user.phone) == (False, False, False, None)
    assert not user.emailaddress_set.filter(verified=True).exists()
    assert not Membership.objects.system("looks for any").filter(user=user).exists()


def test_control_where_everything_is_taken_a_guest_becomes_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StrictSerializer, "to_internal_value", lambda self, data: dict(data))
    monkeypatch.setattr(auth, "register_user", lambda **given: User.objects.create_user(**given))
    assert api("register", email="new@example.com", password=PASSWORD, is_staff=True).status_code == 201
    assert User.objects.get().is_staff


class CountedHasher(MD5PasswordHasher):
    """Stands in the first place, as Argon2 does."""

    algorithm = "counted"
    calls = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).calls += 1
        return f"counted${salt}$x"


ELSEWHERE = {
    "by another hasher": PBKDF2PasswordHasher().encode(PASSWORD, "saltsaltsalt", 1),
    "here": "counted$saltsaltsalt$y",
    "not at all": "!",
}


@pytest.mark.parametrize("encoded", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_wrong_password_costs_the_work_of_an_unknown_name_however_it_was_hashed(
    user: User, settings: Any, monkeypatch: pytest.MonkeyPatch, encoded: str
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    User.objects.update(password=encoded)
    monkeypatch.setattr(CountedHasher, "calls", 0)
    counts = []
    for email in (KNOWN, UNKNOWN):
        before = CountedHasher.calls
        assert ASKED["signing in"](email).status_code == 401
        counts.append(CountedHasher.calls - before)
    assert counts == [1, 1]
