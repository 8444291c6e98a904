"""Codes by text message: to sign in or sign up with a phone number alone, and to prove a number of one's own."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.phone_codes import LIFE
from freehold.accounts.phones import MAX_WRITTEN
from freehold.accounts.services.change_phone import change_phone
from freehold.accounts.services.request_code import request_change_code, request_sign_in_code
from freehold.accounts.services.sign_in_by_code import sign_in_by_code
from freehold.accounts.sms_budget import COOL_DOWN
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1 import examples
from freehold.api.v1.auth import OpenEndpoint, TokenPairOutput
from freehold.api.views import Endpoint
from freehold.core.addresses import counted_ip

MAX_CODE = 16
PHONE = "+16175550123"


class PhoneInput(StrictSerializer):
    phone = TextField(max_length=MAX_WRITTEN, help_text="With its country code, however it is grouped.")


class PhoneAndCodeInput(PhoneInput):
    code = TextField(max_length=MAX_CODE, help_text="The six digits of the latest message.")


class CodeSentOutput(StrictSerializer):
    phone = serializers.CharField(help_text="The number as it was understood, in E.164.")
    expires_in = serializers.IntegerField(help_text="For how many seconds the code works.")
    resend_in = serializers.IntegerField(help_text="After how many seconds another one may be asked for.")


class OwnPhoneOutput(StrictSerializer):
    phone = serializers.CharField()
    is_phone_verified = serializers.BooleanField()


SENT = {"phone": PHONE, "expires_in": int(LIFE.total_seconds()), "resend_in": COOL_DOWN.seconds}
ASKED = OpenApiExample("A number", {"phone": "+1 617 555 0123"}, request_only=True)
ANSWERED = OpenApiExample("On its way", SENT, response_only=True, status_codes=["202"])
TYPED = OpenApiExample("Number and code", {"phone": PHONE, "code": "123456"}, request_only=True)


class RequestCode(OpenEndpoint):
    throttle_scope = "phone_code"

    @extend_schema(
        operation_id="request_sign_in_code",
        request=PhoneInput,
        responses={202: CodeSentOutput},
        tags=["auth"],
        examples=[ASKED, ANSWERED],
    )
    def post(self, request: Request) -> Response:
        """Have a code sent by text message, with or without an account: the answer is the same.

        A newer code replaces the one before. 429 with Retry-After for a number that got one within the last minute, and
        for too many per number, address, country or day.
        """
        return _sent(request_sign_in_code(**self.body(PhoneInput), address=counted_ip(request)))


class VerifyCode(OpenEndpoint):
    throttle_scope = "phone_code"

    @extend_schema(
        operation_id="sign_in_by_code",
        request=PhoneAndCodeInput,
        responses=TokenPairOutput,
        tags=["auth"],
        examples=[TYPED, examples.TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Sign in with the code; a new number has an account from then on.

        401 `invalid_code` for one that is wrong, used, over after five minutes, or was guessed at five times: ask for a
        new one. 429 with Retry-After from the sixth wrong code of a number on, whether or not one was sent. 401
        `further_step_required` as after a password.
        """
        pair = sign_in_by_code(request=request._request, **self.body(PhoneAndCodeInput), address=counted_ip(request))
        return Response(pair._asdict())


class OwnPhone(Endpoint):
    permission_classes = [SignedIn]
    throttle_scope = "phone_code"
    step_up = ("post",)

    @extend_schema(
        operation_id="request_phone_change_code",
        request=PhoneInput,
        responses={202: CodeSentOutput},
        tags=["me"],
        examples=[ASKED, ANSWERED],
    )
    def post(self, request: Request) -> Response:
        """Have a code sent to a number that is to be yours, after a fresh proof of who asks; limits as above."""
        return _sent(request_change_code(actor=self.actor, **self.body(PhoneInput), address=counted_ip(request)))


class OwnPhoneVerify(Endpoint):
    permission_classes = [SignedIn]
    throttle_scope = "phone_code"

    @extend_schema(
        operation_id="change_phone",
        request=PhoneAndCodeInput,
        responses=OwnPhoneOutput,
        tags=["me"],
        examples=[TYPED, examples.OWN_PHONE],
    )
    def post(self, request: Request) -> Response:
        """Prove the number: it identifies you from then on. 409 `phone_taken` when it signs in another account."""
        user = change_phone(actor=self.actor, **self.body(PhoneAndCodeInput))
        return Response(OwnPhoneOutput({"phone": user.phone, "is_phone_verified": True}).data)


def _sent(phone: str) -> Response:
    facts: Any = {**SENT, "phone": phone}
    return Response(facts, status=202)


urlpatterns = [
    path("auth/otp/request/", RequestCode.as_view(), name="otp-request"),
    path("auth/otp/verify/", VerifyCode.as_view(), name="otp-verify"),
    path("me/phone/", OwnPhone.as_view(), name="my-phone"),
    path("me/phone/verify/", OwnPhoneVerify.as_view(), name="my-phone-verify"),
]
