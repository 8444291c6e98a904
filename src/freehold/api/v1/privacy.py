"""What a person may do with what is kept about them: take it along, leave, be forgotten, join accounts."""

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.services.close_account import close_account
from freehold.accounts.services.erase_account import erase_account
from freehold.accounts.services.merge_accounts import merge_accounts
from freehold.accounts.services.set_avatar import remove_avatar, set_avatar
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1 import examples
from freehold.api.v1.me import ProfileOutput, profile_answer
from freehold.api.views import Endpoint
from freehold.reports.personal_data import personal_data_of

GONE = OpenApiResponse(description="Done. Every session and token of the account is over.")


class AvatarInput(StrictSerializer):
    file = serializers.FileField(help_text="JPEG, PNG or WebP, at most 10 MB; its middle becomes a square.")


class MergeInput(StrictSerializer):
    phone = TextField(max_length=32)
    code = TextField(max_length=12)


class Avatar(Endpoint):
    permission_classes = [SignedIn]
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="set_my_avatar",
        request={"multipart/form-data": AvatarInput},
        responses=ProfileOutput,
        tags=["me"],
        examples=[examples.PROFILE],
    )
    def put(self, request: Request) -> Response:
        """Show a picture of yourself."""
        upload = self.body(AvatarInput)["file"]
        return Response(profile_answer(set_avatar(actor=self.actor, upload=upload), request))

    @extend_schema(operation_id="remove_my_avatar", responses={204: None}, tags=["me"])
    def delete(self, request: Request) -> Response:
        """Show no picture any more."""
        remove_avatar(actor=self.actor)
        return Response(status=204)


class PersonalData(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="export_me", responses=OpenApiTypes.OBJECT, tags=["me"], examples=[examples.PERSONAL_DATA]
    )
    def get(self, request: Request) -> Response:
        """Everything that is kept about you: profile, devices, bookings with guests, payments, messages."""
        return Response(personal_data_of(actor=self.actor))


class Close(Endpoint):
    permission_classes = [SignedIn]
    step_up = {"post"}

    @extend_schema(operation_id="close_me", request=None, responses={204: GONE}, tags=["me"])
    def post(self, request: Request) -> Response:
        """Close your account: nobody signs in with it any more, and everything in it stays. Asks for a fresh proof."""
        close_account(actor=self.actor)
        return Response(status=204)


class Erase(Endpoint):
    permission_classes = [SignedIn]
    step_up = {"post"}

    @extend_schema(operation_id="erase_me", request=None, responses={204: GONE}, tags=["me"])
    def post(self, request: Request) -> Response:
        """Be forgotten, for good. The books keep a pseudonym. 409 while bookings are ahead. Asks for a fresh proof."""
        erase_account(actor=self.actor)
        return Response(status=204)


class Merge(Endpoint):
    permission_classes = [SignedIn]
    step_up = {"post"}

    @extend_schema(
        operation_id="merge_accounts",
        request=MergeInput,
        responses=ProfileOutput,
        tags=["me"],
        examples=[
            OpenApiExample("Proved", {"phone": "+16175550123", "code": "123456"}, request_only=True),
            examples.PROFILE,
        ],
    )
    def post(self, request: Request) -> Response:
        """Join the account that only has this phone number to yours, with the code that `POST /me/phone/` sent."""
        user = merge_accounts(actor=self.actor, **self.body(MergeInput))
        return Response(profile_answer(user, request))


urlpatterns = [
    path("me/avatar/", Avatar.as_view(), name="me-avatar"),
    path("me/export/", PersonalData.as_view(), name="me-export"),
    path("me/close/", Close.as_view(), name="me-close"),
    path("me/erase/", Erase.as_view(), name="me-erase"),
    path("me/merge/", Merge.as_view(), name="me-merge"),
]
