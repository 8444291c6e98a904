"""Where somebody is signed in: named, seen now and then, signed out from afar, and told about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts.device_names import device_name
from freehold.accounts.mails import compose
from freehold.accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15"
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 CriOS/126.0 Mobile Safari/604.1"


@pytest.fixture
def ann() -> User:
    user: User = UserFactory(email="ann@example.com")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def browse(agent: str = FIREFOX, address: str = "203.0.113.7", browser: Client | None = None) -> Client:
    """A browser in which ann has signed in."""
    browser = browser or Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    answer = browser.post("/accounts/login/", {"login": "ann@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def tokens(call: Any, agent: str = "curl/8.5.0", **headers: str) -> dict[str, str]:
    body = {"identifier": "ann@example.com", "password": PASSWORD}
    pair: dict[str, str] = call("auth/login/", body, **{"User-Agent": agent, **headers}).json()
    return pair


def listed(call: Any, access: str) -> list[dict[str, Any]]:
    answer = call("me/devices/", method="get", bearer=access)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iPhone"),
        (CHROME, "Chrome on Windows"),
        (CHROME + " Edg/126.0.0.0", "Edge on Windows"),
        (MAC, "Safari on Mac"),
        (ANDROID, "Chrome on Android"),
        (IPAD, "Chrome on iPad"),
        ("curl/8.5.0", "curl"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("Mozilla/5.0", "Unknown device"),
        ("<script>alert(1)</script>/1.0", "Unknown device"),
        ("", "Unknown device"),
        ("a" * 500 + "/1", "a" * 60),
    ],
)
def test_a_device_is_called_as_people_call_it(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_browsers_and_apps_are_listed_the_own_one_first(call: Any, ann: User) -> None:
    browse()
    access = tokens(call)["access"]
    browse(SAFARI, "198.51.100.9")
    UserFactory(email="bob@example.com")
    found = listed(call, access)
    assert [(each["name"], each["is_current"], each["is_app"]) for each in found] == [
        ("curl", True, True),
        ("Safari on iPhone", False, False),
        ("Firefox on Linux", False, False),
    ]
    assert [each["address"] for each in found] == ["127.0.0.1", "198.51.100.9", "203.0.113.7"]


def test_the_list_costs_the_same_however_long_it_is(call: Any, ann: User, django_assert_num_queries: Any) -> None:
    browser = browse()
    for _ in range(3):
        tokens(call)
    with CaptureQueriesContext(connection) as few:
        browser.get("/accounts/devices/")
    budget = len(few)
    assert budget <= 6
    for _ in range(6):
        tokens(call)
    with django_assert_num_queries(budget):
        assert browser.get("/accounts/devices/").status_code == 200


def test_a_device_that_is_ended_is_thrown_out_at_its_next_request(call: Any, ann: User) -> None:
    browser, pair, mine = browse(), tokens(call), tokens(call)["access"]
    ids = {each["name"] + str(each["is_current"]): each["id"] for each in listed(call, mine)}
    for name in ("Firefox on LinuxFalse", "curlFalse"):
        assert call(f"me/devices/{ids[name]}/", method="delete", bearer=mine).status_code == 204
        assert call(f"me/devices/{ids[name]}/", method="delete", bearer=mine).status_code == 404
    assert browser.get("/trips/").status_code == 302
    assert browser.get("/api/v1/me/").status_code == 401
    assert call("me/", method="get", bearer=pair["access"]).status_code == 401
    assert call("auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert [each["is_current"] for each in listed(call, mine)] == [True]

    assert call(f"me/devices/{ids['curlTrue']}/", method="delete", bearer=mine).status_code == 204
    assert call("me/", method="get", bearer=mine).status_code == 401


def test_nobody_ends_a_stranger_s_device(call: Any, ann: User) -> None:
    browser = browse()
    device = UserSession.objects.get()
    stranger = Client()
    stranger.force_login(UserFactory(email="bob@example.com"))
    for path in (f"me/devices/{device.pk}/", f"me/devices/{10**30}/", "me/devices/0/"):
        assert stranger.delete(f"/api/v1/{path}").status_code == 404
    assert stranger.post(f"/accounts/devices/{device.pk}/end/").status_code == 404
    assert stranger.post("/api/v1/me/devices/end-others/").json() == {"ended": 0}
    assert browser.get("/api/v1/me/").status_code == 200


def test_all_others_are_ended_at_once_and_the_own_one_stays(call: Any, ann: User) -> None:
    others = [browse(), browse(SAFARI)]
    mine = tokens(call)["access"]
    assert call("me/devices/end-others/", bearer=mine).json() == {"ended": 2}
    assert {other.get("/api/v1/me/").status_code for other in others} == {401}
    assert len(listed(call, mine)) == 1


def test_who_is_gone_is_not_listed(call: Any, ann: User) -> None:
    browse()
    browse(SAFARI).post("/accounts/logout/")
    Session.objects.filter(session_key=UserSession.objects.get(user_agent=FIREFOX).session_key).update(
        expire_date=datetime.now(UTC) - timedelta(seconds=1)
    )
    old = tokens(call, "old-app/1.0")["access"]
    ann.set_password(PASSWORD)
    ann.save()
    mine = tokens(call, "new-app/1.0")["access"]
    assert [each["name"] for each in listed(call, mine)] == ["new-app"]
    assert call("me/", method="get", bearer=old).status_code == 401


def test_tokens_that_are_not_refreshed_leave_no_device_behind(call: Any, ann: User) -> None:
    tokens(call)
    left = Session.objects.get().expire_date - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(hours=24)


# --- seen now and then ---


def age(minutes: int) -> datetime:
    before = datetime.now(UTC) - timedelta(minutes=minutes)
    UserSession.objects.update(last_seen_at=before)
    return before


def updates(context: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in context if 'UPDATE "usersessions' in query["sql"]]


def test_a_request_writes_nothing_while_the_device_was_seen_lately(call: Any, ann: User) -> None:
    browser, access = browse(), tokens(call)["access"]
    before = age(4)
    with CaptureQueriesContext(connection) as context:
        browser.get("/api/v1/me/")
        call("me/", method="get", bearer=access)
    assert updates(context) == []
    assert set(UserSession.objects.values_list("last_seen_at", flat=True)) == {before}


def test_a_device_is_seen_again_after_five_minutes_once_and_from_where(call: Any, ann: User) -> None:
    browser, access = browse(), tokens(call)["access"]
    before = age(6)
    with CaptureQueriesContext(connection) as context:
        for _ in range(2):
            browser.get("/api/v1/me/", REMOTE_ADDR="198.51.100.9")
            call("me/", method="get", bearer=access)
    assert len(updates(context)) == 2
    assert all(seen > before for seen in UserSession.objects.values_list("last_seen_at", flat=True))
    assert UserSession.objects.get(user_agent=FIREFOX).ip == "198.51.100.9"


# --- a mail about a new one ---


def told(mails: Any) -> list[str]:
    return [mail.to for mail in mails if mail.mail == "new_device"]


def test_the_first_sign_in_is_no_news_a_new_browser_is_and_the_same_again_is_not(ann: User, mails: Any) -> None:
    first = browse()
    assert told(mails) == []
    second = browse(CHROME, "198.51.100.9")
    assert told(mails) == ["ann@example.com"]
    for browser in (first, second):
        browser.post("/accounts/logout/")
        browse(browser=browser)
    assert told(mails) == ["ann@example.com"]

    mail = compose(next(mail for mail in mails if mail.mail == "new_device"))
    assert mail is not None
    assert (mail.context["device"], mail.context["ip"]) == ("Chrome on Windows", "198.51.100.9")
    assert mail.context["devices_url"].endswith("/accounts/devices/")


def test_a_program_is_new_at_an_address_that_was_never_seen(call: Any, ann: User, mails: Any) -> None:
    tokens(call)
    tokens(call, "another/1.0")
    assert told(mails) == []
    Client(REMOTE_ADDR="198.51.100.9").post(
        "/api/v1/auth/login/",
        {"identifier": "ann@example.com", "password": PASSWORD},
        content_type="application/json",
    )
    assert told(mails) == ["ann@example.com"]


def test_an_address_that_nobody_has_proved_is_told_nothing(ann: User, mails: Any) -> None:
    ann.emailaddress_set.update(verified=False)
    browse()
    browse(CHROME, "198.51.100.9")
    assert told(mails) == []


# --- the page ---


def test_the_page_asks_before_it_signs_a_device_out(ann: User) -> None:
    other, mine = browse(), browse(SAFARI, "198.51.100.9")
    page = mine.get("/accounts/devices/").content.decode()
    assert "Firefox on Linux" in page
    assert "203.0.113.7" in page
    assert page.count("This device") == 1
    device = UserSession.objects.get(user_agent=FIREFOX)

    question = mine.get(f"/accounts/devices/{device.pk}/end/")
    assert "Sign out Firefox on Linux?" in question.content.decode()
    assert other.get("/api/v1/me/").status_code == 200
    done = mine.post(f"/accounts/devices/{device.pk}/end/", follow=True).content.decode()
    assert "Firefox on Linux is signed out." in done
    assert "You are signed in nowhere else." in done
    assert other.get("/api/v1/me/").status_code == 401


def test_the_page_signs_out_all_others_but_never_itself(ann: User) -> None:
    others, mine = [browse(), browse(CHROME)], browse(SAFARI)
    assert "Sign out all other devices?" in mine.get("/accounts/devices/others/end/").content.decode()
    done = mine.post("/accounts/devices/others/end/", follow=True).content.decode()
    assert "2 devices are signed out." in done
    assert {other.get("/api/v1/me/").status_code for other in others} == {401}

    itself = UserSession.objects.get()
    assert mine.post(f"/accounts/devices/{itself.pk}/end/").status_code == 302
    assert mine.get("/api/v1/me/").status_code == 200
