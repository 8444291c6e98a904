"""Pages under the addresses that front ends of the older APIs link to."""

from typing import Any

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.test import Client

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import compose
from freehold.accounts.models import User
from freehold.core.models import OutboxMessage
from tests.factories import PASSWORD, ListingFactory, UserFactory
from tests.support.booked import confirmed, hold, open_attempt

pytestmark = pytest.mark.django_db

NEW = "Replaced-Horse-9"


def link_of(user: User) -> str:
    mail = compose(AccountMailRequested(mail="password_reset_key", to=user.email, user_id=user.pk))
    assert mail is not None
    link: str = mail.context["password_reset_url"]
    return link


def test_the_login_page_signs_in_and_comes_back(client: Client) -> None:
    user = UserFactory(username="jackdev")
    assert "Sign in" in client.get("/login/").text
    assert client.post("/login/", {"login": "jackdev", "password": "wrong"}).status_code == 200
    answer = client.post("/login/", {"login": "jackdev", "password": PASSWORD, "next": "/panel/"})
    assert (answer.status_code, answer["Location"]) == (302, "/panel/")
    assert str(client.session["_auth_user_id"]) == str(user.pk)


def test_the_register_page_makes_an_account(client: Client) -> None:
    assert client.get("/register/").status_code == 200
    assert client.post("/register/", {"email": "ada@example.com", "password1": PASSWORD}).status_code == 302
    assert User.objects.get(email="ada@example.com").check_password(PASSWORD)


def test_a_forgotten_password_is_asked_for_and_replaced_by_the_mailed_link_once(client: Client) -> None:
    user = UserFactory(email="ann@example.com")
    assert client.get("/auth/password-reset/").status_code == 200
    assert client.post("/auth/password-reset/", {"email": "ann@example.com"}).status_code == 302
    assert OutboxMessage.objects.filter(event="AccountMailRequested").exists()

    link = link_of(user).removeprefix(settings.SITE_URL)
    uid, token = user_pk_to_url_str(user), default_token_generator.make_token(user)
    assert link == f"/auth/reset/{uid}/{token}/"
    shown = client.get(link)
    assert (shown.status_code, shown["Location"]) == (302, f"/auth/reset/{uid}/set-password/")
    assert "Choose a new password" in client.get(shown["Location"]).text
    assert client.post(shown["Location"], {"password1": NEW, "password2": NEW}).status_code == 302
    assert User.objects.get(pk=user.pk).check_password(NEW)
    assert "does not work any more" in Client().get(link).text


@pytest.mark.parametrize("path", ["x/y", "1/x", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz/c8q1x3-5b0e"])
def test_a_link_that_was_never_mailed_says_so(client: Client, path: str) -> None:
    answer = client.get(f"/auth/reset/{path}/")
    assert answer.status_code == 200
    assert "does not work any more" in answer.text


@pytest.mark.parametrize("path", ["---/---", "x/%00", "x/../y", "x"])
def test_what_is_no_link_at_all_is_not_there(client: Client, path: str) -> None:
    assert client.get(f"/auth/reset/{path}/").status_code == 404


def test_the_panel_shows_ones_bookings_and_payments_and_where_to_book(client: Client) -> None:
    user = UserFactory()
    waiting = hold(ListingFactory(), booker=user)
    open_attempt(waiting)
    paid, _payment = confirmed(ListingFactory(), booker=user)
    foreign, _ = confirmed(ListingFactory())
    client.force_login(user)
    page = client.get("/panel/").text
    assert [one.reference in page for one in (waiting, paid)] == [True, True]
    assert foreign.reference not in page
    assert page.count("Waiting") == 1
    assert 'href="/search/"' in page
    assert Client().get("/panel/")["Location"] == "/accounts/login/?next=/panel/"


def test_the_panel_costs_the_same_however_much_there_is(client: Client, django_assert_max_num_queries: Any) -> None:
    user = UserFactory()
    client.force_login(user)
    for _ in range(5):
        confirmed(ListingFactory(), booker=user)
    with django_assert_max_num_queries(24):
        assert client.get("/panel/").status_code == 200
