"""Signing in, signing up and changing the number by a code, as a program sees it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction

from freehold.accounts.models import PhoneCode, User
from freehold.accounts.phone_codes import LIFE, code_of, compose, forget_old_codes
from freehold.core import clock, outside
from freehold.core.models import OutboxMessage
from freehold.core.outbox import deliver_due
from tests.factories import PASSWORD, UserFactory
from tests.support.phones import code_for, codes_sent, let_cool_down, wrong

pytestmark = pytest.mark.django_db

PHONE = "+16175550123"
OTHER = "+16175550124"


def ask(call: Any, phone: str = PHONE, **options: Any) -> Any:
    return call("auth/otp/request/", {"phone": phone}, **options)


def verify(call: Any, code: str, phone: str = PHONE) -> Any:
    return call("auth/otp/verify/", {"phone": phone, "code": code})


def error(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["code"]


def person(**fields: Any) -> User:
    return UserFactory(phone=PHONE, phone_verified_at=clock.now(), **fields)


def test_a_new_number_signs_up_by_its_code_alone(call: Any) -> None:
    answer = ask(call, "+1 (617) 555-0123")
    assert (answer.status_code, answer.json()) == (202, {"phone": PHONE, "expires_in": 300, "resend_in": 60})
    assert not User.objects.exists()
    tokens = verify(call, code_for(PHONE)).json()
    me = call("me/", method="get", bearer=tokens["access"]).json()
    assert (me["phone"], me["is_phone_verified"], me["email"]) == (PHONE, True, None)
    assert not User.objects.get().has_usable_password()


def test_a_known_number_signs_in_and_gets_the_same_answers(call: Any) -> None:
    fresh = ask(call, OTHER)
    user = person(email="ann@example.com")
    known = ask(call)
    assert fresh.status_code == known.status_code == 202
    assert fresh.json() | {"phone": PHONE} == known.json()
    tokens = verify(call, code_for(PHONE))
    assert set(tokens.json()) == set(verify(call, code_for(OTHER), OTHER).json()) == {"access", "refresh"}
    assert call("me/", method="get", bearer=tokens.json()["access"]).json()["email"] == user.email


def test_the_message_leaves_through_the_outbox_and_its_code_is_stored_nowhere(call: Any) -> None:
    ask(call)
    row, message = PhoneCode.objects.get(), OutboxMessage.objects.get()
    assert message.payload == {"code_id": str(row.pk)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_phonecode::text FROM accounts_phonecode")
        (stored,) = cursor.fetchone()
    assert code_for(PHONE) not in stored
    deliver_due(worker_id="test")
    sent = [kept.message for kept in outside.mailbox().messages() if kept.message.to == PHONE]
    assert code_for(PHONE) in sent[0].text
    assert sent[0].text.splitlines()[-1] == f"@127.0.0.1 #{code_for(PHONE)}"


def test_a_code_that_is_used_or_over_is_not_sent_any_more(call: Any) -> None:
    ask(call)
    (event,) = codes_sent()
    assert compose(event) is not None
    verify(call, code_for(PHONE))
    assert compose(event) is None
    ask(call, OTHER)
    clock.move(LIFE)
    assert compose(codes_sent()[-1]) is None


def test_a_code_works_for_five_minutes(call: Any) -> None:
    ask(call)
    code = code_for(PHONE)
    clock.move(LIFE - timedelta(seconds=5))
    clock.forget_offset()
    assert verify(call, wrong(code)).status_code == 401
    clock.move(timedelta(seconds=6))
    assert error(verify(call, code)) == (401, "invalid_code")


@pytest.mark.parametrize("typed", ["{} {}", "{}-{}", " {}{} "])
def test_a_code_may_be_typed_in_groups(call: Any, typed: str) -> None:
    ask(call)
    code = code_for(PHONE)
    assert verify(call, typed.format(code[:3], code[3:])).status_code == 200


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345\n", None, 123456, ["123456"]]
)
def test_what_can_be_no_code_is_bad_input_and_no_guess(call: Any, code: Any) -> None:
    ask(call)
    response = call("auth/otp/verify/", {"phone": PHONE, "code": code})
    assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "code")
    assert PhoneCode.objects.get().tries == 0


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("", "blank"),
        ("617 555 0123", "invalid_phone"),
        ("+1 617 555 01", "invalid_phone"),
        ("+1 617 555 0123 ext 4", "invalid_phone"),
        ("+1 800 FLOWERS", "invalid_phone"),
        ("person@example.com", "invalid_phone"),
        ("+999 123456789", "invalid_phone"),
        ("+1 800 555 1234", "no_text_messages"),
        ("+1 900 555 1234", "no_text_messages"),
        ("+44 20 7946 0123", "no_text_messages"),
        ("+" + "1" * 40, "max_length"),
    ],
)
def test_what_gets_no_text_messages_is_refused(call: Any, phone: str, code: str) -> None:
    for path, body in (("request", {}), ("verify", {"code": "123456"})):
        response = call(f"auth/otp/{path}/", {"phone": phone, **body})
        assert error(response) == (400, code)
        assert response.json()["errors"][0]["attr"] == "phone"
    assert not PhoneCode.objects.exists()


def test_an_installation_may_serve_some_countries_only(call: Any, settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"sms_countries": ("US",)})
    assert error(ask(call, "+254712345678")) == (400, "country_not_served")
    assert ask(call).status_code == 202


def test_a_number_without_its_country_code_may_be_of_the_country_of_the_installation(call: Any, settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"phone_region": "IN"})
    assert ask(call, "9999988888").json()["phone"] == "+919999988888"


def test_where_no_messages_are_sent_no_codes_are_offered(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(outside._messengers, "sms")
    assert error(ask(call)) == (404, "not_found")


def test_a_closed_account_stays_closed(call: Any) -> None:
    person(is_active=False)
    ask(call)
    assert error(verify(call, code_for(PHONE))) == (401, "account_inactive")
    assert User.objects.count() == 1


# --- numbers that nobody proved ---


def test_a_number_that_was_never_proved_identifies_nobody(call: Any) -> None:
    squatter = UserFactory(phone=PHONE)
    login = call("auth/login/", {"identifier": PHONE, "password": PASSWORD})
    assert error(login) == (401, "invalid_credentials")
    ask(call)
    access = verify(call, code_for(PHONE)).json()["access"]
    assert call("me/", method="get", bearer=access).json()["id"] != str(squatter.pk)
    squatter.refresh_from_db()
    assert squatter.phone is None


def test_who_was_written_down_with_a_number_alone_takes_the_account_over(call: Any) -> None:
    noted = UserFactory(email=None, phone=PHONE)
    ask(call)
    access = verify(call, code_for(PHONE)).json()["access"]
    assert call("me/", method="get", bearer=access).json()["id"] == str(noted.pk)
    noted.refresh_from_db()
    assert noted.phone_verified_at is not None
    assert not noted.has_usable_password()


def test_the_database_keeps_no_proof_without_a_number() -> None:
    user = person()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(phone=None)
    user.phone = None
    user.save()
    assert user.phone_verified_at is None


# --- a number of one's own ---


def sign_in(call: Any, user: User) -> str:
    response = call("auth/login/", {"identifier": user.email, "password": PASSWORD})
    access = str(response.json()["access"])
    assert call("auth/reauthenticate/", {"password": PASSWORD}, bearer=access).status_code == 204
    return access


def test_a_number_is_not_changed_without_a_fresh_proof(call: Any) -> None:
    pair = call("auth/login/", {"identifier": UserFactory().email, "password": PASSWORD}).json()
    refused = call("me/phone/", {"phone": PHONE}, bearer=pair["access"])
    assert error(refused) == (403, "reauthentication_required")
    assert not PhoneCode.objects.exists()


def test_somebody_adds_and_changes_their_number(call: Any) -> None:
    user = UserFactory()
    access = sign_in(call, user)
    for phone in (PHONE, OTHER):
        assert call("me/phone/", {"phone": phone}, bearer=access).status_code == 202
        answer = call("me/phone/verify/", {"phone": phone, "code": code_for(phone)}, bearer=access)
        assert (answer.status_code, answer.json()) == (200, {"phone": phone, "is_phone_verified": True})
    assert call("auth/login/", {"identifier": OTHER, "password": PASSWORD}).status_code == 200
    assert call("auth/login/", {"identifier": PHONE, "password": PASSWORD}).status_code == 401


def test_a_number_of_another_account_is_told_to_its_holder_only_and_the_code_stays_good(call: Any) -> None:
    person(email="ann@example.com")
    access = sign_in(call, UserFactory())
    assert call("me/phone/", {"phone": PHONE}, bearer=access).status_code == 202
    code = code_for(PHONE)
    guess = call("me/phone/verify/", {"phone": PHONE, "code": wrong(code)}, bearer=access)
    assert error(guess) == (400, "invalid_code")
    for _ in range(2):
        assert error(call("me/phone/verify/", {"phone": PHONE, "code": code}, bearer=access)) == (409, "phone_taken")
    assert User.objects.get(phone=PHONE).email == "ann@example.com"


def test_a_number_that_another_account_never_proved_goes_to_who_proves_it(call: Any) -> None:
    squatter, user = UserFactory(phone=PHONE), UserFactory()
    access = sign_in(call, user)
    call("me/phone/", {"phone": PHONE}, bearer=access)
    assert call("me/phone/verify/", {"phone": PHONE, "code": code_for(PHONE)}, bearer=access).status_code == 200
    squatter.refresh_from_db()
    assert squatter.phone is None


# --- upkeep ---


def test_old_codes_are_forgotten_and_fresh_ones_are_not(call: Any) -> None:
    ask(call)
    assert forget_old_codes() == 0
    clock.move(timedelta(days=2))
    ask(call, OTHER)
    assert forget_old_codes() == 1
    assert PhoneCode.objects.get().phone == OTHER


def test_codes_are_spread_over_all_six_digits() -> None:
    codes = [code_of(PhoneCode().pk) for _ in range(3000)]
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len({code[0] for code in codes}) == len({code[-1] for code in codes}) == 10


def test_asking_costs_few_statements(call: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(16):
        ask(call)
    let_cool_down(PHONE)
    before = Session.objects.count()
    with django_assert_max_num_queries(42):
        verify(call, code_for(PHONE))
    assert Session.objects.count() == before + 1
