"""Bookings: of a slot, or of a place altogether until it is cancelled."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.compat.estate import examples
from freehold.api.compat.estate.base import EstateEndpoint, in_old_fields, refused
from freehold.api.compat.estate.shapes import CANCELED, BookingOutput, booking_answer, booking_status
from freehold.api.compat.pages import paged
from freehold.api.idempotency import idempotent
from freehold.api.serializers import EARLIEST, LATEST, StrictIntegerField
from freehold.bookings.selectors import trips
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.core.serials import LARGEST_SERIAL
from freehold.domain.occasions import Slot, UntilCancelled, When
from freehold.domain.party import Party
from freehold.inventory.errors import Unavailable
from freehold.pricing.types import ItemRequest
from freehold.properties.selectors import property_id_of
from freehold.properties.whole_places import bookable, is_published

if TYPE_CHECKING:
    from freehold.accounts.models import User
    from freehold.bookings.models import Booking

TAGS = ["estate API: bookings"]
TAKEN = "Property is not available for booking."
_BY_THE_SLOT = "This property is booked by the slot: give start_at and end_at."
_ALTOGETHER = "This property is booked altogether: give no start_at and end_at."


class MomentField(serializers.DateTimeField):
    """ISO 8601; without an offset it is UTC. Between 1900 and 2199."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]")
        moment: datetime = super().to_internal_value(value)
        if not EARLIEST < moment.date() < LATEST:
            raise serializers.ValidationError("A moment between 1900 and 2199 is needed.")
        return moment


class BookingInput(serializers.Serializer[Any]):
    property_id = StrictIntegerField(min_value=0, max_value=LARGEST_SERIAL)
    start_at = MomentField(required=False, allow_null=True)
    end_at = MomentField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("start_at"), attrs.get("end_at")
        for name, other in (("start_at", "end_at"), ("end_at", "start_at")):
            if attrs.get(name) is None and attrs.get(other) is not None:
                raise serializers.ValidationError({name: "Give start_at and end_at together, or neither."})
        if start is not None and end is not None and end <= start:
            raise serializers.ValidationError({"end_at": "end_at must be after start_at."})
        when: When = UntilCancelled() if start is None or end is None else Slot(start, end)
        return {"number": attrs["property_id"], "when": when}


class BookingsView(EstateEndpoint):
    @extend_schema(
        operation_id="estate_bookings",
        responses=BookingOutput(many=True),
        tags=TAGS,
        parameters=examples.PAGES,
        examples=[examples.BOOKINGS],
    )
    def get(self, request: Request) -> Response:
        """Your bookings, newest first, page by page."""
        user = cast("User", request.user)
        rows = trips(user=user).order_by("-created_at", "-id")
        return paged(rows, request, lambda booking: booking_answer(booking, user))


class CreateView(EstateEndpoint):
    throttle_scope = "hold"

    @extend_schema(
        operation_id="estate_book",
        request=BookingInput,
        responses={201: BookingOutput},
        tags=TAGS,
        examples=[examples.SLOT, examples.ALTOGETHER, examples.BOOKED],
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Hold a slot with `start_at` and `end_at`, or, with neither, the place altogether until you cancel.

        Each keeps the other out. PENDING until it is paid; a hold that is not paid in time is over.
        """
        wanted = self.body(BookingInput)
        item = ItemRequest(_listing(wanted["number"], wanted["when"]), wanted["when"], Party(1))
        try:
            held = hold_booking(actor=self.actor, items=[item])
        except (Unavailable, NotFound):
            raise refused(TAKEN) from None
        except BadInput as refusal:
            raise in_old_fields(refusal) from None
        return Response(_answer(_own(request, held.serial), request), status=201)


def _listing(number: int, when: When) -> UUID:
    """By which listing the place is booked at such a time. Raises the framework's ValidationError."""
    property_id = property_id_of(number)
    offered = None if property_id is None else bookable(property_id)
    if property_id is None or offered is None:
        # Nobody learns from here of a place that was never shown.
        is_known = property_id is not None and is_published(property_id)
        raise refused("Property is not active." if is_known else "Property does not exist.", "property_id")
    is_slot = isinstance(when, Slot)
    listing_id = offered.slot_id if is_slot else offered.exclusive_id
    if listing_id is None:
        raise refused(_ALTOGETHER if is_slot else _BY_THE_SLOT, "start_at")
    return listing_id


class BookingView(EstateEndpoint):
    @extend_schema(operation_id="estate_booking", responses=BookingOutput, tags=TAGS, examples=[examples.BOOKING])
    def get(self, request: Request, number: int) -> Response:
        """One of your bookings."""
        return Response(_answer(_own(request, number), request))


class CancelView(EstateEndpoint):
    @extend_schema(
        operation_id="estate_cancel", request=None, responses=BookingOutput, tags=TAGS, examples=[examples.CANCELLED]
    )
    @idempotent()
    def post(self, request: Request, number: int) -> Response:
        """Cancel what is not paid. What is paid is cancelled on its page, where it says what you get back: 400 here."""
        booking = _own(request, number)
        if booking_status(booking) != CANCELED:
            try:
                cancel_booking(actor=self.actor, booking_id=booking.pk, only_unpaid=True)
            except Conflict as refusal:
                if refusal.code == "already_paid":
                    raise refused("A paid booking cannot be canceled here.") from None
                raise
            booking = _own(request, number)
        return Response(_answer(booking, request))


def _own(request: Request, number: int) -> "Booking":
    """Raises NotFound for everybody else's."""
    booking = trips(user=request.user).filter(serial=number).first()
    if booking is None:
        raise NotFound
    return booking


def _answer(booking: "Booking", request: Request) -> dict[str, Any]:
    return booking_answer(booking, cast("User", request.user))


urlpatterns = [
    path("bookings/", BookingsView.as_view(), name="estate-bookings"),
    path("bookings/create/", CreateView.as_view(), name="estate-book"),
    path("bookings/<int:number>/", BookingView.as_view(), name="estate-booking"),
    path("bookings/<int:number>/cancel/", CancelView.as_view(), name="estate-cancel"),
]
