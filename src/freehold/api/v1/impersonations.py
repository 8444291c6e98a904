"""For administrators of the platform: acting as somebody. Short, for a reason, and written down."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts import tokens
from freehold.accounts.models import Impersonation
from freehold.accounts.selectors import impersonations
from freehold.accounts.services.end_impersonation import end_impersonation
from freehold.accounts.services.start_impersonation import MAX_MINUTES, USUAL_MINUTES, start_impersonation
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictIntegerField, StrictSerializer, TextField
from freehold.api.v1 import examples
from freehold.api.views import Endpoint, caller_of


class ImpersonationInput(StrictSerializer):
    user_id = serializers.UUIDField()
    reason = TextField(max_length=300, help_text="Why; the person may ask.")
    minutes = StrictIntegerField(
        min_value=1, max_value=MAX_MINUTES, required=False, help_text=f"Usually {USUAL_MINUTES}."
    )


class ImpersonationOutput(StrictSerializer):
    id = serializers.CharField()
    admin_id = serializers.CharField()
    user_id = serializers.CharField()
    reason = serializers.CharField()
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class NewImpersonationOutput(ImpersonationOutput):
    access = serializers.CharField(help_text="A bearer token of that person. It cannot be refreshed.")


class ImpersonationsOutput(StrictSerializer):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ImpersonationOutput(many=True)


class ImpersonationsView(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("post",)

    @extend_schema(
        operation_id="impersonations_list",
        responses=ImpersonationsOutput,
        tags=["administration"],
        examples=[examples.IMPERSONATIONS],
    )
    def get(self, request: Request) -> Response:
        """Who acted as whom, the newest first."""
        paginator = CursorPagination()
        paginator.ordering = ("-started_at", "-id")
        page = paginator.paginate_queryset(impersonations(actor=self.actor), request, view=self)
        return paginator.get_paginated_response([_answer(each) for each in page or []])

    @extend_schema(
        operation_id="impersonations_start",
        request=ImpersonationInput,
        responses={201: NewImpersonationOutput},
        tags=["administration"],
        examples=[
            OpenApiExample(
                "Support",
                {
                    "user_id": "01981f6e-0000-7000-8000-000000000000",
                    "reason": "Ticket 4711: cannot see the booking",
                    "minutes": 15,
                },
                request_only=True,
            ),
            examples.IMPERSONATION,
        ],
    )
    def post(self, request: Request) -> Response:
        """Act as somebody with the token of the answer. Never as staff; passwords, factors and keys stay closed.

        Needs a fresh proof of who is calling (403 `reauthentication_required`). An Idempotency-Key is not obeyed.
        """
        started = start_impersonation(actor=self.actor, **self.body(ImpersonationInput))
        session = caller_of(request).session()
        response = Response(
            {**_answer(started), "access": tokens.issue_impersonation(started, str(session.session_key))}, status=201
        )
        response["Cache-Control"] = "private, no-store"
        return response


class ImpersonationView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="impersonations_end",
        responses={204: OpenApiResponse(description="It is over, and its token with it.")},
        tags=["administration"],
    )
    def delete(self, request: Request, impersonation_id: UUID) -> Response:
        """End it before its time."""
        end_impersonation(actor=self.actor, impersonation_id=impersonation_id)
        return Response(status=204)


def _answer(found: Impersonation) -> dict[str, Any]:
    return {
        "id": str(found.pk),
        "admin_id": str(found.admin_id),
        "user_id": str(found.user_id),
        "reason": found.reason,
        "started_at": found.started_at,
        "ends_at": found.ends_at,
        "ended_at": found.ended_at,
    }


urlpatterns = [
    path("impersonations/", ImpersonationsView.as_view(), name="impersonations"),
    path("impersonations/<uuid:impersonation_id>/", ImpersonationView.as_view(), name="impersonation"),
]
