"""Payments: begin one for a booking, and see what became of it."""

from typing import Any

from django.core.validators import URLValidator
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1.booking_answers import payment_answer
from freehold.api.views import Endpoint
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.payments.selectors import find_payment


class PaymentInput(StrictSerializer):
    booking_id = serializers.UUIDField()
    provider = TextField(max_length=30)
    return_url = TextField(
        max_length=500,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="Where the payer's browser comes back to. Coming back proves nothing: look at the payment.",
    )


class PaymentsView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="payments_create", request=PaymentInput, responses={201: OpenApiTypes.OBJECT})
    @idempotent(in_transaction=False)
    def post(self, request: Request) -> Response:
        """Begin to pay what is due now. An open payment of the same provider and amount is answered again."""
        wanted = self.body(PaymentInput)
        payment = start_booking_payment(actor=self.actor, **wanted)
        return Response(payment_answer(payment), status=201)


class PaymentView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="payments_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, payment_id: Any) -> Response:
        """One payment: its status, what the payer does next, and what was received."""
        return Response(payment_answer(find_payment(actor=self.actor, payment_id=payment_id)))


urlpatterns = [
    path("payments/", PaymentsView.as_view(), name="payments"),
    path("payments/<uuid:payment_id>/", PaymentView.as_view(), name="payment"),
]
