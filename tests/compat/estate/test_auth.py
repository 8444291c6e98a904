"""Registering, signing in with e-mail or username, tokens that are kept for a day, and who one is."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from freehold.accounts import tokens
from freehold.accounts.models import User
from tests.compat.estate.conftest import STRONG, WEAK, Call, access_of
from tests.factories import PASSWORD, UserFactory
from tests.support.booked import hold, open_attempt
from tests.support.slots import exclusive_listing

pytestmark = pytest.mark.django_db

JACK = {
    "username": "jackdev",
    "email": "jackdev@example.com",
    "password": STRONG,
    "first_name": "Jack",
    "last_name": "Dev",
}


class TestRegistering:
    def test_with_username_and_names(self, call: Call) -> None:
        answer = call("auth/register/", JACK)
        assert answer.status_code == 201
        assert answer.json() == {name: value for name, value in JACK.items() if name != "password"}
        jack = User.objects.get(username="jackdev")
        assert (jack.email, jack.first_name, jack.last_name) == ("jackdev@example.com", "Jack", "Dev")
        assert jack.check_password(STRONG)
        for identifier in ({"username": "jackdev"}, {"email": "jackdev@example.com"}):
            assert call("auth/login/", {**identifier, "password": STRONG}).status_code == 200

    def test_with_an_address_alone_which_is_the_username_then(self, call: Call) -> None:
        answer = call("/auth/register", {"email": "ada@example.com", "password": STRONG})
        assert answer.status_code == 201
        assert answer.json() == {
            "username": "ada@example.com",
            "email": "ada@example.com",
            "first_name": "",
            "last_name": "",
        }
        assert User.objects.get(email="ada@example.com").username is None

    def test_the_documented_passwords_are_too_weak(self, call: Call) -> None:
        answer = call("auth/register/", {**JACK, "password": WEAK})
        assert answer.status_code == 400
        assert list(answer.json()) == ["password"]
        assert not User.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"email": "no address"}, "email"),
            ({"email": None}, "email"),
            ({"password": ""}, "password"),
            ({"username": "somebody@example.com"}, "username"),
            ({"username": "+8801712345678"}, "username"),
            ({"username": "x" * 61}, "username"),
            ({"username": "jäck"}, "username"),
            ({"username": 7}, "username"),
            ({"first_name": "\u0000"}, "first_name"),
        ],
    )
    def test_bad_input_is_400_and_names_the_field(self, call: Call, changes: dict[str, Any], field: str) -> None:
        answer = call("auth/register/", {**JACK, **changes})
        assert (answer.status_code, list(answer.json())) == (400, [field])
        assert not User.objects.exists()

    @pytest.mark.parametrize("body", [[], "x", 1, None])
    def test_what_is_no_object_is_400(self, call: Call, body: Any) -> None:
        assert call("auth/register/", body, method="post").status_code == 400

    def test_a_username_that_is_taken_is_said_and_an_address_that_is_known_is_not(self, call: Call, jack: User) -> None:
        taken = call("auth/register/", {**JACK, "username": "JackDev", "email": "other@example.com"})
        assert (taken.status_code, list(taken.json())) == (400, ["username"])
        known = call("auth/register/", {**JACK, "username": "another"})
        assert (known.status_code, known.json()["username"]) == (201, "another")
        assert User.objects.count() == 1


class TestSigningIn:
    @pytest.mark.parametrize("path", ["/auth/login", "/auth/login/", "/api/auth/login", "/api/auth/login/"])
    @pytest.mark.parametrize("name", ["email", "username"])
    def test_answers_with_a_pair_at_every_spelling(self, call: Call, jack: User, path: str, name: str) -> None:
        answer = call(path, {name: getattr(jack, name), "password": PASSWORD})
        assert answer.status_code == 200
        assert set(answer.json()) == {"refresh", "access"}
        found = call("/auth/me", Authorization=f"Bearer {answer.json()['access']}")
        assert found.json()["username"] == "jackdev"

    def test_an_address_is_a_username_too(self, call: Call, jack: User) -> None:
        assert call("auth/login/", {"username": jack.email, "password": PASSWORD}).status_code == 200

    def test_a_wrong_password_and_an_unknown_person_are_one_401(self, call: Call, jack: User) -> None:
        answers = [
            call("auth/login/", {"username": "jackdev", "password": "wrong"}),
            call("auth/login/", {"username": "nobody", "password": "wrong"}),
        ]
        assert [answer.status_code for answer in answers] == [401, 401]
        assert answers[0].json() == answers[1].json()
        assert list(answers[0].json()) == ["detail"]

    @pytest.mark.parametrize(
        ("body", "field"), [({}, "password"), ({"password": "x"}, "email"), ({"email": "a"}, "password")]
    )
    def test_what_is_missing_is_400_and_named(self, call: Call, body: dict[str, str], field: str) -> None:
        answer = call("auth/login/", body)
        assert (answer.status_code, answer.json()) == (400, {field: ["This field is required."]})

    def test_too_many_failures_are_429_with_retry_after(self, call: Call, jack: User) -> None:
        answers = [call("auth/login/", {"username": "jackdev", "password": "wrong"}) for _ in range(7)]
        assert answers[-1].status_code == 429
        assert int(answers[-1]["Retry-After"]) > 0
        assert list(answers[-1].json()) == ["detail"]


class TestTokens:
    def pair(self, call: Call, jack: User) -> dict[str, str]:
        found: dict[str, str] = call("auth/login/", {"email": jack.email, "password": PASSWORD}).json()
        return found

    @pytest.mark.parametrize("path", ["/auth/token/refresh", "/api/auth/refresh/", "/api/auth/token/refresh/"])
    def test_one_refresh_token_serves_again_and_again(self, call: Call, jack: User, path: str) -> None:
        refresh = self.pair(call, jack)["refresh"]
        for _ in range(3):
            answer = call(path, {"refresh": refresh})
            assert (answer.status_code, list(answer.json())) == (200, ["access"])
            assert call("auth/me/", Authorization=f"Bearer {answer.json()['access']}").status_code == 200

    def test_an_access_token_is_good_for_an_hour(self, call: Call, jack: User) -> None:
        token = tokens.AccessToken(self.pair(call, jack)["access"])
        assert timedelta(minutes=59) < timedelta(seconds=token["exp"] - token["iat"]) <= timedelta(minutes=60)

    def test_a_refresh_token_that_was_replaced_ends_the_session(self, call: Call, jack: User) -> None:
        pair = self.pair(call, jack)
        assert call("v1/auth/token/refresh/", {"refresh": pair["refresh"]}).status_code == 200
        assert call("auth/refresh/", {"refresh": pair["refresh"]}).status_code == 401
        assert call("auth/me/", Authorization=f"Bearer {pair['access']}").status_code == 401

    @pytest.mark.parametrize("path", ["/auth/token/verify", "/auth/token/verify/", "/api/auth/token/verify/"])
    def test_verifying(self, call: Call, jack: User, path: str) -> None:
        for token in self.pair(call, jack).values():
            assert (call(path, {"token": token}).status_code, call(path, {"token": token}).json()) == (200, {})
        forged = call(path, {"token": "x.y.z"})
        assert (forged.status_code, forged.json()) == (
            401,
            {"detail": "Token is invalid or expired", "code": "token_not_valid"},
        )
        assert call(path, {}).json() == {"token": ["This field is required."]}

    @pytest.mark.parametrize("refresh", ["", "x", 7, None, "x" * 5000])
    def test_a_token_that_is_none_is_refused(self, call: Call, refresh: Any) -> None:
        assert call("auth/refresh/", {"refresh": refresh}).status_code in (400, 401)


class TestMe:
    @pytest.mark.parametrize("path", ["/auth/me", "/auth/me/", "/api/auth/me/"])
    def test_who_am_i(self, call: Call, jack: User, path: str) -> None:
        assert call(path, as_=jack).json() == {
            "id": jack.serial,
            "username": "jackdev",
            "email": "jackdev@example.com",
            "first_name": "Jack",
            "last_name": "Dev",
        }

    @pytest.mark.parametrize("path", ["/auth/me", "/auth/me/bookings", "/auth/me/payments", "/api/bookings/"])
    def test_nobody_is_401(self, path: str) -> None:
        answer = Client().get(path)
        assert (answer.status_code, list(answer.json())) == (401, ["detail"])

    def test_my_bookings_and_payments_and_nobody_elses(self, call: Call, jack: User) -> None:
        mine = hold(exclusive_listing(), booker=jack)
        attempt = open_attempt(mine)
        open_attempt(hold(exclusive_listing()))
        bookings = call("/auth/me/bookings", as_=jack).json()
        assert [each["id"] for each in bookings["results"]] == [mine.serial]
        payments = call("/auth/me/payments", as_=jack).json()
        (paid,) = payments["results"]
        assert (paid["id"], paid["booking"], paid["status"]) == (attempt.serial, mine.serial, "INITIATED")
        assert (paid["provider"], paid["transaction_id"]) == ("SANDBOX", attempt.object_id)

    def test_they_cost_the_same_however_many_there_are(
        self, call: Call, jack: User, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(4):
            open_attempt(hold(exclusive_listing(), booker=jack))
        bearer = {"Authorization": f"Bearer {access_of(jack)}"}
        for path, most in (("auth/me/bookings/", 18), ("auth/me/payments/", 8)):
            call(path, **bearer)
            with django_assert_max_num_queries(most):
                assert call(path, **bearer).json()["count"] == 4


def test_who_has_no_username_is_known_by_the_address(call: Call) -> None:
    someone = UserFactory(email="ada@example.com")
    assert call("/auth/me", as_=someone).json()["username"] == "ada@example.com"
