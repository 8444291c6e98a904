"""Being sent elsewhere: `next` of the account pages, and links of mails that follow a forged host."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse

from freehold.accounts import mails as account_mails
from freehold.accounts.adapter import AccountAdapter
from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import compose
from freehold.accounts.models import User
from freehold.core import events
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "HTTPS://EVIL.EXAMPLE",
    "http:evil.example",
    "https:///evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "ftp://testserver/",
)


@pytest.fixture
def user() -> User:
    return UserFactory(email="ann@example.com")


@pytest.fixture
def sent() -> Any:
    """The account mails that were announced."""
    seen: list[AccountMailRequested] = []
    events.subscribe(AccountMailRequested, seen.append)
    yield seen
    events._in_transaction[AccountMailRequested].remove(seen.append)


def sign_in(target: str) -> Any:
    return Client().post("/accounts/login/", {"login": "ann@example.com", "password": PASSWORD, "next": target})


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_elsewhere_by_signing_in_up_or_out(user: User, target: str) -> None:
    assert sign_in(target)["Location"] == "/"
    # In the address as well as in the form.
    by_query = Client().post(
        "/accounts/login/", {"login": "ann@example.com", "password": PASSWORD}, query_params={"next": target}
    )
    assert by_query["Location"] == "/"
    signed_up = Client().post(
        "/accounts/signup/", {"email": "new@example.com", "password1": "Correct-Horse-9", "next": target}
    )
    assert signed_up["Location"] == "/accounts/login/"
    browser = Client()
    browser.force_login(user)
    assert browser.post("/accounts/logout/", {"next": target})["Location"] == "/"


def test_places_of_this_site_are_gone_to(user: User) -> None:
    assert sign_in("/trips/?page=2")["Location"] == "/trips/?page=2"


def test_control_without_the_guard_signing_in_leads_elsewhere(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountAdapter, "is_safe_url", lambda self, url: True)
    assert sign_in("https://evil.example/")["Location"] == "https://evil.example/"


# --- links of mails ---

FORGED = (
    {"X-Forwarded-Host": "evil.example"},
    {"X-Host": "evil.example"},
    {"Forwarded": "host=evil.example"},
    {"X-Forwarded-Server": "evil.example"},
    {"X-Original-Host": "evil.example"},
)


def ask_for_a_link(**headers: str) -> Any:
    return Client().post(
        "/api/v1/auth/password/reset/",
        {"email": "ann@example.com"},
        content_type="application/json",
        headers=headers,
    )


def link_of(sent: list[AccountMailRequested]) -> str:
    mail = compose(sent[-1])
    assert mail is not None
    return str(mail.context["password_reset_url"])


@pytest.mark.parametrize("headers", FORGED, ids=[next(iter(headers)) for headers in FORGED])
def test_a_forged_header_does_not_reach_the_mail(user: User, sent: Any, headers: dict[str, str]) -> None:
    assert ask_for_a_link(**headers).status_code == 202
    assert link_of(sent).startswith(f"{settings.SITE_URL}/auth/reset/")


def test_a_request_for_another_host_is_not_answered(user: User, sent: Any) -> None:
    for host in ("evil.example", "testserver.evil.example", "testserver:80@evil.example", "testserver evil.example"):
        assert ask_for_a_link(Host=host).status_code == 400
    assert sent == []


def test_even_where_every_host_is_answered_links_begin_with_the_site_s_address(
    user: User, sent: Any, settings: Any
) -> None:
    settings.ALLOWED_HOSTS, settings.USE_X_FORWARDED_HOST = ["*"], True
    assert ask_for_a_link(**{"X-Forwarded-Host": "evil.example"}).status_code == 202
    assert link_of(sent).startswith(settings.SITE_URL + "/")


def test_control_links_that_follow_the_request_lead_to_the_attacker(
    user: User, sent: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_HOSTS, settings.USE_X_FORWARDED_HOST = ["*"], True
    request = RequestFactory().get("/", headers={"X-Forwarded-Host": "evil.example"})
    monkeypatch.setattr(
        account_mails, "site_link", lambda name, **parts: request.build_absolute_uri(reverse(name, kwargs=parts))
    )
    ask_for_a_link(**{"X-Forwarded-Host": "evil.example"})
    assert link_of(sent).startswith("http://evil.example/")
