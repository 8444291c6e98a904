"""Registering, signing in and out, and a forgotten password, for programs."""

from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import AccessToken

from freehold.accounts import tokens
from freehold.accounts.services.refresh_tokens import refresh_tokens
from freehold.accounts.services.register_user import register_user
from freehold.accounts.services.request_password_reset import request_password_reset
from freehold.accounts.services.reset_password import reset_password
from freehold.accounts.services.sign_in import SignInRefused, sign_in
from freehold.accounts.services.sign_out import sign_out
from freehold.accounts.tokens import InvalidToken, TokenPair
from freehold.api.permissions import Anyone, SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1 import examples
from freehold.api.views import Endpoint
from freehold.core.addresses import counted_ip

MAX_PASSWORD = 1024
MAX_TOKEN = 4096
EXAMPLE_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBl...fQ.Yk3"  # noqa: S105
EXAMPLE_PAIR = OpenApiExample("Tokens", {"access": EXAMPLE_TOKEN, "refresh": EXAMPLE_TOKEN}, response_only=True)
EXAMPLE_SIGN_IN = OpenApiExample(
    "E-mail", {"identifier": "guest@example.com", "password": "a long sentence"}, request_only=True
)


class PasswordField(TextField):
    """Taken as it is: a space may be part of a password."""

    def __init__(self) -> None:
        super().__init__(
            max_length=MAX_PASSWORD, trim_whitespace=False, write_only=True, style={"input_type": "password"}
        )


class RegistrationInput(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    first_name = TextField(max_length=100, required=False, allow_blank=True)
    last_name = TextField(max_length=100, required=False, allow_blank=True)


class SignInInput(StrictSerializer):
    identifier = TextField(max_length=254, help_text="E-mail address, username, or phone number with its country code.")
    password = PasswordField()


class TokenPairOutput(StrictSerializer):
    access = serializers.CharField(help_text="Send it as `Authorization: Bearer ...`.")
    refresh = serializers.CharField(help_text="Good once: each refresh gives a new one.")


class RefreshInput(StrictSerializer):
    refresh = TextField(max_length=MAX_TOKEN)


class TokenInput(StrictSerializer):
    token = TextField(max_length=MAX_TOKEN)


class EmailInput(StrictSerializer):
    email = serializers.EmailField(max_length=254)


class NewPasswordInput(StrictSerializer):
    key = TextField(max_length=200, help_text="The end of the mailed link: `<user>/<token>`.")
    password = PasswordField()


class AcceptedOutput(StrictSerializer):
    detail = serializers.CharField()


class OpenEndpoint(Endpoint):
    """For callers who have no tokens yet, or dead ones: what they send along is not looked at."""

    permission_classes = [Anyone]
    authentication_classes = []


class TokenEndpoint(OpenEndpoint):
    """Answers with tokens: in the body here, in cookies where `auth_cookie.InCookies` comes first."""

    def give(self, pair: TokenPair) -> Response:
        return Response(pair._asdict())


class Register(OpenEndpoint):
    throttle_scope = "register"

    @extend_schema(
        operation_id="register",
        request=RegistrationInput,
        responses={201: AcceptedOutput},
        tags=["auth"],
        examples=[
            OpenApiExample(
                "E-mail",
                {"email": "ada@example.com", "password": "a long sentence", "first_name": "Ada", "last_name": "Byron"},
                request_only=True,
            ),
            OpenApiExample(
                "Always",
                {"detail": "We have sent you a mail. You can sign in."},
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Make an account. The answer is the same for an address that has one already; sign in afterwards."""
        register_user(**self.body(RegistrationInput))
        return Response({"detail": "We have sent you a mail. You can sign in."}, status=201)


class SignIn(TokenEndpoint):
    throttle_scope = "sign_in"

    @extend_schema(
        operation_id="sign_in",
        request=SignInInput,
        responses=TokenPairOutput,
        tags=["auth"],
        examples=[EXAMPLE_SIGN_IN, EXAMPLE_PAIR],
    )
    def post(self, request: Request) -> Response:
        """Sign in and get tokens. 401 for a wrong identifier or password, 429 after too many failures."""
        pair = sign_in(request=request._request, **self.body(SignInInput))
        return self.give(pair)


class Refresh(TokenEndpoint):
    @extend_schema(
        operation_id="refresh_tokens",
        request=RefreshInput,
        responses=TokenPairOutput,
        tags=["auth"],
        examples=[OpenApiExample("Refresh", {"refresh": EXAMPLE_TOKEN}, request_only=True), EXAMPLE_PAIR],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for new tokens. Refresh once at a time: showing a used token ends the session."""
        return self.give(refresh_tokens(**self.body(RefreshInput)))


class Verify(OpenEndpoint):
    @extend_schema(
        operation_id="verify_token",
        request=TokenInput,
        responses={200: OpenApiResponse(description="The token would be accepted now.")},
        tags=["auth"],
        examples=[OpenApiExample("Token", {"token": EXAMPLE_TOKEN}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Ask whether an access or refresh token is good."""
        try:
            tokens.verify(self.body(TokenInput)["token"])
        except InvalidToken:
            raise SignInRefused("This token is not valid, or not any more.", code="invalid_token") from None
        return Response({})


class SignOut(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="sign_out",
        request=None,
        responses={204: OpenApiResponse(description="The session and its tokens are over.")},
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        """Sign out: the session of the bearer token ends, and all tokens with it."""
        sign_out(request=request._request, token=request.auth if isinstance(request.auth, AccessToken) else None)
        return Response(status=204)


class PasswordReset(OpenEndpoint):
    throttle_scope = "password_reset"

    @extend_schema(
        operation_id="request_password_reset",
        request=EmailInput,
        responses={202: AcceptedOutput},
        tags=["auth"],
        examples=[OpenApiExample("E-mail", {"email": "ada@example.com"}, request_only=True), examples.RESET_MAILED],
    )
    def post(self, request: Request) -> Response:
        """Ask for a mail with a link. The answer is the same for every address."""
        request_password_reset(**self.body(EmailInput))
        return Response({"detail": "If there is an account with this address, it gets a mail."}, status=202)


class PasswordResetConfirm(OpenEndpoint):
    throttle_scope = "password_reset"

    @extend_schema(
        operation_id="reset_password",
        request=NewPasswordInput,
        responses={204: OpenApiResponse(description="The password is changed; all sessions are over.")},
        tags=["auth"],
        examples=[
            OpenApiExample(
                "Key of the link",
                {"key": "7ywn2k4d/c8q1x3-5b0e", "password": "another long sentence"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the key of the mailed link."""
        reset_password(**self.body(NewPasswordInput), address=counted_ip(request))
        return Response(status=204)


urlpatterns = [
    path("auth/register/", Register.as_view(), name="register"),
    path("auth/login/", SignIn.as_view(), name="login"),
    path("auth/logout/", SignOut.as_view(), name="logout"),
    path("auth/token/refresh/", Refresh.as_view(), name="token-refresh"),
    path("auth/token/verify/", Verify.as_view(), name="token-verify"),
    path("auth/password/reset/", PasswordReset.as_view(), name="password-reset"),
    path("auth/password/reset/confirm/", PasswordResetConfirm.as_view(), name="password-reset-confirm"),
]
