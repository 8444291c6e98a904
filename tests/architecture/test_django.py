"""What Django itself can check: addresses, migrations, production settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import BasePermission
from rest_framework.settings import api_settings
from rest_framework.views import APIView

ROOT = Path(__file__).resolve().parents[2]

GOOD_PRODUCTION = {
    "FREEHOLD_SECRET_KEY": "a-secret-of-this-test-that-is-long-enough-for-production-0123456789",
    "FREEHOLD_ALLOWED_HOSTS": "stays.example.com",
    "FREEHOLD_MAIL_URL": "smtp+starttls://user:password@mail.example.com:587",
    "SITE_URL": "https://stays.example.com",
    "DATABASE_URL": "postgresql://freehold:password@127.0.0.1:5432/freehold",
}


def views(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every address with its view: (pattern, callback)."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            yield address, pattern.callback


def test_views_without_a_word_on_permission_are_closed() -> None:
    (default,) = api_settings.DEFAULT_PERMISSION_CLASSES

    assert issubclass(default, BasePermission)
    assert default().has_permission(None, None) is False  # type: ignore[arg-type]


def test_every_api_view_says_who_may_call_it() -> None:
    undecided = [
        address
        for address, callback in views()
        if issubclass(getattr(callback, "cls", type), APIView) and _relies_on_default(callback)
    ]

    assert undecided == []


def _relies_on_default(callback: Any) -> bool:
    """Nothing between the view and the framework's base class, nor the address, names permissions."""
    if "permission_classes" in getattr(callback, "initkwargs", {}):
        return False
    return not any("permission_classes" in cls.__dict__ for cls in callback.cls.__mro__ if cls is not APIView)


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_production_settings_pass_the_deployment_checks() -> None:
    answer = _production(["check", "--deploy", "--fail-level", "WARNING"], GOOD_PRODUCTION)

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_production_names_every_problem_at_once() -> None:
    answer = _production(
        ["check"],
        {"FREEHOLD_DEBUG": "true", "FREEHOLD_PAYMENT_GATEWAYS": "sandbox", "FREEHOLD_DEMO_DATA": "true"},
    )

    assert answer.returncode != 0
    for variable in (
        "FREEHOLD_DEBUG",
        "FREEHOLD_SECRET_KEY",
        "FREEHOLD_ALLOWED_HOSTS",
        "FREEHOLD_PAYMENT_GATEWAYS",
        "FREEHOLD_DEMO_DATA",
        "FREEHOLD_MAIL_URL",
        "SITE_URL",
        "DATABASE_URL",
    ):
        assert f"- {variable}: " in answer.stderr


def _production(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "django", *arguments],
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            "DJANGO_SETTINGS_MODULE": "freehold.config.settings.production",
            **environment,
        },
    )
