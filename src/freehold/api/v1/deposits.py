"""Damage deposits: left by guests, claimed or released by hosts; and held payments, taken by hand."""

from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import CompanyCaller, SignedIn
from freehold.api.serializers import MoneyField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import payment_answer
from freehold.api.v1.deposit_answers import deposit_answer
from freehold.api.v1.payments import PaymentInput
from freehold.api.views import Endpoint
from freehold.bookings.deposits import company_deposits, deposit_of, find_deposit
from freehold.bookings.selectors import find_booking
from freehold.bookings.services.end_deposit import (
    LONGEST_NOTE,
    LONGEST_REASON,
    claim_deposit,
    release_deposit,
    waive_deposit,
)
from freehold.bookings.services.leave_deposit import deposit_options, start_deposit_payment
from freehold.core.errors import AccessDenied, Conflict, NotFound
from freehold.domain.deposits import DepositState
from freehold.payments.next_action import payers_action
from freehold.payments.services.request_capture import capture_payment


class DepositsQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    status = serializers.ChoiceField([state.value for state in DepositState], required=False)
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class ClaimInput(StrictSerializer):
    amount = MoneyField(help_text="What is kept; the rest goes back.")
    reason = TextField(max_length=LONGEST_REASON, help_text="What was damaged: the guest is told.")
    note = TextField(max_length=LONGEST_NOTE, required=False, allow_blank=True)


class LeaveInput(PaymentInput):
    booking_id = None  # type: ignore[assignment] # named by the address


class HostDepositsView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_deposits_list", parameters=[DepositsQuery], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """The damage deposits of one of my companies, the newest first; without a status, those that are open."""
        wanted = self.query(DepositsQuery)
        paginator = CursorPagination()
        paginator.ordering = ("-created_at", "-id")
        found = company_deposits(actor=self.actor, company_id=wanted["company_id"], state=wanted.get("status", ""))
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([deposit_answer(deposit) for deposit in page or []])


class _HostStep(Endpoint):
    permission_classes = [CompanyCaller]
    http_method_names = ["post", "options"]

    def answer(self, deposit_id: UUID) -> Response:
        return Response(deposit_answer(find_deposit(actor=self.actor, deposit_id=deposit_id)))


class ClaimView(_HostStep):
    @extend_schema(operation_id="host_deposits_claim", request=ClaimInput, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, deposit_id: UUID) -> Response:
        """Keep a part of the deposit for what was damaged, or all of it. The rest goes back, and the guest is told."""
        claim_deposit(actor=self.actor, deposit_id=deposit_id, **self.body(ClaimInput))
        return self.answer(deposit_id)


class ReleaseView(_HostStep):
    @extend_schema(operation_id="host_deposits_release", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, deposit_id: UUID) -> Response:
        """Give all of it back now, and not only when it is due."""
        release_deposit(actor=self.actor, deposit_id=deposit_id)
        return self.answer(deposit_id)


class WaiveView(_HostStep):
    @extend_schema(operation_id="host_deposits_waive", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, deposit_id: UUID) -> Response:
        """Do without it, before anything is held."""
        waive_deposit(actor=self.actor, deposit_id=deposit_id)
        return self.answer(deposit_id)


class CaptureView(Endpoint):
    permission_classes = [CompanyCaller]
    http_method_names = ["post", "options"]

    @extend_schema(operation_id="host_payments_capture", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, payment_id: UUID) -> Response:
        """Take what the guest's bank holds for a booking. It is asked for at once, and shows as `received` when the
        provider has answered."""
        return Response(payment_answer(capture_payment(actor=self.actor, payment_id=payment_id)))


class BookingDepositView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="bookings_deposit", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """The damage deposit of a booking, and who takes it, where it is to be left now. 404 where none was agreed."""
        deposit = deposit_of(find_booking(actor=self.actor, booking_id=booking_id))
        if deposit is None:
            raise NotFound("No damage deposit was agreed for this booking.")
        try:
            _deposit, gateways = deposit_options(actor=self.actor, booking_id=booking_id)
        except (Conflict, AccessDenied):
            # Not now, or not by somebody who only looks.
            gateways = {}
        providers = [
            {"provider": slug, "needs_phone": gateway.caps.needs_phone, "is_only_held": gateway.caps.manual_capture}
            for slug, gateway in gateways.items()
        ]
        return Response({**deposit_answer(deposit), "providers": providers})

    @extend_schema(operation_id="bookings_deposit_leave", request=LeaveInput, responses={201: OpenApiTypes.OBJECT})
    @idempotent(in_transaction=False)
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Begin to leave the deposit: held where the provider can, charged and returned elsewhere."""
        payment = start_deposit_payment(actor=self.actor, booking_id=booking_id, **self.body(LeaveInput))
        shown: dict[str, Any] = {**payment_answer(payment)}
        if self.actor.user_id == payment.payer_id:
            shown["next_action"] = payers_action(payment)
        return Response(shown, status=201)


urlpatterns = [
    path("bookings/<uuid:booking_id>/deposit/", BookingDepositView.as_view(), name="booking-deposit"),
    path("host/deposits/", HostDepositsView.as_view(), name="host-deposits"),
    path("host/deposits/<uuid:deposit_id>/claim/", ClaimView.as_view(), name="host-deposit-claim"),
    path("host/deposits/<uuid:deposit_id>/release/", ReleaseView.as_view(), name="host-deposit-release"),
    path("host/deposits/<uuid:deposit_id>/waive/", WaiveView.as_view(), name="host-deposit-waive"),
    path("host/payments/<uuid:payment_id>/capture/", CaptureView.as_view(), name="host-payment-capture"),
]
