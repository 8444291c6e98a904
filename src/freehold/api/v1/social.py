"""Signing in with Google or Apple, for apps: the token that the provider gave the app is exchanged for ours."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.models import User
from freehold.accounts.selectors import ways_in
from freehold.accounts.services.connect_identity import connect_by_token, disconnect_identity
from freehold.accounts.services.sign_in_socially import sign_in_socially
from freehold.accounts.social.providers import offered
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1.auth import EXAMPLE_PAIR, EXAMPLE_TOKEN, TokenEndpoint, TokenPairOutput
from freehold.api.views import Endpoint, caller_of

MAX_ID_TOKEN = 8192
EXAMPLE_ID_TOKEN = OpenApiExample("Of the provider's kit", {"id_token": EXAMPLE_TOKEN}, request_only=True)
EXAMPLE_WAYS = OpenApiExample(
    "Two of three", {"ways": ["password", "google"], "providers": ["google", "apple"]}, response_only=True
)


class IdTokenInput(StrictSerializer):
    id_token = TextField(max_length=MAX_ID_TOKEN, help_text="Made out for one of our client ids; good once.")
    nonce = TextField(max_length=200, required=False, help_text="The one inside, if the app has asked for one.")


class WaysOutput(StrictSerializer):
    ways = serializers.ListField(
        child=serializers.CharField(), help_text="password, phone, passkey, and names of providers."
    )
    providers = serializers.ListField(child=serializers.CharField(), help_text="Those that could be connected here.")


class SocialSignIn(TokenEndpoint):
    throttle_scope = "sign_in"

    @extend_schema(
        operation_id="social_sign_in",
        request=IdTokenInput,
        responses=TokenPairOutput,
        tags=["auth"],
        examples=[EXAMPLE_ID_TOKEN, EXAMPLE_PAIR],
    )
    def post(self, request: Request, provider: str) -> Response:
        """Sign in, or sign up, with an `id_token` of `google` or `apple`. 404 for one that is not set up here.

        409 `account_exists` when the address has an account: sign in to it once, and connect the provider then. 401
        `unverified_address` when the provider does not vouch for the address.
        """
        pair = sign_in_socially(request=request._request, provider=provider, **self.body(IdTokenInput))
        return self.give(pair)


class OwnWays(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="my_ways_in", responses=WaysOutput, tags=["me"], examples=[EXAMPLE_WAYS])
    def get(self, request: Request) -> Response:
        """What opens my account by itself."""
        return Response(_ways(caller_of(request).user))


class OwnWay(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("post", "delete")

    @extend_schema(
        operation_id="connect_provider",
        request=IdTokenInput,
        responses=WaysOutput,
        tags=["me"],
        examples=[EXAMPLE_ID_TOKEN, EXAMPLE_WAYS],
    )
    def post(self, request: Request, provider: str) -> Response:
        """Sign in with the provider as well from now on. Asks for a fresh proof of who is calling."""
        caller = caller_of(request)
        connect_by_token(actor=self.actor, request=request._request, provider=provider, **self.body(IdTokenInput))
        return Response(_ways(caller.user))

    @extend_schema(
        operation_id="disconnect_provider",
        responses={204: OpenApiResponse(description="The provider opens the account no more.")},
        tags=["me"],
    )
    def delete(self, request: Request, provider: str) -> Response:
        """Sign in with the provider no more; 409 `last_way_in` when nothing else opens the account."""
        disconnect_identity(actor=self.actor, provider=provider)
        return Response(status=204)


def _ways(user: User) -> dict[str, Any]:
    return {"ways": ways_in(user=user), "providers": offered()}


urlpatterns = [
    path("auth/social/<slug:provider>/", SocialSignIn.as_view(), name="social-sign-in"),
    path("me/ways/", OwnWays.as_view(), name="my-ways"),
    path("me/ways/<slug:provider>/", OwnWay.as_view(), name="my-way"),
]
