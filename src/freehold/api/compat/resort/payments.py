"""Razorpay for a booking attempt: the order that its dialog opens, and where it tells what became of it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.compat.fixed_addresses import FixedAddressView
from freehold.api.compat.resort.bookings import NO_ATTEMPT, AttemptInput
from freehold.api.compat.resort.shapes import TAG, ResortEndpoint, answered, asked, known, not_there_is, rupees
from freehold.api.idempotency import idempotent
from freehold.api.permissions import SignedIn
from freehold.bookings.selectors import booking_id_of
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.core.errors import TemporarilyUnavailable
from freehold.domain.money import Money
from freehold.payments.next_action import payers_action

PROVIDER = "razorpay"
INITIATED = "Payment initiated."
ORDER = {
    "message": INITIATED,
    "payment_id": 45,
    "razorpay_order_id": "order_XXXXXXXXXXXXXX",
    "razorpay_key": "rzp_test_XXXXXXXXXXXXXX",
    "amount": 75000.00,
}


class OrderOutput(serializers.Serializer[Any]):
    message = serializers.CharField()
    payment_id = serializers.IntegerField()
    razorpay_order_id = serializers.CharField()
    razorpay_key = serializers.CharField()
    amount = serializers.FloatField(help_text="Rupees; the order itself is in paise.")


class InitiatePayment(ResortEndpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="resort_initiate_payment",
        request=AttemptInput,
        responses=OrderOutput,
        tags=[TAG],
        examples=[asked("An attempt", {"booking_attempt_id": 123}), answered("An order", ORDER)],
    )
    @idempotent(in_transaction=False)
    def post(self, request: Request) -> Response:
        """Open a Razorpay order for what is due now. While it is open, it is given again."""
        serial = self.body(AttemptInput)["booking_attempt_id"]
        booking_id = known(booking_id_of, serial, NO_ATTEMPT)
        with not_there_is(NO_ATTEMPT):
            # The dialog is the client's: nobody comes back to a page of ours.
            payment = start_booking_payment(actor=self.actor, booking_id=booking_id, provider=PROVIDER, return_url="")
        if not payment.object_id:
            raise TemporarilyUnavailable("Razorpay has not answered yet. Try again in a moment.")
        return Response(
            {
                "message": INITIATED,
                "payment_id": payment.serial,
                "razorpay_order_id": payment.object_id,
                "razorpay_key": public_key(payers_action(payment)),
                "amount": rupees(Money(payment.amount_minor, payment.currency), "number"),
            }
        )


def public_key(action: dict[str, Any]) -> str:
    """The key that Razorpay's script needs: told as such, or in the address of a hosted page."""
    told = action.get("client", {}).get("key_id") or parse_qs(urlsplit(action.get("url", "")).query).get("key_id", [""])
    return told if isinstance(told, str) else told[0]


class PaymentCallback(FixedAddressView):
    """The address that is set in Razorpay's dashboard."""

    provider = PROVIDER
    booking_key = "booking_attempt_id"


urlpatterns = [
    path("booking/initiate-payment/", InitiatePayment.as_view(), name="resort-initiate-payment"),
    path("booking/payment-callback/", PaymentCallback.as_view(), name="resort-payment-callback"),
]
