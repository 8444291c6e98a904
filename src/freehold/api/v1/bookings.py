"""Bookings: hold, extend, name the guests, see, cancel."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.offers import with_fitting_stays
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import CompanyCaller, SignedIn
from freehold.api.serializers import StrictIntegerField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import booking_answer, booking_summary, new_booking_answer
from freehold.api.v1.items import MAX_ITEMS, ItemInput, to_requests
from freehold.api.views import Endpoint
from freehold.bookings.own_holds import as_its_holder_sees
from freehold.bookings.selectors import booking_detail, trips
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.extend_hold import extend_hold
from freehold.bookings.services.hold_booking import hold
from freehold.bookings.services.preview_refund import preview_refund
from freehold.bookings.services.set_guests import set_guests
from freehold.bookings.types import GuestName
from freehold.core.errors import BadInput
from freehold.domain.party import MAX_ADULTS, MAX_CHILDREN
from freehold.inventory.errors import Unavailable

MAX_GUESTS = MAX_ADULTS + MAX_CHILDREN
MAX_AGE = 130


class BookingInput(StrictSerializer):
    quote_id = serializers.UUIDField(required=False)
    items = ItemInput(many=True, allow_empty=False, max_length=MAX_ITEMS, required=False)


class GuestInput(StrictSerializer):
    name = TextField(max_length=120)
    age = StrictIntegerField(min_value=0, max_value=MAX_AGE, required=False, allow_null=True, default=None)
    item = StrictIntegerField(min_value=0, max_value=MAX_ITEMS - 1, default=0, help_text="Index of the booked item.")


class GuestsInput(StrictSerializer):
    guests = GuestInput(many=True, allow_empty=True, max_length=MAX_GUESTS)
    note = TextField(max_length=1000, required=False, allow_blank=True)


class BookingsView(Endpoint):
    permission_classes = [SignedIn]
    throttle_scope = {"POST": "hold"}

    @extend_schema(operation_id="bookings_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Your bookings, newest arrival first."""
        paginator = CursorPagination()
        paginator.ordering = ("-starts_at", "-id")
        page = paginator.paginate_queryset(trips(user=request.user), request, view=self)
        return paginator.get_paginated_response([booking_summary(booking) for booking in page or []])

    @extend_schema(operation_id="bookings_create", request=BookingInput, responses={201: OpenApiTypes.OBJECT})
    @idempotent()
    def post(self, request: Request) -> Response:
        """Hold everything, or nothing. Taken: 409 with the reasons of the closed days and alternatives, and with
        `own_booking` when it is your own hold that is in the way.
        """
        wanted = self.body(BookingInput)
        items = to_requests(wanted["items"]) if "items" in wanted else None
        quote_id = wanted.get("quote_id")
        try:
            held = hold(actor=self.actor, quote_id=quote_id, items=items)
        except Unavailable as refusal:
            raise as_its_holder_sees(actor=self.actor, refusal=refusal, quote_id=quote_id, items=items) from None
        except BadInput as refusal:
            raise with_fitting_stays(refusal, items or ()) from None
        return Response(new_booking_answer(held), status=201)


class BookingView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="bookings_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, booking_id: Any) -> Response:
        """One booking with its items, guests, price lines, payments and refunds.

        Yours, or one of your company; a company's key with `bookings:read` reads them as well.
        """
        return self.answer(booking_id)

    def answer(self, booking_id: Any) -> Response:
        return Response(booking_answer(booking_detail(actor=self.actor, booking_id=booking_id)))


class ExtendView(BookingView):
    permission_classes = [SignedIn]
    http_method_names = ["post", "options"]

    @extend_schema(operation_id="bookings_extend", request=None, responses=OpenApiTypes.OBJECT)
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """A little more time to pay. Once."""
        extend_hold(actor=self.actor, booking_id=booking_id)
        return self.answer(booking_id)


class GuestsView(BookingView):
    permission_classes = [SignedIn]
    http_method_names = ["post", "options"]

    @extend_schema(operation_id="bookings_guests", request=GuestsInput, responses=OpenApiTypes.OBJECT)
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """Who stays. The list is replaced as a whole."""
        wanted = self.body(GuestsInput)
        set_guests(
            actor=self.actor,
            booking_id=booking_id,
            guests=[GuestName(**guest) for guest in wanted["guests"]],
            note=wanted.get("note"),
        )
        return self.answer(booking_id)


class CancelView(BookingView):
    permission_classes = [SignedIn]
    http_method_names = ["post", "options"]

    @extend_schema(operation_id="bookings_cancel", request=None, responses=OpenApiTypes.OBJECT)
    @idempotent()
    def post(self, request: Request, booking_id: Any) -> Response:
        """Cancel, and get back exactly what refund-preview showed."""
        cancel_booking(actor=self.actor, booking_id=booking_id)
        return self.answer(booking_id)


class RefundPreviewView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="bookings_refund_preview", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, booking_id: Any) -> Response:
        """What cancelling now would give back."""
        return Response(preview_refund(actor=self.actor, booking_id=booking_id).to_json())


urlpatterns = [
    path("bookings/", BookingsView.as_view(), name="bookings"),
    path("bookings/<uuid:booking_id>/", BookingView.as_view(), name="booking"),
    path("bookings/<uuid:booking_id>/extend/", ExtendView.as_view(), name="booking-extend"),
    path("bookings/<uuid:booking_id>/guests/", GuestsView.as_view(), name="booking-guests"),
    path("bookings/<uuid:booking_id>/cancel/", CancelView.as_view(), name="booking-cancel"),
    path("bookings/<uuid:booking_id>/refund-preview/", RefundPreviewView.as_view(), name="booking-refund-preview"),
]
