"""Payments: begin one, and complete and ask for one at bKash."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import URLValidator
from django.urls import path, reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.compat.estate import examples
from freehold.api.compat.estate.base import EstateEndpoint, refused
from freehold.api.compat.estate.shapes import (
    BKASH,
    CANCELED,
    INITIATED,
    PaymentOutput,
    booking_status,
    payment_answer,
    payment_status,
)
from freehold.api.idempotency import idempotent
from freehold.api.serializers import StrictIntegerField, TextField, WrittenField
from freehold.bookings.selectors import own_payments, trips
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.core.errors import Conflict, NotFound
from freehold.core.serials import LARGEST_SERIAL
from freehold.payments.services.confirm_return import confirm_return

if TYPE_CHECKING:
    from freehold.bookings.models import Booking
    from freehold.payments.models import Payment

TAGS = ["estate API: payments"]
PROVIDERS = ("stripe", BKASH)
LONGEST_ID = 120
LONGEST_URL = 500
APPROVED = "success"
_NO_SUCH_PAYMENT = "Payment not found."


class ProviderField(serializers.ChoiceField):
    """In either case."""

    def __init__(self) -> None:
        super().__init__(choices=PROVIDERS)

    def to_internal_value(self, data: Any) -> str:
        return str(super().to_internal_value(data.lower() if isinstance(data, str) else data))


_RETURN_URL = TextField(max_length=LONGEST_URL, validators=[URLValidator(schemes=["http", "https"])])


class PaymentInput(serializers.Serializer[Any]):
    provider = ProviderField()
    booking_id = StrictIntegerField(min_value=0, max_value=LARGEST_SERIAL)
    payload = serializers.JSONField(
        required=False,
        allow_null=True,
        help_text="An object; its `return_url` is where the payer's browser comes back.",
    )

    def validate_payload(self, payload: Any) -> str:
        """The address to come back to, empty when none is named."""
        url = payload.get("return_url") if isinstance(payload, dict) else None
        return _RETURN_URL.run_validation(url) if url else ""


class NamedInput(serializers.Serializer[Any]):
    payment_id = WrittenField(max_length=LONGEST_ID, help_text="transaction_id, or the number of the payment.")


class InitiateView(EstateEndpoint):
    @extend_schema(
        operation_id="estate_pay",
        request=PaymentInput,
        responses={201: PaymentOutput},
        tags=TAGS,
        examples=[examples.INITIATION, examples.INITIATED],
    )
    @idempotent(in_transaction=False)
    def post(self, request: Request) -> Response:
        """Begin to pay a booking. An open attempt at the same provider is answered again; what is paid is refused."""
        wanted = self.body(PaymentInput)
        booking = trips(user=request.user).filter(serial=wanted["booking_id"]).first()
        if booking is None:
            raise NotFound("Booking not found.")
        try:
            payment = start_booking_payment(
                actor=self.actor,
                booking_id=booking.pk,
                provider=wanted["provider"],
                return_url=wanted.get("payload") or _page_of(booking),
            )
        except Conflict as refusal:
            raise _as_before(refusal) from None
        return Response(payment_answer(payment, booking.serial, to_payer=True), status=201)


def _page_of(booking: "Booking") -> str:
    """Our own page, which completes the payment where coming back does that."""
    return f"{settings.SITE_URL}{reverse('site:returned', args=[booking.pk])}"


def _as_before(refusal: Conflict) -> Exception:
    words = {
        "nothing_due": "Booking already paid.",
        "not_payable": "Booking is canceled.",
        "hold_expired": "Booking is canceled: it was not paid in time.",
    }
    return refused(words[refusal.code]) if refusal.code in words else refusal


class ExecuteView(EstateEndpoint):
    @extend_schema(
        operation_id="estate_bkash_execute",
        request=NamedInput,
        responses=PaymentOutput,
        tags=TAGS,
        examples=[examples.EXECUTION, examples.PAID],
    )
    @idempotent(in_transaction=False)
    def post(self, request: Request) -> Response:
        """Take what the payer approved at bKash. Twice takes it once; without an approval nothing is taken."""
        payment = _own(request, **self.body(NamedInput))
        _refuse_canceled(request, payment)
        params = {"status": APPROVED, "paymentID": payment.object_id}
        done = confirm_return(actor=self.actor, payment_id=payment.pk, params=params)
        return Response(payment_answer(done, payment.booking_serial, to_payer=True))  # type: ignore[attr-defined]


class QueryView(EstateEndpoint):
    @extend_schema(
        operation_id="estate_bkash_query",
        parameters=[OpenApiParameter("payment_id", str, required=True)],
        responses=PaymentOutput,
        tags=TAGS,
        examples=[examples.PAYMENT],
    )
    def get(self, request: Request) -> Response:
        """What became of a payment: bKash is asked while it has not said its last word."""
        payment = _own(request, **self.query(NamedInput))
        seen = confirm_return(actor=self.actor, payment_id=payment.pk)
        return Response(payment_answer(seen, payment.booking_serial, to_payer=True))  # type: ignore[attr-defined]


def _refuse_canceled(request: Request, payment: "Payment") -> None:
    """What would only go back at once is not taken. An attempt that has ended tells its end instead."""
    booking = trips(user=request.user).filter(folio_id=payment.folio_id).first()
    if booking is not None and booking_status(booking) == CANCELED and payment_status(payment) == INITIATED:
        raise refused("Booking is canceled.")


def _own(request: Request, payment_id: str) -> "Payment":
    """Somebody else's is not there. Raises NotFound."""
    mine = own_payments(user=request.user).filter(provider=BKASH)
    found = mine.filter(object_id=payment_id).first()
    if found is None and payment_id.isascii() and payment_id.isdigit():
        found = mine.filter(serial=int(payment_id)).first()
    if found is None:
        raise NotFound(_NO_SUCH_PAYMENT)
    return found


urlpatterns = [
    path("payments/initiate/", InitiateView.as_view(), name="estate-pay"),
    path("payments/bkash/execute/", ExecuteView.as_view(), name="estate-bkash-execute"),
    path("payments/bkash/query/", QueryView.as_view(), name="estate-bkash-query"),
]
