"""A key is changed while people have authenticator apps and recovery codes."""

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from freehold.accounts.services.reseal_factors import reseal_factors
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from tests.factories import UserFactory
from tests.support.factors import give_app, recovery_codes

pytestmark = pytest.mark.django_db


def test_after_resealing_the_old_key_may_go(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["old"]
    people = [UserFactory(), UserFactory()]
    apps = [give_app(person) for person in people]
    codes = [recovery_codes(person) for person in people]
    settings.ENCRYPTION_KEYS = ["new", "old"]
    said = StringIO()
    call_command("reseal_secrets", stdout=said)
    assert said.getvalue() == "4 secret(s) are written under the first key.\n"
    settings.ENCRYPTION_KEYS = ["new"]
    for person, app, known in zip(people, apps, codes, strict=True):
        assert Authenticator.objects.get(user=person, type="totp").wrap().validate_code(app.code())
        assert recovery_codes(person) == known


def test_a_missing_key_is_named_and_nothing_is_lost(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["old"]
    give_app(UserFactory())
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    settings.ENCRYPTION_KEYS = ["new"]
    with pytest.raises(CommandError, match="Put the key back"):
        call_command("reseal_secrets")
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before


def test_no_person_reseals() -> None:
    with pytest.raises(AccessDenied):
        reseal_factors(actor=Actor.of(UserFactory(is_superuser=True)))
