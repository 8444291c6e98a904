"""The typed environment: what may start, and what it says when it may not."""

from __future__ import annotations

import pytest

from freehold.config.database import database_settings
from freehold.config.env import BadEnvironment, Environment, Mode

GOOD = {
    "FREEHOLD_SECRET_KEY": "x1" * 30,
    "FREEHOLD_ALLOWED_HOSTS": "stays.example.com, www.example.com",
    "FREEHOLD_MAIL_URL": "smtps://mail.example.com",
    "SITE_URL": "https://stays.example.com/",
    "DATABASE_URL": "postgresql://fre:p%40ss@db.example.com:6432/freehold?sslmode=require",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment of production that may start."""
    for name in ("FREEHOLD_HOME", "FREEHOLD_TEST_TEMPLATE", "FREEHOLD_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def problems() -> list[str]:
    with pytest.raises(BadEnvironment) as caught:
        Environment.load(Mode.PRODUCTION)
    return caught.value.problems


def test_good_environment_is_read(environment: pytest.MonkeyPatch) -> None:
    env = Environment.load(Mode.PRODUCTION)

    assert env.allowed_hosts == ("stays.example.com", "www.example.com")
    assert env.site_url == "https://stays.example.com"
    assert env.home.is_absolute()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FREEHOLD_SECRET_KEY", ""),
        ("FREEHOLD_SECRET_KEY", "short"),
        ("FREEHOLD_DEBUG", "true"),
        ("FREEHOLD_ALLOWED_HOSTS", ""),
        ("FREEHOLD_ALLOWED_HOSTS", "*"),
        ("FREEHOLD_PAYMENT_GATEWAYS", "sandbox"),
        ("FREEHOLD_DEMO_DATA", "1"),
        ("FREEHOLD_MAIL_URL", ""),
        ("FREEHOLD_MAIL_URL", "ftp://mail"),
        ("SITE_URL", "http://stays.example.com"),
        ("SITE_URL", "https://stays.example.com/path"),
        ("FREEHOLD_CORS_ORIGINS", "*"),
        ("FREEHOLD_CORS_ORIGINS", "https://*.example.com"),
        ("FREEHOLD_CORS_ORIGINS", "null"),
        ("FREEHOLD_CORS_ORIGINS", "https://app.example.com/path"),
        ("FREEHOLD_CORS_ORIGINS", "http://app.example.com"),
        ("FREEHOLD_ACCESS_TOKEN_MINUTES", "0"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///file.db"),
        ("DATABASE_URL", "postgresql://host/"),
    ],
)
def test_production_refuses(environment: pytest.MonkeyPatch, variable: str, value: str) -> None:
    environment.setenv(variable, value)

    assert [problem.partition(":")[0] for problem in problems()] == [variable]


def test_all_problems_come_at_once_and_without_secrets(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FREEHOLD_SECRET_KEY", "hunter2")
    environment.setenv("DATABASE_URL", "mysql://user:hunter2@host/name")
    environment.setenv("FREEHOLD_LOCK_TIMEOUT_MS", "-1")

    found = problems()

    assert len(found) == 3
    assert "hunter2" not in "".join(found)


def test_secrets_do_not_show_when_printed(environment: pytest.MonkeyPatch) -> None:
    env = Environment.load(Mode.PRODUCTION)

    assert "x1x1" not in repr(env)
    assert "p%40ss" not in repr(env)


def test_database_address_becomes_settings_with_timeouts(environment: pytest.MonkeyPatch) -> None:
    database = database_settings(Environment.load(Mode.PRODUCTION))

    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.com", "6432", "freehold")
    assert database["PASSWORD"] == "p@ss"
    assert database["OPTIONS"]["sslmode"] == "require"
    assert "-c lock_timeout=5000" in database["OPTIONS"]["options"]
