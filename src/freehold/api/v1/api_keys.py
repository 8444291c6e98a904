"""For a company's administrators: the keys of its servers."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.pagination import CursorPagination
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictIntegerField, StrictSerializer, TextField
from freehold.api.v1 import examples
from freehold.api.views import Endpoint
from freehold.companies.key_scopes import key_scopes
from freehold.companies.models import ApiKey
from freehold.companies.selectors import api_keys_of
from freehold.companies.services.create_api_key import MAX_DAYS, USUAL_DAYS, create_api_key
from freehold.companies.services.revoke_api_key import revoke_api_key


class KeysQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class KeyInput(StrictSerializer):
    company_id = serializers.UUIDField()
    name = TextField(max_length=100, help_text="Which server has it.")
    scopes = serializers.ListField(child=TextField(max_length=40), min_length=1, max_length=40)
    days = StrictIntegerField(min_value=1, max_value=MAX_DAYS, required=False, help_text=f"Usually {USUAL_DAYS}.")


class KeyOutput(StrictSerializer):
    id = serializers.CharField()
    company_id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="How a key is told from others; the part before the dot.")
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(allow_null=True)
    expires_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="Within a few minutes.")


class NewKeyOutput(KeyOutput):
    key = serializers.CharField(help_text="Shown once. Send it as `Authorization: Api-Key ...`.")


class KeysOutput(StrictSerializer):
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = KeyOutput(many=True)


class KeysView(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("post",)

    @extend_schema(
        operation_id="host_api_keys_list",
        parameters=[KeysQuery],
        responses=KeysOutput,
        tags=["host"],
        examples=[examples.KEYS],
    )
    def get(self, request: Request) -> Response:
        """The company's keys, revoked and ended ones too, the newest first."""
        paginator = CursorPagination()
        paginator.ordering = ("-created_at", "-id")
        found = api_keys_of(actor=self.actor, company_id=self.query(KeysQuery)["company_id"])
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([key_answer(key) for key in page or []])

    @extend_schema(
        operation_id="host_api_keys_create",
        request=KeyInput,
        responses={201: NewKeyOutput},
        tags=["host"],
        examples=[
            OpenApiExample(
                "A calendar server",
                {
                    "company_id": "01981f6e-0000-7000-8000-000000000000",
                    "name": "Calendar server",
                    "scopes": ["bookings:read", "inventory:write"],
                    "days": 90,
                },
                request_only=True,
            ),
            examples.NEW_KEY,
        ],
    )
    def post(self, request: Request) -> Response:
        """Make a key. The answer shows it once; an Idempotency-Key is not obeyed, because it would keep the answer.

        Needs a fresh proof of who is calling (403 `reauthentication_required`).
        """
        key, text = create_api_key(actor=self.actor, **self.body(KeyInput))
        response = Response({**key_answer(key), "key": text}, status=201)
        response["Cache-Control"] = "private, no-store"
        return response


class KeyView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="host_api_keys_revoke",
        responses={204: OpenApiResponse(description="The key works no more.")},
        tags=["host"],
    )
    def delete(self, request: Request, key_id: UUID) -> Response:
        """Revoke a key: it works no more from the next request on."""
        revoke_api_key(actor=self.actor, key_id=key_id)
        return Response(status=204)


class ScopesView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="host_api_key_scopes", responses=OpenApiTypes.OBJECT, tags=["host"], examples=[examples.SCOPES]
    )
    def get(self, request: Request) -> Response:
        """What a key may be given: each scope with the permissions that it stands for."""
        return Response({scope: sorted(permissions) for scope, permissions in key_scopes().items()})


def key_answer(key: ApiKey) -> dict[str, Any]:
    use = getattr(key, "use", None)
    return {
        "id": str(key.pk),
        "company_id": str(key.company_id),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.scopes,
        "created_at": key.created_at,
        "created_by": str(key.created_by_id) if key.created_by_id else None,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": use.used_at if use else None,
    }


urlpatterns = [
    path("host/api-keys/", KeysView.as_view(), name="host-api-keys"),
    path("host/api-keys/<uuid:key_id>/", KeyView.as_view(), name="host-api-key"),
    path("host/api-key-scopes/", ScopesView.as_view(), name="host-api-key-scopes"),
]
