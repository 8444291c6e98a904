"""The page of my e-mail addresses, as a browser without JavaScript uses it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from freehold.accounts.models import User
from tests.factories import UserFactory
from tests.support.factors import give_app, prove

pytestmark = pytest.mark.django_db

PAGE = "/accounts/email/"


def somebody(**fields: Any) -> User:
    user: User = UserFactory(email="ann@example.com", **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def remove(user: User, email: str = "ann@example.com") -> str:
    return browser_of(user).post(PAGE, {"email": email, "action_remove": ""}, follow=True).content.decode()


@pytest.mark.parametrize(
    "fields", [{}, {"phone": "+16175550123"}], ids=["nothing else", "a number that nobody has proved"]
)
def test_the_only_address_of_an_account_stays(fields: dict[str, Any], mails: Any) -> None:
    user = somebody(username=None, **fields)
    assert 'name="action_remove"' not in browser_of(user).get(PAGE).content.decode()
    assert "ann@example.com stays: without it nothing would open your account" in remove(user)
    user.refresh_from_db()
    assert user.email == "ann@example.com"
    assert EmailAddress.objects.get(user=user).verified
    assert mails == []


@pytest.mark.parametrize(
    "fields", [{"username": "ann"}, {"phone": "+16175550123", "phone_verified_at": datetime(2026, 1, 1, tzinfo=UTC)}]
)
def test_the_only_address_goes_where_something_else_opens_the_account(fields: dict[str, Any]) -> None:
    user = somebody(**{"username": None, **fields})
    assert 'name="action_remove"' in browser_of(user).get(PAGE).content.decode()
    remove(user)
    user.refresh_from_db()
    assert user.email is None
    assert not EmailAddress.objects.filter(user=user).exists()


def test_a_further_address_goes_and_the_main_one_stays(mails: Any) -> None:
    user = somebody(username=None)
    EmailAddress.objects.create(user=user, email="second@example.com", verified=True)
    assert "cannot remove your primary email address" in remove(user)
    remove(user, "second@example.com")
    assert [row.email for row in EmailAddress.objects.filter(user=user)] == ["ann@example.com"]


def test_a_change_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    user = somebody(username="ann")

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("freehold.accounts.adapter.AccountAdapter.add_message", fail)
    with pytest.raises(RuntimeError):
        remove(user)
    user.refresh_from_db()
    assert user.email == "ann@example.com"
    assert EmailAddress.objects.filter(user=user, verified=True).exists()


def test_with_a_second_factor_addresses_change_after_a_fresh_proof(mails: Any) -> None:
    user = somebody(username=None)
    give_app(user)
    browser = browser_of(user)
    fields = {"email": "second@example.com", "action_add": ""}
    assert browser.post(PAGE, fields)["Location"].startswith("/accounts/reauthenticate/")
    assert not EmailAddress.objects.filter(email="second@example.com").exists()
    prove(browser, user)
    assert browser.post(PAGE, fields)["Location"] == PAGE
    assert [mail.mail for mail in mails] == ["email_confirmation"]
    second = EmailAddress.objects.get(user=user, email="second@example.com")

    browser.post(PAGE, {"email": second.email, "action_primary": ""})
    user.refresh_from_db()
    assert user.email == "ann@example.com"
    EmailAddress.objects.filter(pk=second.pk).update(verified=True)
    browser.post(PAGE, {"email": second.email, "action_primary": ""})
    user.refresh_from_db()
    assert user.email == "second@example.com"


def test_an_unproved_address_never_becomes_the_main_one_behind_a_second_factor() -> None:
    user: User = UserFactory(
        email=None, username=None, phone="+16175550123", phone_verified_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    give_app(user)
    browser = browser_of(user)
    prove(browser, user)
    browser.post(PAGE, {"email": "stranger@example.com", "action_add": ""})
    page = browser.post(PAGE, {"email": "stranger@example.com", "action_primary": ""}, follow=True).content.decode()
    assert "Confirm stranger@example.com first." in page
    user.refresh_from_db()
    assert user.email is None


@pytest.mark.parametrize("path", ["/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"])
def test_without_password_and_factor_an_old_sign_in_sets_up_none(path: str) -> None:
    user: User = UserFactory(
        email=None, username=None, phone="+16175550123", phone_verified_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    user.set_unusable_password()
    user.save()
    answer = browser_of(user).get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    refused = browser_of(user).post("/api/v1/auth/mfa/totp/secret/")
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["methods"] == ["sign_in"]
