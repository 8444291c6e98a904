"""Payments: begin one for a booking, and see what became of it."""

from typing import Any
from uuid import UUID

from django.core.validators import URLValidator
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.phones import MAX_WRITTEN
from freehold.api.idempotency import idempotent
from freehold.api.permissions import SignedIn
from freehold.api.serializers import MoneyField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import payment_answer
from freehold.api.views import Endpoint
from freehold.bookings.services.claim_payment import claim_payment
from freehold.bookings.services.start_payment import payment_options, start_booking_payment
from freehold.core.actor import Actor
from freehold.payments.models import Payment
from freehold.payments.next_action import payers_action
from freehold.payments.selectors import find_payment
from freehold.payments.services.claim_credit import LONGEST_CODE


class PaymentInput(StrictSerializer):
    booking_id = serializers.UUIDField()
    provider = TextField(max_length=30)
    return_url = TextField(
        max_length=500,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="Where the payer's browser comes back to. Coming back proves nothing: look at the payment.",
    )
    phone = TextField(
        max_length=MAX_WRITTEN,
        required=False,
        allow_blank=True,
        help_text="The telephone on which some providers ask the payer; the booker's own when left out.",
    )


class PaymentsView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="payments_create", request=PaymentInput, responses={201: OpenApiTypes.OBJECT})
    @idempotent(in_transaction=False)
    def post(self, request: Request) -> Response:
        """Begin to pay what is due now. An open payment of the same provider and amount is answered again."""
        wanted = self.body(PaymentInput)
        payment = start_booking_payment(actor=self.actor, **wanted)
        return Response(_to_payer(payment, self.actor), status=201)


class PaymentView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="payments_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, payment_id: Any) -> Response:
        """One payment: its status, what the payer does next, and what was received."""
        return Response(_to_payer(find_payment(actor=self.actor, payment_id=payment_id), self.actor))


class PaymentClaimInput(StrictSerializer):
    code = TextField(max_length=LONGEST_CODE, help_text="The number on the receipt: M-Pesa's code, a bank's reference.")
    amount = MoneyField(help_text="Exactly what was sent.")


class PaymentClaimView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="bookings_claim_payment", request=PaymentClaimInput, responses={202: OpenApiTypes.OBJECT}
    )
    @idempotent(in_transaction=False)
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Say that your booking was paid by a transfer that nobody matched. The answer is the same whatever is found;
        what comes of it shows on the booking. Money that is not found, or is in doubt, is looked at by the host."""
        claim_payment(actor=self.actor, booking_id=booking_id, **self.body(PaymentClaimInput))
        return Response({"status": "received"}, status=202)


class OptionsQuery(StrictSerializer):
    booking_id = serializers.UUIDField()


class PaymentOptionsView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="payments_options", parameters=[OptionsQuery], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """What is due now, and the providers that take this amount in this currency."""
        amount, gateways = payment_options(actor=self.actor, **self.query(OptionsQuery))
        providers = [{"provider": slug, "needs_phone": gateway.caps.needs_phone} for slug, gateway in gateways.items()]
        return Response({"amount": amount.to_json(), "providers": providers})


def _to_payer(payment: Payment, actor: Actor) -> dict[str, Any]:
    """The one who pays gets what the payment page needs; staff who look do not."""
    is_payer = actor.user_id is not None and actor.user_id == payment.payer_id
    return {**payment_answer(payment), **({"next_action": payers_action(payment)} if is_payer else {})}


urlpatterns = [
    path("payments/", PaymentsView.as_view(), name="payments"),
    path("payments/options/", PaymentOptionsView.as_view(), name="payment-options"),
    path("payments/<uuid:payment_id>/", PaymentView.as_view(), name="payment"),
    path("bookings/<uuid:booking_id>/claim-payment/", PaymentClaimView.as_view(), name="booking-claim-payment"),
]
