"""For a company's administrators: its own accounts at payment providers."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.pagination import CursorPagination
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.views import Endpoint
from freehold.core.outside import any_connector, connectors, credit_sources
from freehold.payments.account_rules import MAX_VALUE
from freehold.payments.accounts import notify_url
from freehold.payments.models import GatewayAccount
from freehold.payments.selectors import accounts_of, find_account
from freehold.payments.services.change_account import change_account
from freehold.payments.services.connect_account import connect_account
from freehold.payments.services.rotate_account_secret import rotate_account_secret


class ValuesField(serializers.DictField):
    """What the provider's fields ask for, by their names."""

    child = TextField(max_length=MAX_VALUE, allow_blank=True, trim_whitespace=True)


class AccountsQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class AccountInput(StrictSerializer):
    company_id = serializers.UUIDField()
    provider = TextField(max_length=30)
    account = TextField(max_length=60, help_text="The account's name at the provider. It cannot be changed.")
    label = TextField(max_length=100, required=False, allow_blank=True)
    livemode = serializers.BooleanField(default=True, help_text="Whether the keys are those of real money.")
    values = ValuesField()


class AccountChange(StrictSerializer):
    label = TextField(max_length=100, required=False)
    is_enabled = serializers.BooleanField(required=False)
    values = ValuesField(required=False, help_text="What is left out, or empty and secret, stays.")


class SecretInput(StrictSerializer):
    name = TextField(max_length=40)
    secret = TextField(max_length=MAX_VALUE)


class AccountsView(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("post",)

    @extend_schema(
        operation_id="host_gateway_accounts_list",
        parameters=[AccountsQuery],
        responses=OpenApiTypes.OBJECT,
        tags=["host"],
    )
    def get(self, request: Request) -> Response:
        """The company's accounts, those that are switched off too, the newest first. Secrets are never shown."""
        paginator = CursorPagination()
        paginator.ordering = ("-created_at", "-id")
        found = accounts_of(actor=self.actor, company_id=self.query(AccountsQuery)["company_id"])
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([account_answer(row) for row in page or []])

    @extend_schema(
        operation_id="host_gateway_accounts_create",
        request=AccountInput,
        responses={201: OpenApiTypes.OBJECT},
        tags=["host"],
        examples=[
            OpenApiExample(
                "An account of one's own",
                {
                    "company_id": "01981f6e-0000-7000-8000-000000000000",
                    "provider": "stripe",
                    "account": "acct_1Fh",
                    "label": "Cards",
                    "values": {"secret_key": "sk_live_...", "webhook_secret": "whsec_..."},
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Connect an account: what is paid to the company with this provider goes there from now on.

        Needs a fresh proof of who is calling (403 `reauthentication_required`). The answer has the address to which
        the provider sends its messages.
        """
        row = connect_account(actor=self.actor, **self.body(AccountInput))
        return Response(account_answer(row), status=201)


class AccountView(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("patch",)

    @extend_schema(operation_id="host_gateway_accounts_retrieve", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, account_id: UUID) -> Response:
        return Response(account_answer(find_account(actor=self.actor, account_id=account_id)))

    @extend_schema(
        operation_id="host_gateway_accounts_update",
        request=AccountChange,
        responses=OpenApiTypes.OBJECT,
        tags=["host"],
    )
    def patch(self, request: Request, account_id: UUID) -> Response:
        """Change keys or the label, or switch the account off for new payments. Needs a fresh proof."""
        row = change_account(actor=self.actor, account_id=account_id, **self.body(AccountChange))
        return Response(account_answer(row))


class SecretView(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("post",)

    @extend_schema(
        operation_id="host_gateway_accounts_rotate",
        request=SecretInput,
        responses=OpenApiTypes.OBJECT,
        tags=["host"],
    )
    def post(self, request: Request, account_id: UUID) -> Response:
        """Put a new signing secret in place. The old one still counts for four days. Needs a fresh proof."""
        row = rotate_account_secret(actor=self.actor, account_id=account_id, **self.body(SecretInput))
        return Response(account_answer(row))


class ProvidersView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="host_gateway_providers", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request) -> Response:
        """Where an account can be connected, and what each provider asks for."""
        return Response({slug: provider_answer(slug) for slug in sorted({*connectors(), *credit_sources()})})


def provider_answer(slug: str) -> dict[str, Any]:
    connector, _ = any_connector(slug)
    fields = [
        {
            "name": field.name,
            "label": field.label,
            "secret": field.secret,
            "required": field.required,
            "rotates": field.rotates,
            "help": field.help,
        }
        for field in connector.fields
    ]
    return {"label": connector.label, "only_credits": slug in credit_sources(), "fields": fields}


def account_answer(row: GatewayAccount) -> dict[str, Any]:
    kept = row.secrets.all()
    return {
        "id": str(row.pk),
        "company_id": str(row.company_id),
        "provider": row.provider,
        "account": row.account,
        "label": row.label,
        "livemode": row.livemode,
        "is_enabled": row.is_enabled,
        "values": row.values,
        "secrets": sorted(secret.name for secret in kept),
        "being_replaced": sorted(secret.name for secret in kept if secret.previous_until is not None),
        "notify_url": notify_url(row.provider, row.endpoint_token),
        "created_at": row.created_at,
    }


urlpatterns = [
    path("host/gateway-accounts/", AccountsView.as_view(), name="host-gateway-accounts"),
    path("host/gateway-accounts/<uuid:account_id>/", AccountView.as_view(), name="host-gateway-account"),
    path("host/gateway-accounts/<uuid:account_id>/secret/", SecretView.as_view(), name="host-gateway-account-secret"),
    path("host/gateway-providers/", ProvidersView.as_view(), name="host-gateway-providers"),
]
