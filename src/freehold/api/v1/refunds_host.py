"""Money that the company's people give back."""

from hashlib import sha256
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import HEADER, idempotent
from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import MoneyField, StrictSerializer, TextField
from freehold.api.throttling import identity_of
from freehold.api.v1.booking_answers import refund_answer
from freehold.api.views import Endpoint
from freehold.payments.services.refund_payment import LONGEST_REASON, refund_payment

LENGTH_OF_NAMES = 32


class RefundInput(StrictSerializer):
    amount = MoneyField(required=False, help_text="Without it: all that is left of the payment.")
    reason = TextField(max_length=LONGEST_REASON, help_text="Shown to the guest and in the books.")


class RefundView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_payments_refund", request=RefundInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent(is_required=True)
    def post(self, request: Request, payment_id: UUID) -> Response:
        """Give back a payment, all that is left of it or a part. What it had paid for is open again on the booking,
        which stands as it is: a cancellation, which also gives money back, is another request.

        `Idempotency-Key` is required, because a part that is asked for twice would go back twice.
        """
        wanted = self.body(RefundInput)
        refund = refund_payment(
            actor=self.actor,
            payment_id=payment_id,
            amount=wanted.get("amount"),
            reason=wanted["reason"],
            key=_name(request),
        )
        return Response(refund_answer(refund), status=201)


def _name(request: Request) -> str:
    """What the refund of this caller and key is known by for ever, longer than its answer is remembered."""
    return sha256(f"{identity_of(request)}\0{request.headers[HEADER]}".encode()).hexdigest()[:LENGTH_OF_NAMES]


urlpatterns = [path("host/payments/<uuid:payment_id>/refund/", RefundView.as_view(), name="host-payment-refund")]
