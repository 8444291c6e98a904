"""Signing in by phone and saying who one is, as the resort API's documents show it."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext

from freehold.accounts.models import User
from freehold.core import clock
from tests.apps.accounts.conftest import mails
from tests.compat.resort.client import get, nights, post
from tests.factories import UserFactory
from tests.support.factors import give_app
from tests.support.phones import code_for, let_cool_down, wrong

__all__ = ["mails"]

pytestmark = pytest.mark.django_db

NATIONAL, E164 = "9999988888", "+919999988888"
PERSON = {"name": "John Doe", "email": "john.doe@example.com", "date_of_birth": "1990-01-15", "gender": "Male"}


def ask(phone: str = NATIONAL) -> Any:
    return post("auth/otp/request/", {"phone_number": phone})


def verify(otp: str, phone: str = NATIONAL) -> Any:
    return post("auth/otp/verify/", {"phone_number": phone, "otp": otp})


def signed_in() -> str:
    ask()
    return str(verify(code_for(E164)).json()["access"])


def test_a_national_number_gets_an_otp_and_a_new_user_its_tokens() -> None:
    answer = ask()
    assert answer.status_code == 200
    assert "message" in answer.json()
    tokens = verify(code_for(E164))
    assert tokens.status_code == 200
    assert set(tokens.json()) == {"access", "refresh"}
    assert User.objects.get().phone == E164
    query = {"location": "Goa", **nights(), "guests": 2}
    assert get("rooms/search/", query, bearer=tokens.json()["access"]).status_code == 200


def test_numbers_may_be_sent_as_numbers() -> None:
    assert post("auth/otp/request/", {"phone_number": int(NATIONAL)}).status_code == 200
    code = code_for(E164)
    sent = {"phone_number": int(NATIONAL), "otp": code if code.startswith("0") else int(code)}
    assert set(post("auth/otp/verify/", sent).json()) == {"access", "refresh"}


def test_a_known_number_signs_in_the_person_who_has_it() -> None:
    user = UserFactory(phone=E164, phone_verified_at=clock.now())
    ask(E164)
    assert verify(code_for(E164), E164).status_code == 200
    assert list(User.objects.all()) == [user]


def test_asking_for_an_otp_tells_nobody_who_is_known() -> None:
    UserFactory(phone=E164, phone_verified_at=clock.now())
    seen = []
    for phone in (NATIONAL, "9999977777"):
        with CaptureQueriesContext(connection) as statements:
            answer = ask(phone)
        seen.append((answer.status_code, answer.content, len(statements)))
    assert seen[0] == seen[1]


def test_numbers_are_read_as_those_of_the_country_that_is_set(settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"resort_phone_region": "US"})
    assert ask("6175550123").status_code == 200
    assert code_for("+16175550123")
    assert ask(NATIONAL).status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "phone_number"),
        ({"phone_number": ""}, "phone_number"),
        ({"phone_number": "12"}, "phone_number"),
        ({"phone_number": "nonsense"}, "phone_number"),
        ({"phone_number": 99999.5}, "phone_number"),
        ({"phone_number": None}, "phone_number"),
    ],
)
def test_what_is_no_number_is_told_at_its_field(body: Any, field: str) -> None:
    answer = post("auth/otp/request/", body)
    assert answer.status_code == 400
    assert set(answer.json()) == {field}


def test_what_can_be_no_otp_is_told_at_its_field() -> None:
    answer = verify("12ab")
    assert answer.status_code == 400
    assert set(answer.json()) == {"otp"}
    assert set(post("auth/otp/verify/", {}).json()) == {"phone_number", "otp"}


def test_a_wrong_or_used_otp_signs_nobody_in() -> None:
    ask()
    otp = code_for(E164)
    assert verify(wrong(otp)).status_code == 401
    assert verify(otp).status_code == 200
    used = verify(otp)
    assert (used.status_code, set(used.json())) == (401, {"detail"})


@pytest.mark.parametrize("is_alive", [True, False])
def test_the_sixth_wrong_otp_of_a_phone_has_to_wait_whether_or_not_one_is_alive(is_alive: bool) -> None:
    if is_alive:
        ask()
    guess = wrong(code_for(E164)) if is_alive else "123456"
    answers = [verify(guess) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[5]["Retry-After"]) > 0
    assert set(answers[5].json()) == {"detail"}


def test_a_second_otp_within_a_minute_has_to_wait() -> None:
    ask()
    answer = ask()
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    let_cool_down(E164)
    assert ask().status_code == 200


def test_whoever_has_a_second_factor_signs_in_where_it_can_be_shown() -> None:
    give_app(UserFactory(phone=E164, phone_verified_at=clock.now()))
    ask()
    answer = verify(code_for(E164))
    assert answer.status_code == 401
    assert set(answer.json()) == {"detail"}


# --- the profile ---


def test_the_profile_takes_all_four_fields_and_the_address_when_it_is_confirmed(mails: Any) -> None:
    access = signed_in()
    answer = post("auth/profile/update/", PERSON, bearer=access)
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "message": "Profile updated. Follow the link that we have sent to john.doe@example.com.",
        "name": "John Doe",
        "email": None,
        "date_of_birth": "1990-01-15",
        "gender": "Male",
        "phone_number": E164,
    }
    user = User.objects.get()
    assert (user.first_name, user.last_name, user.gender, user.email) == ("John", "Doe", "male", None)
    assert [(mail.mail, mail.to) for mail in mails] == [("email_confirmation", PERSON["email"])]
    # Its owner has followed the link.
    EmailAddress.objects.update(verified=True)
    assert post("auth/profile/update/", PERSON, bearer=access).json()["email"] == PERSON["email"]


def test_another_address_becomes_the_main_one_when_it_is_confirmed_and_the_old_one_hears_of_it(mails: Any) -> None:
    user = UserFactory(email="old@example.com")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    for _ in range(2):
        assert post("auth/profile/update/", {"email": "New@example.com"}, user=user).json()["email"] == user.email
    new = EmailAddress.objects.get(email="new@example.com")
    EmailAddress.objects.filter(pk=new.pk).update(verified=True)
    assert post("auth/profile/update/", {"email": new.email}, user=user).json()["email"] == new.email
    assert [(mail.mail, mail.to) for mail in mails][-1] == ("email_changed", "old@example.com")
    assert EmailAddress.objects.get(primary=True).pk == new.pk


def test_what_the_profile_answered_may_be_sent_back() -> None:
    bearer = signed_in()
    first = post("auth/profile/update/", {"name": "John Doe", "gender": "Male"}, bearer=bearer).json()
    assert first["email"] is None
    fields = {name: first[name] for name in ("name", "email", "date_of_birth", "gender")}
    again = post("auth/profile/update/", fields, bearer=bearer)
    assert (again.status_code, again.json()) == (200, first)
    kept = post("auth/profile/update/", {"name": None, "gender": None}, bearer=bearer)
    assert (kept.json()["name"], kept.json()["gender"]) == ("John Doe", "Male")


def test_an_address_of_somebody_else_is_answered_like_any_other(mails: Any) -> None:
    UserFactory(email="taken@example.com")
    user = UserFactory()
    answers = [
        post("auth/profile/update/", {"email": each}, user=user) for each in ("taken@example.com", "f@example.com")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content.replace(b"taken@", b"f@") == answers[1].content
    user.refresh_from_db()
    assert user.email not in {"taken@example.com", "f@example.com"}


def test_nobody_has_mails_sent_to_address_after_address(mails: Any) -> None:
    user = UserFactory()
    answers = [post("auth/profile/update/", {"email": f"{n}@example.com"}, user=user).status_code for n in range(6)]
    assert answers == [200] * 5 + [400]
    assert len(mails) == 5


def test_with_a_second_factor_the_address_changes_after_a_fresh_proof_only(mails: Any) -> None:
    user = UserFactory(first_name="Ann")
    give_app(user)
    answer = post("auth/profile/update/", {"name": "Bea", "email": "new@example.com"}, user=user)
    assert (answer.status_code, set(answer.json())) == (403, {"detail"})
    user.refresh_from_db()
    assert (user.first_name, mails) == ("Ann", [])


def test_what_is_left_out_stays_and_unknown_fields_are_passed_over() -> None:
    user = UserFactory(first_name="Ann", last_name="Lee", gender="female")
    answer = post("auth/profile/update/", {"date_of_birth": "1991-02-03", "nickname": "A"}, user=user).json()
    assert (answer["name"], answer["gender"], answer["date_of_birth"]) == ("Ann Lee", "Female", "1991-02-03")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"date_of_birth": "15.01.1990"}, "date_of_birth"),
        ({"date_of_birth": "2199-01-01"}, "date_of_birth"),
        ({"gender": "robot"}, "gender"),
        ({"name": 5}, "name"),
        ({"name": "x" * 101}, "name"),
    ],
)
def test_bad_values_are_told_at_their_fields_and_change_nothing(body: Any, field: str, mails: Any) -> None:
    user = UserFactory(first_name="Ann")
    answer = post("auth/profile/update/", {"email": "new@example.com", **body}, user=user)
    assert answer.status_code == 400
    assert set(answer.json()) == {field}
    assert (User.objects.get().first_name, mails) == ("Ann", [])


def test_the_profile_is_for_whoever_is_signed_in() -> None:
    assert post("auth/profile/update/", PERSON).status_code == 401
