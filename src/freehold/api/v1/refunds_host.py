"""Money that the company's people give back."""

from uuid import UUID, uuid4

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import MoneyField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import refund_answer
from freehold.api.views import Endpoint
from freehold.payments.services.refund_payment import LONGEST_REASON, refund_payment


class RefundInput(StrictSerializer):
    amount = MoneyField(required=False, help_text="Without it: all that is left of the payment.")
    reason = TextField(max_length=LONGEST_REASON, help_text="Shown to the guest and in the books.")


class RefundView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_payments_refund", request=RefundInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, payment_id: UUID) -> Response:
        """Give back a payment, all that is left of it or a part. What it had paid for is open again on the booking,
        which stands as it is: a cancellation, which also gives money back, is another request."""
        wanted = self.body(RefundInput)
        refund = refund_payment(
            actor=self.actor,
            payment_id=payment_id,
            amount=wanted.get("amount"),
            reason=wanted["reason"],
            key=uuid4().hex,
        )
        return Response(refund_answer(refund), status=201)


urlpatterns = [path("host/payments/<uuid:payment_id>/refund/", RefundView.as_view(), name="host-payment-refund")]
