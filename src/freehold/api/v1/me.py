"""Whoever is signed in: their profile, and the companies that they work in."""

from typing import Any, cast

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.models import User
from freehold.accounts.selectors import is_email_verified
from freehold.accounts.services.update_profile import update_profile
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1.companies import MembershipOutput
from freehold.api.views import Endpoint
from freehold.companies.selectors import memberships_of


class ProfileInput(StrictSerializer):
    first_name = TextField(max_length=100, required=False, allow_blank=True)
    last_name = TextField(max_length=100, required=False, allow_blank=True)
    language = TextField(max_length=12, required=False)
    time_zone = TextField(max_length=64, required=False, allow_blank=True, help_text="A name like Europe/Paris.")


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
    companies = MembershipOutput(many=True)


class Me(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="get_me", responses=ProfileOutput, tags=["me"])
    def get(self, request: Request) -> Response:
        """Who am I?"""
        return Response(_profile(cast(User, request.user)))

    @extend_schema(operation_id="update_me", request=ProfileInput, responses=ProfileOutput, tags=["me"])
    def patch(self, request: Request) -> Response:
        """Change the profile. What identifies you is changed on the account's pages, after signing in again."""
        return Response(_profile(update_profile(actor=self.actor, changes=self.body(ProfileInput))))


def _profile(user: User) -> Any:
    facts = {
        name: getattr(user, name)
        for name in ("email", "username", "phone", "first_name", "last_name", "language", "time_zone")
    }
    return ProfileOutput(
        {
            "id": user.pk,
            **facts,
            "is_email_verified": is_email_verified(user=user),
            "is_phone_verified": user.phone_verified_at is not None,
            "companies": memberships_of(user=user),
        }
    ).data


urlpatterns = [path("me/", Me.as_view(), name="me")]
