"""Who a company pays, and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import SignedIn
from freehold.api.serializers import MoneyField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import instant
from freehold.api.views import Endpoint
from freehold.finance.destinations import MAX_VALUE, all_shapes, typed_again
from freehold.finance.outgoings import find_payee, owner_balances, payees_of
from freehold.finance.services.add_payee import LONGEST_NAME, add_payee, change_payee
from freehold.finance.services.adjust_owner import LONGEST_KEY, charge_owner, credit_owner
from freehold.finance.services.set_destination import confirm_destination, retire_destination, set_destination

if TYPE_CHECKING:
    from freehold.finance.models import Payee, PayeeDestination

KINDS = ("owner", "supplier", "staff")


class PayeesQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)
    q = TextField(max_length=100, required=False)
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class PayeeInput(StrictSerializer):
    company_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    name = TextField(max_length=LONGEST_NAME)


class PayeeChange(StrictSerializer):
    name = TextField(max_length=LONGEST_NAME, required=False)
    is_active = serializers.BooleanField(required=False)


class PlaceValues(serializers.DictField):
    """What the place asks for, by the names that `payout-methods` lists."""

    child = TextField(max_length=MAX_VALUE, allow_blank=True)


class PlaceInput(StrictSerializer):
    provider = TextField(max_length=30)
    shape = TextField(max_length=30)
    values = PlaceValues()


class PlaceAgain(StrictSerializer):
    values = PlaceValues(
        default=dict, help_text="Its numbers once more, whole, from the payee: `typed_again` of `payout-methods`."
    )


class OwnersEntryInput(StrictSerializer):
    kind = serializers.ChoiceField(choices=("credit", "charge"))
    amount = MoneyField()
    cause = TextField(max_length=LONGEST_KEY, help_text="A statement, a month: each cause counts once.")
    reason = TextField(max_length=200)


class PayeesView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="host_payees_list", parameters=[PayeesQuery], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """Owners, suppliers and staff by name, with the places where they are paid: numbers are masked."""
        wanted = self.query(PayeesQuery)
        paginator = CursorPagination()
        paginator.ordering = ("name", "id")
        found = payees_of(
            actor=self.actor,
            company_id=wanted["company_id"],
            kind=wanted.get("kind", ""),
            words=wanted.get("q", ""),
            is_active=wanted["is_active"],
        )
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([payee_answer(payee) for payee in page or []])

    @extend_schema(
        operation_id="host_payees_create", request=PayeeInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        payee = add_payee(actor=self.actor, **self.body(PayeeInput))
        return Response(_whole(self, payee.pk), status=201)


class PayeeView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="host_payees_retrieve", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, payee_id: UUID) -> Response:
        """With what an owner is due, by currency."""
        return Response(_whole(self, payee_id))

    @extend_schema(operation_id="host_payees_update", request=PayeeChange, responses=OpenApiTypes.OBJECT, tags=["host"])
    def patch(self, request: Request, payee_id: UUID) -> Response:
        """Another name, or nothing more for this payee. 409 for another name while a payment waits or is on its way
        (`payee_has_payments`), or a place was confirmed under this one (`payee_has_places`)."""
        change_payee(actor=self.actor, payee_id=payee_id, **self.body(PayeeChange))
        return Response(_whole(self, payee_id))


class PayeePlacesView(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("post",)

    @extend_schema(
        operation_id="host_payees_set_destination",
        request=PlaceInput,
        responses={201: OpenApiTypes.OBJECT},
        tags=["host"],
    )
    @idempotent()
    def post(self, request: Request, payee_id: UUID) -> Response:
        """Say where the payee is paid. Nothing goes there before a second person has confirmed it.

        Needs a fresh proof of who is calling (403 `reauthentication_required`).
        """
        made = set_destination(actor=self.actor, payee_id=payee_id, **self.body(PlaceInput))
        return Response(place_answer(made), status=201)


class PayeeAccountView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="host_payees_adjust", request=OwnersEntryInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, payee_id: UUID) -> Response:
        """An owner is due a share (`credit`), or bears a cost (`charge`)."""
        given = self.body(OwnersEntryInput)
        adjust = credit_owner if given["kind"] == "credit" else charge_owner
        adjust(
            actor=self.actor,
            payee_id=payee_id,
            amount=given["amount"],
            key=given["cause"],
            reason=given["reason"],
        )
        return Response(_whole(self, payee_id))


class PlaceConfirmView(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("post",)

    @extend_schema(
        operation_id="host_destinations_confirm", request=PlaceAgain, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, destination_id: UUID) -> Response:
        """Let money go there. Not for who has set it (403 `own_work`); needs a fresh proof.

        Whoever confirms it types its numbers again, which they have from the payee: 400 `another_destination` when
        they are not those that were set.
        """
        typed = self.body(PlaceAgain)["values"]
        confirmed = confirm_destination(actor=self.actor, destination_id=destination_id, values=typed)
        return Response(place_answer(confirmed))


class PlaceRetireView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="host_destinations_retire", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, destination_id: UUID) -> Response:
        """Nothing more is approved to go there."""
        return Response(place_answer(retire_destination(actor=self.actor, destination_id=destination_id)))


class MethodsView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="host_payout_methods", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request) -> Response:
        """How somebody can be paid, and what each way asks for."""
        return Response({slug: _method(label, shapes) for slug, (label, shapes) in all_shapes().items()})


def _method(label: str, shapes: Any) -> dict[str, Any]:
    told = [
        {
            "shape": shape.name,
            "label": shape.label,
            "fields": [
                {
                    "name": field.name,
                    "label": field.label,
                    "required": field.required,
                    "help": field.help,
                    "typed_again": field in typed_again(shape),
                }
                for field in shape.fields
            ],
        }
        for shape in shapes
    ]
    return {"label": label, "shapes": told}


def _whole(view: Endpoint, payee_id: UUID) -> dict[str, Any]:
    payee = find_payee(actor=view.actor, payee_id=payee_id)
    balances = owner_balances(company_id=payee.company_id, payee_id=payee.pk) if payee.kind == "owner" else {}
    due = [
        {"balance": each.balance.to_json(), "reserved": each.reserved.to_json(), "left": each.left.to_json()}
        for each in balances.values()
    ]
    return {**payee_answer(payee), "balances": due}


def payee_answer(payee: Payee) -> dict[str, Any]:
    return {
        "id": str(payee.pk),
        "company_id": str(payee.company_id),
        "kind": payee.kind,
        "name": payee.name,
        "is_active": payee.is_active,
        "destinations": [place_answer(each) for each in payee.destinations.all()],
        "created_at": instant(payee.created_at),
    }


def place_answer(place: PayeeDestination) -> dict[str, Any]:
    return {
        "id": str(place.pk),
        "provider": place.provider,
        "shape": place.shape,
        "hint": place.hint,
        "is_confirmed": place.confirmed_at is not None,
        "confirmed_at": instant(place.confirmed_at),
        "retired_at": instant(place.retired_at),
        "created_at": instant(place.created_at),
    }


urlpatterns = [
    path("host/payees/", PayeesView.as_view(), name="host-payees"),
    path("host/payees/<uuid:payee_id>/", PayeeView.as_view(), name="host-payee"),
    path("host/payees/<uuid:payee_id>/destinations/", PayeePlacesView.as_view(), name="host-payee-destinations"),
    path("host/payees/<uuid:payee_id>/account/", PayeeAccountView.as_view(), name="host-payee-account"),
    path("host/destinations/<uuid:destination_id>/confirm/", PlaceConfirmView.as_view(), name="host-place-confirm"),
    path("host/destinations/<uuid:destination_id>/retire/", PlaceRetireView.as_view(), name="host-place-retire"),
    path("host/payout-methods/", MethodsView.as_view(), name="host-payout-methods"),
]
