"""For hosts: the company's bookings, the answer to a request, and the desk."""

from collections.abc import Callable
from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import StrictDateField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import booking_answer, booking_summary
from freehold.api.views import Endpoint
from freehold.bookings.desk import Wanted, company_bookings
from freehold.bookings.models import Booking
from freehold.bookings.selectors import booking_detail
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.check_in_booking import check_in_booking, undo_check_in
from freehold.bookings.services.check_out_booking import check_out_booking, undo_check_out
from freehold.bookings.services.decline_request import decline_request
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.core.errors import BadInput
from freehold.domain.booking_states import BookingState


class BookingsQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    status = serializers.ChoiceField([state.value for state in BookingState], required=False)
    listing = serializers.UUIDField(required=False)
    # `from` and `to` are the names on the wire; the dates that a stay touches, both included.
    locals()["from"] = StrictDateField(required=False, help_text="The stay has not ended before this date.")
    to = StrictDateField(required=False, help_text="The stay begins by this date.")
    q = TextField(max_length=100, required=False, help_text="Reference, guest, email or listing.")
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class AnswerInput(StrictSerializer):
    note = TextField(max_length=1000, required=False, allow_blank=True, help_text="A word to the guest.")


class HostBookingsView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_bookings_list", parameters=[BookingsQuery], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """The bookings of one of my companies, newest arrival first."""
        given = self.query(BookingsQuery)
        wanted = Wanted(
            states=(BookingState(given["status"]),) if "status" in given else (),
            listing_id=given.get("listing"),
            first=given.get("from"),
            last=given.get("to"),
            words=given.get("q", ""),
        )
        if wanted.first and wanted.last and wanted.last < wanted.first:
            raise BadInput("The dates end before they begin.", code="empty_period", attr="to")
        paginator = CursorPagination()
        paginator.ordering = ("-starts_at", "-id")
        found = company_bookings(actor=self.actor, company_id=given["company_id"], wanted=wanted)
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([_host_summary(booking) for booking in page or []])


class HostBookingAction(Endpoint):
    """One thing that people of the company do with a booking; the answer is the booking as it is then."""

    permission_classes = [CompanyCaller]
    http_method_names = ["post", "options"]

    def answer(self, booking_id: Any) -> Response:
        return Response(booking_answer(booking_detail(actor=self.actor, booking_id=booking_id)))


class AcceptView(HostBookingAction):
    @extend_schema(operation_id="bookings_accept", request=AnswerInput, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """Say yes to a request: it becomes a hold with time to pay, or is confirmed where nothing is due yet."""
        accept_request(actor=self.actor, booking_id=booking_id, note=self.body(AnswerInput).get("note", ""))
        return self.answer(booking_id)


class DeclineView(HostBookingAction):
    @extend_schema(operation_id="bookings_decline", request=AnswerInput, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """Say no to a request: its space is free at once."""
        decline_request(actor=self.actor, booking_id=booking_id, note=self.body(AnswerInput).get("note", ""))
        return self.answer(booking_id)


def desk_step(name: str, step: Callable[..., Booking], says: str) -> Any:
    """The address of a step at the desk that needs nothing but the booking."""

    class DeskStep(HostBookingAction):
        @extend_schema(
            operation_id=f"host_bookings_{name.replace('-', '_')}",
            request=None,
            responses=OpenApiTypes.OBJECT,
            tags=["host"],
            description=says,
        )
        @idempotent()
        def post(self, request: Request, booking_id: Any) -> Response:
            step(actor=self.actor, booking_id=booking_id)
            return self.answer(booking_id)

    return path(f"host/bookings/<uuid:booking_id>/{name}/", DeskStep.as_view(), name=f"host-booking-{name}")


def _host_summary(booking: Booking) -> dict[str, Any]:
    booker = booking.booker
    who = {"name": booker.get_full_name(), "email": booker.email or None, "phone": booker.phone or None}
    return {**booking_summary(booking), "booker": who}


urlpatterns = [
    path("bookings/<uuid:booking_id>/accept/", AcceptView.as_view(), name="booking-accept"),
    path("bookings/<uuid:booking_id>/decline/", DeclineView.as_view(), name="booking-decline"),
    path("host/bookings/", HostBookingsView.as_view(), name="host-bookings"),
    desk_step("check-in", check_in_booking, "The guest has come; from the day of arrival on."),
    desk_step("undo-check-in", undo_check_in, "The guest has not come after all."),
    desk_step("check-out", check_out_booking, "The guest has left; what remains of the time is free at once."),
    desk_step("undo-check-out", undo_check_out, "The guest has not left after all; 409 when the time was taken."),
    desk_step(
        "no-show",
        mark_no_show,
        "Nobody came, and the day of arrival is over. It costs what the terms keep, paid or not.",
    ),
]
