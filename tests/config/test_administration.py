"""The administration in production: a password alone opens nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as current
from django.test import Client
from django.urls import get_resolver

from freehold.accounts.checks import check_factors
from freehold.accounts.models import User
from freehold.config.env import Environment, Mode
from freehold.config.settings.base import build
from tests.config.test_env import GOOD
from tests.factories import PASSWORD, UserFactory
from tests.support.factors import give_app, prove

pytestmark = pytest.mark.django_db

FACTOR_SETTINGS = ("ADMIN_NEEDS_SECOND_FACTOR", "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", "MFA_SUPPORTED_TYPES")


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What production's settings say of factors."""
    # The addresses of this process are made once, and are not to become those of production.
    assert get_resolver().url_patterns
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    settings.ENV = Environment.load(Mode.PRODUCTION, home=current.ENV.home)
    built = build(settings.ENV)
    for name in FACTOR_SETTINGS:
        setattr(settings, name, built[name])
    return settings


@pytest.fixture
def chief() -> User:
    return UserFactory(email="chief@example.com", is_staff=True, is_superuser=True)


def sign_in(client: Client) -> str:
    answer = client.post("/accounts/login/?next=/admin/", {"login": "chief@example.com", "password": PASSWORD})
    return str(answer["Location"])


@pytest.mark.usefixtures("production")
def test_staff_without_a_factor_are_led_to_the_set_up(chief: User) -> None:
    client = Client()
    assert sign_in(client) == "/admin/"
    for address in ("/admin/", "/admin/accounts/user/", f"/admin/accounts/user/{chief.pk}/change/"):
        answer = client.get(address, follow=True)
        assert answer.redirect_chain[-1] == ("/accounts/2fa/", 302), address
    assert "The administration asks for a second step." in answer.content.decode()
    assert client.post(f"/admin/accounts/user/{chief.pk}/change/", {"is_superuser": "on"}).status_code == 302


@pytest.mark.usefixtures("production")
def test_staff_enter_with_the_second_step(chief: User) -> None:
    app = give_app(chief)
    client = Client()
    assert sign_in(client) == "/accounts/2fa/authenticate/"
    assert "/login/" in client.get("/admin/")["Location"]
    client.post("/accounts/2fa/authenticate/", {"code": app.code()})
    assert client.post("/accounts/2fa/trust/", {"action": "skip"})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("production")
def test_who_gives_up_the_factor_is_outside_again(chief: User) -> None:
    give_app(chief)
    client = Client()
    client.force_login(chief)
    assert client.get("/admin/").status_code == 200
    prove(client, chief)
    client.post("/accounts/2fa/totp/deactivate/")
    assert client.get("/admin/").status_code == 302


@pytest.mark.usefixtures("production")
def test_a_factor_makes_nobody_staff() -> None:
    guest = UserFactory()
    give_app(guest)
    client = Client()
    client.force_login(guest)
    assert client.get("/admin/", follow=True).status_code == 403


def test_outside_of_production_a_password_is_enough(chief: User) -> None:
    client = Client()
    client.force_login(chief)
    assert client.get("/admin/").status_code == 200


def test_production_does_not_start_with_an_open_administration(production: Any) -> None:
    assert check_factors() == []
    production.ADMIN_NEEDS_SECOND_FACTOR = False
    production.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    assert [problem.id for problem in check_factors()] == ["accounts.E006", "accounts.E007"]


def test_an_administrator_takes_factors_away_and_never_reads_them(chief: User) -> None:
    person = UserFactory()
    app = give_app(person)
    client = Client()
    client.force_login(chief)
    (row,) = person.authenticator_set.filter(type="totp")
    page = client.get(f"/admin/mfa/authenticator/{row.pk}/change/").content.decode()
    assert app.secret not in page
    assert str(row.data["secret"])[:30] not in page
    assert client.get("/admin/mfa/authenticator/add/").status_code == 403
    assert client.post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not person.authenticator_set.filter(type="totp").exists()
