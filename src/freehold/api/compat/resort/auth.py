"""Signing in by a code that is sent to a phone, and the profile of whoever did."""

from typing import Any

from django.conf import settings
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.phone_codes import LIFE
from freehold.accounts.phones import MAX_WRITTEN
from freehold.accounts.services.request_code import request_sign_in_code
from freehold.accounts.services.sign_in_by_code import sign_in_by_code
from freehold.accounts.services.update_person import update_person
from freehold.accounts.sms_budget import COOL_DOWN
from freehold.api.compat.resort.shapes import TAG, ResortEndpoint, answered, asked, fields_called
from freehold.api.permissions import Anyone, SignedIn
from freehold.api.serializers import StrictDateField, TextField, WrittenField
from freehold.api.views import caller_of
from freehold.core.addresses import counted_ip

MAX_CODE = 16
MAX_NAME = 100
PHONE = "9999988888"
OUR_NAMES = {"phone": "phone_number", "code": "otp", "first_name": "name", "last_name": "name"}
SENT = {
    "message": "OTP sent. It works for a few minutes.",
    "expires_in": int(LIFE.total_seconds()),
    "resend_in": COOL_DOWN.seconds,
}
PERSON = {"name": "John Doe", "email": "john.doe@example.com", "date_of_birth": "1990-01-15", "gender": "Male"}
UPDATED = "Profile updated."


class PhoneInput(serializers.Serializer[Any]):
    phone_number = WrittenField(max_length=MAX_WRITTEN, help_text="National, or with its country code.")


class PhoneAndOtpInput(PhoneInput):
    otp = WrittenField(max_length=MAX_CODE)


class OtpSentOutput(serializers.Serializer[Any]):
    message = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="For how many seconds the OTP works.")
    resend_in = serializers.IntegerField(help_text="After how many seconds another one may be asked for.")


class TokensOutput(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class PersonInput(serializers.Serializer[Any]):
    name = TextField(max_length=MAX_NAME, required=False, allow_blank=True, allow_null=True)
    email = serializers.EmailField(max_length=254, required=False, allow_null=True)
    date_of_birth = StrictDateField(required=False, allow_null=True)
    gender = TextField(
        max_length=10,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="Male, Female, Other or nothing.",
    )

    def validate_gender(self, written: str | None) -> str | None:
        return written and written.lower()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is answered may be sent back: null is what it was, but for a date of birth that is taken away."""
        return {name: value for name, value in attrs.items() if value is not None or name == "date_of_birth"}


class PersonOutput(serializers.Serializer[Any]):
    message = serializers.CharField(help_text="Says so when a link was mailed to a new address.")
    name = serializers.CharField()
    email = serializers.CharField(allow_null=True, help_text="The confirmed one: a new one comes after its link.")
    date_of_birth = serializers.DateField(allow_null=True)
    gender = serializers.CharField()
    phone_number = serializers.CharField(allow_null=True)


class OpenResortEndpoint(ResortEndpoint):
    """For whoever has no valid token: what is sent along is not looked at."""

    permission_classes = [Anyone]
    authentication_classes = []
    throttle_scope = "phone_code"


class RequestOtp(OpenResortEndpoint):
    @extend_schema(
        operation_id="resort_otp_request",
        request=PhoneInput,
        responses=OtpSentOutput,
        tags=[TAG],
        examples=[asked("A number", {"phone_number": PHONE}), answered("On its way", SENT)],
    )
    def post(self, request: Request) -> Response:
        """Have a code sent, with or without an account: the answer is the same.

        429 with Retry-After for a number that got one within the last minute, and for too many.
        """
        phone = self.body(PhoneInput)["phone_number"]
        with fields_called(OUR_NAMES):
            request_sign_in_code(phone=phone, address=counted_ip(request), region=settings.ENV.resort_phone_region)
        return Response(SENT)


class VerifyOtp(OpenResortEndpoint):
    @extend_schema(
        operation_id="resort_otp_verify",
        request=PhoneAndOtpInput,
        responses=TokensOutput,
        tags=[TAG],
        examples=[
            asked("Number and OTP", {"phone_number": PHONE, "otp": "123456"}),
            answered("Tokens", {"access": "eyJhbGciOi...", "refresh": "eyJhbGciOi..."}),
        ],
    )
    def post(self, request: Request) -> Response:
        """Sign in with the code; a new number has an account from then on.

        401 for one that is wrong, used or too old; 429 with Retry-After from the sixth wrong one of a number on.
        """
        wanted = self.body(PhoneAndOtpInput)
        with fields_called(OUR_NAMES):
            pair = sign_in_by_code(
                request=request._request,
                phone=wanted["phone_number"],
                code=wanted["otp"],
                address=counted_ip(request),
                region=settings.ENV.resort_phone_region,
            )
        return Response({"access": pair.access, "refresh": pair.refresh})


class UpdateProfile(ResortEndpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="resort_profile_update",
        request=PersonInput,
        responses=PersonOutput,
        tags=[TAG],
        examples=[
            asked("All of it", PERSON),
            answered("Changed", {"message": UPDATED, **PERSON, "phone_number": "+919999988888"}),
        ],
    )
    def post(self, request: Request) -> Response:
        """Say who you are. What is left out stays as it is. A new address is yours when you follow the mailed link."""
        wanted = self.body(PersonInput)
        changes = {name: wanted[name] for name in ("date_of_birth", "gender") if name in wanted}
        if "name" in wanted:
            changes["first_name"], _space, changes["last_name"] = wanted["name"].partition(" ")
        email = wanted.get("email")
        with fields_called(OUR_NAMES):
            user, is_settled = update_person(
                actor=self.actor, session=caller_of(request).session(), changes=changes, email=email
            )
        return Response(
            {
                "message": UPDATED if is_settled else f"{UPDATED} Follow the link that we have sent to {email}.",
                "name": user.get_full_name(),
                "email": user.email,
                "date_of_birth": user.date_of_birth,
                "gender": user.gender.capitalize(),
                "phone_number": user.phone,
            }
        )


urlpatterns = [
    path("auth/otp/request/", RequestOtp.as_view(), name="resort-otp-request"),
    path("auth/otp/verify/", VerifyOtp.as_view(), name="resort-otp-verify"),
    path("auth/profile/update/", UpdateProfile.as_view(), name="resort-profile-update"),
]
