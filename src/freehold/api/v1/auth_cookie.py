"""Signing in and out with the tokens in cookies, for pages of this site. Bearer tokens need none of this."""

from django.middleware.csrf import get_token, rotate_token
from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from freehold.accounts.services.refresh_tokens import refresh_tokens
from freehold.accounts.services.sign_in import SignInRefused
from freehold.accounts.services.sign_out import sign_out_family
from freehold.accounts.tokens import TokenPair
from freehold.api import cookies
from freehold.api.serializers import StrictSerializer
from freehold.api.v1.auth import EXAMPLE_SIGN_IN, OpenEndpoint, SignIn, SignInInput

CSRF = OpenApiParameter(
    cookies.CSRF_HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The value of the CSRF cookie, or `csrf_token` of the last answer.",
)
EXAMPLE = OpenApiExample(
    "Signed in",
    {"access_seconds": 600, "refresh_seconds": 86400, "csrf_token": "Wq3vYbE8r0iK1lGm5nTzUxSdPcHoJf7A"},
    response_only=True,
)


class CookiesOutput(StrictSerializer):
    access_seconds = serializers.IntegerField(help_text="Refresh before that many seconds are over.")
    refresh_seconds = serializers.IntegerField()
    csrf_token = serializers.CharField(help_text=f"Send it as `{cookies.CSRF_HEADER}` with every write.")


class InCookies:
    """Mixed into an endpoint that gives tokens: they go into cookies, and no script sees them.

    A new CSRF token comes with them: one that somebody had planted before is void.
    """

    permission_classes = [cookies.SameOriginJson]
    request: Request

    def give(self, pair: TokenPair) -> Response:
        # Whoever was signed in here before is not any more; their tokens would stay good with nobody holding them.
        if earlier := cookies.refresh_of(self.request):
            sign_out_family(token=earlier)
        rotate_token(self.request._request)
        return in_cookies(self.request, pair)


def in_cookies(request: Request, pair: TokenPair) -> Response:
    response = Response(
        {
            "access_seconds": cookies.seconds_of(AccessToken),
            "refresh_seconds": cookies.seconds_of(RefreshToken),
            "csrf_token": get_token(request._request),
        }
    )
    cookies.put(response, pair)
    return response


class CookieSignIn(InCookies, SignIn):
    @extend_schema(
        operation_id="cookie_sign_in",
        request=SignInInput,
        responses=CookiesOutput,
        tags=["auth"],
        examples=[EXAMPLE_SIGN_IN, EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Sign in with the tokens in HttpOnly cookies. From a page of this site only, else 403."""
        return super().post(request)


class CookieRefresh(OpenEndpoint):
    permission_classes = [cookies.CsrfProtected]

    @extend_schema(
        operation_id="cookie_refresh",
        request=None,
        responses=CookiesOutput,
        parameters=[CSRF],
        tags=["auth"],
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """New tokens for those in the cookies. Tabs take turns (Web Locks): a used token ends the session."""
        try:
            return in_cookies(request, refresh_tokens(refresh=cookies.refresh_of(request)))
        except SignInRefused as refusal:
            response = Response(refusal.to_json(), status=refusal.status)
            cookies.take_away(response)
            return response


class CookieSignOut(OpenEndpoint):
    permission_classes = [cookies.CsrfProtected]

    @extend_schema(
        operation_id="cookie_sign_out",
        request=None,
        responses={204: OpenApiResponse(description="The session is over, and the cookies are gone.")},
        parameters=[CSRF],
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        """Sign out: the session of the cookies ends. Without any it has ended already."""
        sign_out_family(token=cookies.refresh_of(request) or cookies.access_of(request))
        response = Response(status=204)
        cookies.take_away(response)
        return response


urlpatterns = [
    path("auth/cookie/login/", CookieSignIn.as_view(), name="cookie-login"),
    path("auth/cookie/refresh/", CookieRefresh.as_view(), name="cookie-refresh"),
    path("auth/cookie/logout/", CookieSignOut.as_view(), name="cookie-logout"),
]
