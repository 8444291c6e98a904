"""Registering, signing in, tokens that are kept for a day, and who one is."""

from typing import TYPE_CHECKING, Any, cast

from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts import tokens
from freehold.accounts.services.register_user import register_user
from freehold.accounts.services.renew_access import renew_access
from freehold.accounts.services.sign_in import SignInRefused, sign_in
from freehold.accounts.tokens import InvalidToken
from freehold.api.compat.estate import examples
from freehold.api.compat.estate.base import EstateEndpoint, OpenEndpoint
from freehold.api.compat.estate.shapes import (
    BookingOutput,
    PaymentOutput,
    UserOutput,
    booking_answer,
    payment_answer,
    user_answer,
)
from freehold.api.compat.pages import paged
from freehold.api.serializers import TextField
from freehold.api.v1.auth import EXAMPLE_TOKEN, MAX_TOKEN, PasswordField
from freehold.bookings.selectors import own_payments, trips

if TYPE_CHECKING:
    from freehold.accounts.models import User

TAGS = ["estate API: auth"]


class RegistrationInput(serializers.Serializer[Any]):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    username = TextField(max_length=150, required=False, allow_blank=True)
    first_name = TextField(max_length=100, required=False, allow_blank=True)
    last_name = TextField(max_length=100, required=False, allow_blank=True)


class RegistrationOutput(serializers.Serializer[Any]):
    username = serializers.CharField()
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()


class LoginInput(serializers.Serializer[Any]):
    email = TextField(max_length=254, required=False)
    username = TextField(max_length=254, required=False, help_text="The username, or the address once more.")
    password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        identifier = attrs.get("email") or attrs.get("username")
        if not identifier:
            detail = serializers.ErrorDetail("This field is required.", code="required")
            raise serializers.ValidationError({"email": [detail]})
        return {"identifier": identifier, "password": attrs["password"]}


class PairOutput(serializers.Serializer[Any]):
    refresh = serializers.CharField(help_text="Good for a day, again and again.")
    access = serializers.CharField(help_text="Good for an hour. Send it as `Authorization: Bearer ...`.")


class RefreshInput(serializers.Serializer[Any]):
    refresh = TextField(max_length=MAX_TOKEN)


class AccessOutput(serializers.Serializer[Any]):
    access = serializers.CharField()


class TokenInput(serializers.Serializer[Any]):
    token = TextField(max_length=MAX_TOKEN)


class Register(OpenEndpoint):
    throttle_scope = "register"

    @extend_schema(
        operation_id="estate_register",
        request=RegistrationInput,
        responses={201: RegistrationOutput},
        tags=TAGS,
        examples=[examples.REGISTRATION, examples.REGISTERED],
    )
    def post(self, request: Request) -> Response:
        """Make an account, and sign in afterwards. The answer repeats what was sent, for known addresses as well."""
        wanted = self.body(RegistrationInput)
        register_user(**wanted)
        answer = {name: wanted.get(name) or "" for name in ("username", "email", "first_name", "last_name")}
        return Response({**answer, "username": answer["username"] or answer["email"]}, status=201)


class Login(OpenEndpoint):
    throttle_scope = "sign_in"

    @extend_schema(
        operation_id="estate_login",
        request=LoginInput,
        responses=PairOutput,
        tags=TAGS,
        examples=[
            OpenApiExample("E-mail", {"email": "ada@example.com", "password": "a long sentence"}, request_only=True),
            OpenApiExample("Username", {"username": "jackdev", "password": "a long sentence"}, request_only=True),
            OpenApiExample("Tokens", {"refresh": EXAMPLE_TOKEN, "access": EXAMPLE_TOKEN}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Sign in with e-mail or username. 401 for a wrong one, 429 after too many failures."""
        pair = sign_in(request=request._request, **self.body(LoginInput))
        return Response({"refresh": pair.refresh, "access": renew_access(refresh=pair.refresh)})


class Refresh(OpenEndpoint):
    @extend_schema(
        operation_id="estate_refresh",
        request=RefreshInput,
        responses=AccessOutput,
        tags=TAGS,
        examples=[
            OpenApiExample("Refresh", {"refresh": EXAMPLE_TOKEN}, request_only=True),
            OpenApiExample("Token", {"access": EXAMPLE_TOKEN}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """A new access token. The refresh token stays good until its day is over, or the session ends."""
        return Response({"access": renew_access(**self.body(RefreshInput))})


class Verify(OpenEndpoint):
    @extend_schema(
        operation_id="estate_verify",
        request=TokenInput,
        responses={200: OpenApiResponse(description="The token would be accepted now.")},
        tags=TAGS,
        examples=[OpenApiExample("Token", {"token": EXAMPLE_TOKEN}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Ask whether an access or refresh token is good: 401 if it is not."""
        try:
            tokens.verify(self.body(TokenInput)["token"])
        except InvalidToken:
            raise SignInRefused("Token is invalid or expired", code="invalid_token") from None
        return Response({})


class Me(EstateEndpoint):
    @extend_schema(operation_id="estate_me", responses=UserOutput, tags=TAGS, examples=[examples.USER])
    def get(self, request: Request) -> Response:
        """Who am I?"""
        return Response(user_answer(cast("User", request.user)))


class MyBookings(EstateEndpoint):
    @extend_schema(
        operation_id="estate_my_bookings",
        responses=BookingOutput(many=True),
        tags=TAGS,
        parameters=examples.PAGES,
        examples=[examples.BOOKINGS],
    )
    def get(self, request: Request) -> Response:
        """Your bookings, newest first, page by page."""
        user = cast("User", request.user)
        rows = trips(user=user).order_by("-created_at", "-id")
        return paged(rows, request, lambda booking: booking_answer(booking, user))


class MyPayments(EstateEndpoint):
    @extend_schema(
        operation_id="estate_my_payments",
        responses=PaymentOutput(many=True),
        tags=TAGS,
        parameters=examples.PAGES,
        examples=[examples.PAYMENTS],
    )
    def get(self, request: Request) -> Response:
        """What you paid, or tried to, newest first, page by page."""
        rows = own_payments(user=request.user)
        return paged(rows, request, lambda payment: payment_answer(payment, payment.booking_serial))


urlpatterns = [
    path("auth/register/", Register.as_view(), name="estate-register"),
    path("auth/login/", Login.as_view(), name="estate-login"),
    path("auth/refresh/", Refresh.as_view(), name="estate-refresh"),
    path("auth/token/verify/", Verify.as_view(), name="estate-verify"),
    path("auth/me/", Me.as_view(), name="estate-me"),
    path("auth/me/bookings/", MyBookings.as_view(), name="estate-my-bookings"),
    path("auth/me/payments/", MyPayments.as_view(), name="estate-my-payments"),
]
