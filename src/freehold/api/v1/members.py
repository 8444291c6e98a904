"""For a company's administrators: who works there, in which role, and whether with a second factor."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.selectors import who_have_second_factor
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer
from freehold.api.v1 import examples
from freehold.api.views import Endpoint
from freehold.companies.models import Membership, Role
from freehold.companies.selectors import members_of
from freehold.companies.services.change_role import change_role
from freehold.companies.services.remove_member import remove_member


class RoleInput(StrictSerializer):
    role = serializers.ChoiceField(Role.choices)


class MemberOutput(RoleInput):
    id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    has_second_factor = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class MembersOutput(StrictSerializer):
    results = MemberOutput(many=True)


class Members(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="list_members", responses=MembersOutput, tags=["companies"], examples=[examples.MEMBERS]
    )
    def get(self, request: Request, company_id: UUID) -> Response:
        """Everybody who works in the company, the longest there first."""
        members = members_of(actor=self.actor, company_id=company_id)
        having = who_have_second_factor(user_ids=[member.user_id for member in members])
        return Response({"results": [_answer(member, member.user_id in having) for member in members]})


class Member(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("patch", "delete")

    @extend_schema(
        operation_id="change_role",
        request=RoleInput,
        responses=MemberOutput,
        tags=["companies"],
        examples=[OpenApiExample("Staff", {"role": "staff"}, request_only=True), examples.MEMBER],
    )
    def patch(self, request: Request, company_id: UUID, membership_id: UUID) -> Response:
        """Give a member another role, after a fresh proof of who asks. A company keeps an admin: 409 `last_admin`."""
        role = Role(self.body(RoleInput)["role"])
        member = change_role(actor=self.actor, company_id=company_id, membership_id=membership_id, role=role)
        return Response(_answer(member, bool(who_have_second_factor(user_ids=[member.user_id]))))

    @extend_schema(
        operation_id="remove_member",
        responses={204: OpenApiResponse(description="The person works there no more.")},
        tags=["companies"],
    )
    def delete(self, request: Request, company_id: UUID, membership_id: UUID) -> Response:
        """A member leaves, or is removed. A company keeps an admin: 409 `last_admin`."""
        remove_member(actor=self.actor, company_id=company_id, membership_id=membership_id)
        return Response(status=204)


def _answer(member: Membership, has_second_factor: bool) -> dict[str, Any]:
    return {
        "id": member.pk,
        "name": member.user.get_full_name(),
        "email": member.user.email,
        "role": member.role,
        "has_second_factor": has_second_factor,
        "created_at": member.created_at,
    }


urlpatterns = [
    path("companies/<uuid:company_id>/members/", Members.as_view(), name="members"),
    path("companies/<uuid:company_id>/members/<uuid:membership_id>/", Member.as_view(), name="member"),
]
