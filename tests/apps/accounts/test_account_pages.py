"""The account pages as a browser without JavaScript uses them."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from freehold.accounts.mails import compose
from freehold.accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    return Client()


def test_signing_up_leads_to_signing_in_whether_the_address_is_known_or_not(browser: Client, mails: Any) -> None:
    UserFactory(email="known@example.com")
    answers = [
        browser.post("/accounts/signup/?next=/trips/", {"email": email, "password1": "Correct-Horse-9"})
        for email in ("new@example.com", "known@example.com")
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, "/accounts/login/?next=%2Ftrips%2F")
    ] * 2
    assert "_auth_user_id" not in browser.session
    assert "We have sent you a mail." in browser.get(answers[0]["Location"]).content.decode()
    assert [mail.mail for mail in mails] == ["email_confirmation_signup", "account_already_exists"]
    assert User.objects.filter(email="new@example.com").exists()


def test_signing_in_and_out(browser: Client) -> None:
    UserFactory(email="ann@example.com")
    answer = browser.post("/accounts/login/?next=/trips/", {"login": "ANN@example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/trips/")
    assert browser.get("/api/v1/me/").status_code == 200
    assert browser.post("/accounts/logout/").status_code == 302
    assert browser.get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(browser: Client, target: str) -> None:
    UserFactory(email="ann@example.com")
    answer = browser.post("/accounts/login/", {"login": "ann@example.com", "password": PASSWORD, "next": target})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_page_and_the_api_count_failures_together(browser: Client) -> None:
    UserFactory(email="ann@example.com")
    for _ in range(3):
        browser.post("/accounts/login/", {"login": "ann@example.com", "password": "nonsense"})
    for _ in range(2):
        browser.post(
            "/api/v1/auth/login/",
            {"identifier": "ann@example.com", "password": "nonsense"},
            content_type="application/json",
        )
    page = browser.post("/accounts/login/", {"login": "ann@example.com", "password": PASSWORD})
    assert page.status_code == 429


def test_a_forgotten_password_on_the_pages(browser: Client, mails: Any) -> None:
    UserFactory(email="ann@example.com")
    for email in ("ann@example.com", "nobody@example.com"):
        answer = browser.post("/accounts/password/reset/", {"email": email}, headers={"Host": "localhost"})
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/done/")
    assert [mail.mail for mail in mails] == ["password_reset_key"] * 2
    assert compose(mails[1]) is None
    mail = compose(mails[0])
    assert mail is not None
    link = mail.context["password_reset_url"].removeprefix(settings.SITE_URL)

    form = browser.get(link, follow=True)
    answer = browser.post(form.request["PATH_INFO"], {"password1": "Replaced-Horse-9", "password2": "Replaced-Horse-9"})
    assert answer.status_code == 302
    assert "_auth_user_id" not in browser.session
    signed_in = browser.post("/accounts/login/", {"login": "ann@example.com", "password": "Replaced-Horse-9"})
    assert signed_in.status_code == 302


def test_following_the_link_confirms_the_address(browser: Client, mails: Any) -> None:
    browser.post("/accounts/signup/", {"email": "new@example.com", "password1": "Correct-Horse-9"})
    mail = compose(mails[0])
    assert mail is not None
    link = mail.context["activate_url"]
    assert link.startswith(settings.SITE_URL + "/accounts/confirm-email/")
    assert browser.post(link.removeprefix(settings.SITE_URL)).status_code == 302
    assert User.objects.filter(emailaddress__verified=True, email="new@example.com").exists()
    assert compose(mails[0]) is None


def test_the_administration_is_entered_by_the_site_s_own_door(browser: Client) -> None:
    answer = browser.get("/admin/", follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/login/"
    guest, staff = UserFactory(), UserFactory(is_staff=True, is_superuser=True)
    browser.force_login(guest)
    assert browser.get("/admin/", follow=True).status_code == 403
    browser.force_login(staff)
    for path in ("/admin/", "/admin/accounts/user/", f"/admin/accounts/user/{guest.pk}/change/"):
        assert browser.get(path).status_code == 200, path


def test_removing_the_last_address_leaves_no_empty_identifier() -> None:
    user = UserFactory(email="ann@example.com", username="ann")
    user.email = ""
    user.save(update_fields=["email"])
    user.refresh_from_db()
    assert user.email is None
