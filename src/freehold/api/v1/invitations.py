"""Asking people to work in a company, by mail; and what somebody does who was asked."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.pagination import CursorPagination
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1.members import RoleInput
from freehold.api.views import Endpoint
from freehold.companies.models import Invitation, Role
from freehold.companies.selectors import invitations_of
from freehold.companies.services.accept_invitation import accept_invitation
from freehold.companies.services.invite_member import (
    MAX_EMAIL,
    invite_member,
    resend_invitation,
    revoke_invitation,
)
from freehold.core import clock

EXAMPLE = {
    "id": "01981f6e-0000-7000-8000-000000000000",
    "email": "ada@example.com",
    "role": "staff",
    "state": "open",
    "sent_at": "2027-02-01T18:03:10Z",
    "expires_at": "2027-02-08T18:03:10Z",
    "accepted_at": None,
    "revoked_at": None,
}
EXAMPLE_ONE = OpenApiExample("Open", EXAMPLE, response_only=True)


class InvitationsQuery(StrictSerializer):
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class InvitationInput(RoleInput):
    email = serializers.EmailField(max_length=MAX_EMAIL)


class InvitationOutput(RoleInput):
    id = serializers.CharField()
    email = serializers.EmailField()
    state = serializers.ChoiceField(["open", "over", "accepted", "revoked"])
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class InvitationsOutput(StrictSerializer):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = InvitationOutput(many=True)


class AcceptInput(StrictSerializer):
    token = TextField(max_length=400, help_text="The end of the mailed link.")


class AcceptedInvitationOutput(RoleInput):
    company_id = serializers.CharField()


class Invitations(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("post",)

    @extend_schema(
        operation_id="list_invitations",
        parameters=[InvitationsQuery],
        responses=InvitationsOutput,
        tags=["companies"],
        examples=[OpenApiExample("One", {"next": None, "previous": None, "results": [EXAMPLE]}, response_only=True)],
    )
    def get(self, request: Request, company_id: UUID) -> Response:
        """Whom the company has asked, the latest first; also what was accepted, revoked or never answered."""
        self.query(InvitationsQuery)
        paginator = CursorPagination()
        paginator.ordering = ("-created_at", "-id")
        found = invitations_of(actor=self.actor, company_id=company_id)
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([_answer(each) for each in page or []])

    @extend_schema(
        operation_id="invite_member",
        request=InvitationInput,
        responses={201: InvitationOutput},
        tags=["companies"],
        examples=[
            OpenApiExample("Staff", {"email": "ada@example.com", "role": "staff"}, request_only=True),
            OpenApiExample("Open", EXAMPLE, response_only=True, status_codes=["201"]),
        ],
    )
    def post(self, request: Request, company_id: UUID) -> Response:
        """Ask somebody by mail, after a fresh proof of who asks. Who is asked already gets another mail."""
        given = self.body(InvitationInput)
        invited = invite_member(actor=self.actor, company_id=company_id, email=given["email"], role=Role(given["role"]))
        return Response(_answer(invited), status=201)


class OneInvitation(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="revoke_invitation",
        responses={204: OpenApiResponse(description="Its link opens nothing any more.")},
        tags=["companies"],
    )
    def delete(self, request: Request, company_id: UUID, invitation_id: UUID) -> Response:
        """Take an invitation back. 409 `invitation_over` when it was accepted or revoked."""
        revoke_invitation(actor=self.actor, company_id=company_id, invitation_id=invitation_id)
        return Response(status=204)


class Resend(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="resend_invitation",
        request=None,
        responses=InvitationOutput,
        tags=["companies"],
        examples=[EXAMPLE_ONE],
    )
    def post(self, request: Request, company_id: UUID, invitation_id: UUID) -> Response:
        """Another mail, good for another week. The link of the one before is void."""
        sent = resend_invitation(actor=self.actor, company_id=company_id, invitation_id=invitation_id)
        return Response(_answer(sent))


class Accept(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="accept_invitation",
        request=AcceptInput,
        responses=AcceptedInvitationOutput,
        tags=["companies"],
        examples=[
            OpenApiExample("Of the link", {"token": "WyIwMTk4MWY2ZSIsMV0:1t…:x0Yk3"}, request_only=True),
            OpenApiExample(
                "At work", {"company_id": "01981f6e-0000-7000-8000-000000000000", "role": "staff"}, response_only=True
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Accept, with an account that has proved the address that was asked (403 `other_address`)."""
        member = accept_invitation(actor=self.actor, token=self.body(AcceptInput)["token"])
        return Response({"company_id": str(member.company_id), "role": member.role})


def _answer(found: Invitation) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "email": found.email,
        "role": found.role,
        "state": found.state_at(clock.now()),
        "sent_at": found.sent_at,
        "expires_at": found.expires_at,
        "accepted_at": found.accepted_at,
        "revoked_at": found.revoked_at,
    }


urlpatterns = [
    path("companies/<uuid:company_id>/invitations/", Invitations.as_view(), name="invitations"),
    path("companies/<uuid:company_id>/invitations/<uuid:invitation_id>/", OneInvitation.as_view(), name="invitation"),
    path(
        "companies/<uuid:company_id>/invitations/<uuid:invitation_id>/resend/",
        Resend.as_view(),
        name="invitation-resend",
    ),
    path("invitations/accept/", Accept.as_view(), name="invitation-accept"),
]
