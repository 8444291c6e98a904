"""Accounts of the stays API: the tokens live in HttpOnly cookies and in no answer's body.

All of it is what `api/v1/auth_cookie.py` does, under the older names.
"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts import tokens
from freehold.accounts.services.register_user import register_user
from freehold.accounts.services.sign_in import sign_in
from freehold.accounts.tokens import TokenPair
from freehold.api import cookies
from freehold.api.compat.stays import examples
from freehold.api.compat.stays.shapes import (
    StaysCredentialsInput,
    StaysPersonOutput,
    StaysRegisteredOutput,
    StaysRegistrationInput,
    StaysSignedInOutput,
    StaysSpokenOutput,
)
from freehold.api.permissions import SignedIn
from freehold.api.v1.auth import OpenEndpoint
from freehold.api.v1.auth_cookie import CSRF, CookieRefresh, CookieSignOut, InCookies
from freehold.api.views import Endpoint
from freehold.companies.choosing import may_somewhere
from freehold.core.actor import Actor

TAG = "stays API: accounts"


class Register(OpenEndpoint):
    throttle_scope = "register"

    @extend_schema(
        operation_id="stays_register",
        request=StaysRegistrationInput,
        responses={201: StaysRegisteredOutput},
        tags=[TAG],
        examples=[examples.REGISTRATION, examples.REGISTERED],
    )
    def post(self, request: Request) -> Response:
        """Make an account. The answer is the same for an address that has one already; sign in afterwards."""
        wanted = self.body(StaysRegistrationInput)
        register_user(**wanted)
        said = {name: wanted.get(name, "") for name in ("email", "first_name", "last_name")}
        return Response({"detail": "We have sent you a mail. You can sign in.", **said}, status=201)


class Token(InCookies, OpenEndpoint):
    throttle_scope = "sign_in"

    @extend_schema(
        operation_id="stays_sign_in",
        request=StaysCredentialsInput,
        responses=StaysSignedInOutput,
        tags=[TAG],
        examples=[examples.CREDENTIALS, examples.SIGNED_IN],
    )
    def post(self, request: Request) -> Response:
        """Sign in: the tokens go into HttpOnly cookies, and `csrftoken` into one that pages can read.

        Takes JSON from a page of this site only (or from no page at all), else 403. 401 for a wrong e-mail or password.
        """
        wanted = self.body(StaysCredentialsInput)
        return self.give(sign_in(request=request._request, identifier=wanted["email"], password=wanted["password"]))

    def give(self, pair: TokenPair) -> Response:
        response = super().give(pair)
        user = tokens.authenticate(pair.access).user
        response.data = {"detail": "Signed in.", "user": person_answer(user)}
        cookies.show_csrf_token(self.request._request, response)
        return response


class Refresh(CookieRefresh):
    @extend_schema(
        operation_id="stays_refresh",
        request=None,
        responses=StaysSpokenOutput,
        parameters=[CSRF],
        tags=[TAG],
        examples=[examples.REFRESHED],
    )
    def post(self, request: Request) -> Response:
        """New tokens for those in the cookies. 401 when they are over: sign in again."""
        response = super().post(request)
        if response.status_code == 200:
            response.data = {"detail": "Refreshed."}
            cookies.show_csrf_token(request._request, response)
        return response


class Logout(CookieSignOut):
    @extend_schema(
        operation_id="stays_sign_out",
        request=None,
        responses=StaysSpokenOutput,
        parameters=[CSRF],
        tags=[TAG],
        examples=[examples.SIGNED_OUT],
    )
    def post(self, request: Request) -> Response:
        """Sign out: the session ends with all its tokens, and the cookies are gone."""
        response = super().post(request)
        response.status_code, response.data = 200, {"detail": "Signed out."}
        return response


class Me(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="stays_me", responses=StaysPersonOutput, tags=[TAG], examples=[examples.PERSON])
    def get(self, request: Request) -> Response:
        """Who am I?"""
        return Response(person_answer(request.user))


def person_answer(user: Any) -> dict[str, Any]:
    return {
        "id": user.serial,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_staff": may_somewhere(actor=Actor.of(user), permission="properties.edit"),
    }
