"""For hosts: the company's bookings, and the answer to a request."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1.booking_answers import booking_answer
from freehold.api.views import Endpoint
from freehold.bookings.selectors import booking_detail
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.decline_request import decline_request


class AnswerInput(StrictSerializer):
    note = TextField(max_length=1000, required=False, allow_blank=True, help_text="A word to the guest.")


class HostBookingAction(Endpoint):
    """One thing that people of the company do with a booking; the answer is the booking as it is then."""

    permission_classes = [SignedIn]
    http_method_names = ["post", "options"]

    def answer(self, booking_id: Any) -> Response:
        return Response(booking_answer(booking_detail(actor=self.actor, booking_id=booking_id)))


class AcceptView(HostBookingAction):
    @extend_schema(operation_id="bookings_accept", request=AnswerInput, responses=OpenApiTypes.OBJECT)
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """Say yes to a request: it becomes a hold with time to pay, or is confirmed where nothing is due yet."""
        accept_request(actor=self.actor, booking_id=booking_id, note=self.body(AnswerInput).get("note", ""))
        return self.answer(booking_id)


class DeclineView(HostBookingAction):
    @extend_schema(operation_id="bookings_decline", request=AnswerInput, responses=OpenApiTypes.OBJECT)
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """Say no to a request: its space is free at once."""
        decline_request(actor=self.actor, booking_id=booking_id, note=self.body(AnswerInput).get("note", ""))
        return self.answer(booking_id)


urlpatterns = [
    path("bookings/<uuid:booking_id>/accept/", AcceptView.as_view(), name="booking-accept"),
    path("bookings/<uuid:booking_id>/decline/", DeclineView.as_view(), name="booking-decline"),
]
