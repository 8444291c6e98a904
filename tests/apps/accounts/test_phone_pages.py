"""The pages of phone and code, as a browser without JavaScript uses them."""

from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.core import clock, outside
from tests.factories import PASSWORD, UserFactory
from tests.support.factors import prove
from tests.support.phones import code_for, let_cool_down, wrong

pytestmark = pytest.mark.django_db

PHONE = "+16175550123"


@pytest.fixture
def browser() -> Client:
    return Client()


def ask(browser: Client, **fields: str) -> Any:
    return browser.post("/accounts/phone/", {"phone": "+1 617 555 0123", **fields})


def test_somebody_signs_up_by_phone_and_goes_where_they_were_going(browser: Client) -> None:
    page = browser.get("/accounts/login/?next=/trips/").content.decode()
    assert 'href="/accounts/phone/?next=%2Ftrips%2F"' in page
    answer = ask(browser, next="/trips/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/phone/code/")
    page = browser.get("/accounts/phone/code/").content.decode()
    assert "+1 617-555-0123" in page
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    answer = browser.post("/accounts/phone/code/", {"code": code_for(PHONE)})
    assert (answer.status_code, answer["Location"]) == (302, "/trips/")
    trips = browser.get("/trips/").content.decode()
    assert "Signed in as +16175550123" in trips
    assert "None" not in trips
    assert browser.get("/accounts/phone/code/").status_code == 302


def test_a_wrong_code_stands_beside_the_field_and_signs_nobody_in(browser: Client) -> None:
    ask(browser)
    answer = browser.post("/accounts/phone/code/", {"code": wrong(code_for(PHONE))})
    assert answer.status_code == 200
    assert "This code is wrong, used, or too old." in answer.content.decode()
    assert not User.objects.exists()
    assert browser.post("/accounts/phone/code/", {"code": code_for(PHONE)}).status_code == 302


def test_another_code_may_be_asked_for_after_a_minute(browser: Client) -> None:
    ask(browser)
    first = code_for(PHONE)
    early = browser.post("/accounts/phone/code/", {"resend": "1"})
    assert early.status_code == 429
    assert 0 < int(early["Retry-After"]) <= 60
    assert "A code is on its way" in early.content.decode()
    let_cool_down(PHONE)
    assert browser.post("/accounts/phone/code/", {"resend": "1"}).status_code == 302
    assert browser.post("/accounts/phone/code/", {"code": first}).status_code == 200
    assert browser.post("/accounts/phone/code/", {"code": code_for(PHONE)}).status_code == 302


def test_the_number_is_asked_for_first(browser: Client) -> None:
    for method in (browser.get, browser.post):
        answer = method("/accounts/phone/code/")
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/phone/")


def test_a_bad_number_is_told_beside_its_field(browser: Client) -> None:
    answer = browser.post("/accounts/phone/", {"phone": "5"})
    assert answer.status_code == 200
    assert "Write the number with its country code" in answer.content.decode()


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(browser: Client, target: str) -> None:
    ask(browser, next=target)
    assert browser.post("/accounts/phone/code/", {"code": code_for(PHONE)})["Location"] == "/"


def test_a_number_is_added_after_a_fresh_proof(browser: Client, mails: Any) -> None:
    user = UserFactory(email="ann@example.com")
    browser.force_login(user)
    answer = browser.post("/accounts/phone/change/", {"phone": PHONE})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    # The proof goes on with what it interrupted.
    answer = browser.post(answer["Location"], {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/phone/change/code/")
    answer = browser.post("/accounts/phone/change/code/", {"code": code_for(PHONE)}, follow=True)
    assert "Your phone number is proved." in answer.content.decode()
    user.refresh_from_db()
    assert (user.phone, user.phone_verified_at is not None) == (PHONE, True)
    assert [(mail.mail, mail.to) for mail in mails] == [("phone_changed", "ann@example.com")]


def test_an_account_with_the_phone_alone_is_joined_after_its_code(browser: Client) -> None:
    other = UserFactory(email=None, phone=PHONE, phone_verified_at=clock.now(), password=None, first_name="Zoe")
    user = UserFactory(email="ann@example.com", first_name="")
    browser.force_login(user)
    prove(browser, user)
    assert "Booked by phone before?" in browser.get("/profile/").content.decode()
    browser.post("/accounts/phone/change/", {"phone": PHONE})
    code = code_for(PHONE)
    page = browser.post("/accounts/phone/change/code/", {"code": code}).content.decode()
    assert "Join two accounts?" in page
    assert f'name="code" value="{code}"' in page
    other.refresh_from_db()
    assert other.is_active
    answer = browser.post("/accounts/phone/change/join/", {"code": code}, follow=True)
    assert "The two accounts are one now." in answer.content.decode()
    other.refresh_from_db()
    user.refresh_from_db()
    assert (other.is_active, other.merged_into_id) == (False, user.pk)
    assert (user.phone, user.first_name) == (PHONE, "Zoe")


def test_joining_needs_the_code_a_fresh_proof_and_an_account_with_nothing_but_the_phone(browser: Client) -> None:
    other = UserFactory(email="zoe@example.com", phone=PHONE, phone_verified_at=clock.now())
    user = UserFactory(email="ann@example.com")
    browser.force_login(user)
    assert browser.post("/accounts/phone/change/join/", {"code": "000000"})["Location"].startswith(
        "/accounts/reauthenticate/"
    )
    prove(browser, user)
    assert browser.post("/accounts/phone/change/join/", {"code": "000000"})["Location"] == "/accounts/phone/change/"
    browser.post("/accounts/phone/change/", {"phone": PHONE})
    right = code_for(PHONE)
    for code, says in ((wrong(right), "This code is wrong"), ("x", "six digits"), (right, "other ways in")):
        answer = browser.post("/accounts/phone/change/join/", {"code": code}, follow=True)
        assert says.replace("six", "6") in answer.content.decode()
    other.refresh_from_db()
    assert other.is_active


def test_who_has_only_a_phone_signs_in_again_to_change_it(browser: Client) -> None:
    user = UserFactory(email=None, phone=PHONE, phone_verified_at=clock.now(), password=None)
    browser.force_login(user)
    answer = browser.post("/accounts/phone/change/", {"phone": "+16175550124"})
    assert answer["Location"] == "/accounts/login/?next=/accounts/phone/change/"
    assert "_auth_user_id" not in browser.session


def test_where_no_messages_are_sent_there_are_no_such_pages(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(outside._messengers, "sms")
    assert browser.get("/accounts/phone/").status_code == 404
    assert "/accounts/phone/" not in browser.get("/accounts/login/").content.decode()
