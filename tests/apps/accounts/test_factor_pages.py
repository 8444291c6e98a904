"""The pages of the second step as a browser without JavaScript uses them."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from freehold.accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.support.factors import App, give_app, prove, recovery_codes

pytestmark = pytest.mark.django_db

PAGES = (
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/recovery-codes/generate/",
)


@pytest.fixture
def ann() -> User:
    user: User = UserFactory(email="ann@example.com")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def browser() -> Client:
    return Client()


def sign_in(browser: Client) -> Any:
    return browser.post("/accounts/login/?next=/trips/", {"login": "ann@example.com", "password": PASSWORD})


def test_the_app_is_set_up_after_a_fresh_proof_and_asked_for_from_then_on(
    browser: Client, ann: User, mails: Any, django_capture_on_commit_callbacks: Any
) -> None:
    sign_in(browser)
    asked = browser.get("/accounts/2fa/totp/activate/")
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2F2fa%2Ftotp%2Factivate%2F"
    proved = browser.post(asked["Location"], {"password": PASSWORD})
    assert proved["Location"] == "/accounts/2fa/totp/activate/"
    page = browser.get(proved["Location"]).content.decode()
    found = re.search(r'id="secret">([A-Z2-7]+)<', page)
    assert found
    app = App(found[1])
    assert "data:image/svg+xml;base64," in page
    with django_capture_on_commit_callbacks(execute=True):
        done = browser.post("/accounts/2fa/totp/activate/", {"code": app.code()})
    assert done["Location"] == "/accounts/2fa/recovery-codes/"
    shown = browser.get(done["Location"]).content.decode()
    assert all(code in shown for code in recovery_codes(ann))
    assert [mail.mail for mail in mails] == ["totp_activated"]

    browser.post("/accounts/logout/")
    assert sign_in(browser)["Location"] == "/accounts/2fa/authenticate/"
    assert browser.get("/trips/").status_code == 302
    refused = browser.post("/accounts/2fa/authenticate/", {"code": app.wrong_code()})
    assert "This is wrong, or was used already." in refused.content.decode()
    assert browser.post("/accounts/2fa/authenticate/", {"code": app.code(1)})["Location"] == "/accounts/2fa/trust/"
    assert browser.post("/accounts/2fa/trust/", {"action": "skip"})["Location"] == "/trips/"
    assert browser.get("/trips/").status_code == 200


def test_a_remembered_device_is_asked_again_when_the_factors_change(browser: Client, ann: User) -> None:
    app = give_app(ann)
    sign_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": app.code()})
    browser.post("/accounts/2fa/trust/", {"action": "trust"})
    assert browser.cookies["mfa_trusted"]["httponly"]
    browser.post("/accounts/logout/")
    assert sign_in(browser)["Location"] == "/trips/"
    browser.post("/accounts/logout/")
    Authenticator.objects.filter(user=ann).delete()
    give_app(ann)
    assert sign_in(browser)["Location"] == "/accounts/2fa/authenticate/"


def test_too_many_codes_are_answered_with_the_page_that_says_so(browser: Client, ann: User) -> None:
    app = give_app(ann)
    sign_in(browser)
    for _ in range(5):
        assert browser.post("/accounts/2fa/authenticate/", {"code": app.wrong_code()}).status_code == 200
    locked = browser.post("/accounts/2fa/authenticate/", {"code": app.code()})
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) > 0


def test_codes_are_shown_and_downloaded_after_a_fresh_proof_only(browser: Client, ann: User) -> None:
    give_app(ann)
    browser.force_login(ann)
    for address in ("/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/download/"):
        assert browser.get(address).status_code == 302
        prove(browser, ann)
        answer = browser.get(address)
        assert answer.status_code == 200
        assert recovery_codes(ann)[0] in answer.content.decode()
        prove(browser, ann, seconds_ago=301)
    assert "attachment" in answer["Content-Disposition"]


def test_the_app_is_switched_off_and_its_recovery_codes_go_with_it(browser: Client, ann: User) -> None:
    give_app(ann)
    browser.force_login(ann)
    prove(browser, ann)
    assert browser.get("/accounts/2fa/totp/deactivate/").status_code == 200
    assert browser.post("/accounts/2fa/totp/deactivate/")["Location"] == "/accounts/2fa/"
    assert not Authenticator.objects.filter(user=ann).exists()


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("has_app", [False, True])
def test_every_page_is_there_for_who_has_an_app_and_who_has_none(
    browser: Client, ann: User, address: str, has_app: bool
) -> None:
    if has_app:
        give_app(ann)
    browser.force_login(ann)
    prove(browser, ann)
    answer = browser.get(address)
    assert answer.status_code == (302 if has_app and "activate" in address else 200)


def test_who_has_not_confirmed_the_address_is_told_to_do_so_first(browser: Client, ann: User) -> None:
    ann.emailaddress_set.update(verified=False)
    browser.force_login(ann)
    prove(browser, ann)
    answer = browser.get("/accounts/2fa/totp/activate/", follow=True)
    assert "Confirm your email address first" in answer.content.decode()
