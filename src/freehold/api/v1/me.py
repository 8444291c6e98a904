"""Whoever is signed in: their profile, and the companies that they work in."""

from typing import Any, cast

from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.models import Gender, User
from freehold.accounts.selectors import is_email_verified
from freehold.accounts.services.update_profile import update_profile
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1 import examples
from freehold.api.v1.companies import MembershipOutput
from freehold.api.views import Endpoint
from freehold.companies.selectors import memberships_of


class ProfileInput(StrictSerializer):
    first_name = TextField(max_length=100, required=False, allow_blank=True)
    last_name = TextField(max_length=100, required=False, allow_blank=True)
    language = TextField(max_length=12, required=False)
    time_zone = TextField(max_length=64, required=False, allow_blank=True, help_text="A name like Europe/Paris.")
    date_of_birth = serializers.DateField(required=False, allow_null=True)
    gender = serializers.ChoiceField(choices=Gender.choices, required=False, allow_blank=True)


class ProfileOutput(StrictSerializer):
    id = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    is_email_verified = serializers.BooleanField()
    username = serializers.CharField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    is_phone_verified = serializers.BooleanField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    language = serializers.CharField()
    time_zone = serializers.CharField()
    date_of_birth = serializers.DateField(allow_null=True)
    gender = serializers.CharField(help_text="Empty when nothing was said.")
    avatar_url = serializers.CharField(allow_null=True)
    companies = MembershipOutput(many=True)


class Me(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="get_me", responses=ProfileOutput, tags=["me"], examples=[examples.PROFILE])
    def get(self, request: Request) -> Response:
        """Who am I?"""
        return Response(profile_answer(cast(User, request.user), request))

    @extend_schema(
        operation_id="update_me",
        request=ProfileInput,
        responses=ProfileOutput,
        tags=["me"],
        examples=[examples.PROFILE_CHANGES, examples.PROFILE],
    )
    def patch(self, request: Request) -> Response:
        """Change the profile. What identifies you is changed on the account's pages, after signing in again."""
        user = update_profile(actor=self.actor, changes=self.body(ProfileInput))
        return Response(profile_answer(user, request))


def profile_answer(user: User, request: Request) -> Any:
    facts = {
        name: getattr(user, name)
        for name in ("email", "username", "phone", "first_name", "last_name", "language", "time_zone")
    }
    return ProfileOutput(
        {
            "id": user.pk,
            **facts,
            "is_email_verified": is_email_verified(user=user),
            "date_of_birth": user.date_of_birth,
            "gender": user.gender,
            "avatar_url": request.build_absolute_uri(reverse("picture", args=[user.avatar])) if user.avatar else None,
            "is_phone_verified": user.phone_verified_at is not None,
            "companies": memberships_of(user=user),
        }
    ).data


urlpatterns = [path("me/", Me.as_view(), name="me")]
