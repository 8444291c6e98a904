"""Bookings of the stays API: one listing for some nights, by number."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.compat.pages import paged
from freehold.api.compat.stays import examples
from freehold.api.compat.stays.errors import about_a_stay
from freehold.api.compat.stays.listings import PAGES
from freehold.api.compat.stays.shapes import StaysBookingInput, StaysBookingOutput, page_of
from freehold.api.idempotency import idempotent
from freehold.api.offers import with_fitting_stays
from freehold.api.permissions import SignedIn
from freehold.api.v1.booking_answers import instant
from freehold.api.views import Endpoint
from freehold.bookings.dues import dues_of
from freehold.bookings.own_holds import as_its_holder_sees
from freehold.bookings.selectors import booking_detail, booking_id_of, own_stays, reads_as
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.hold_booking import hold
from freehold.core.errors import BadInput, NotFound
from freehold.domain.booking_states import HOLDING, PROVISIONAL, BookingState
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.inventory.errors import Unavailable
from freehold.pricing.types import ItemRequest
from freehold.properties.selectors import listing_id_of

TAG = "stays API: bookings"
STATUS = {
    BookingState.REQUESTED: "pending",
    BookingState.HELD: "pending",
    BookingState.PENDING_PAYMENT: "pending",
    BookingState.CONFIRMED: "confirmed",
    BookingState.IN_HOUSE: "confirmed",
    BookingState.COMPLETED: "completed",
    BookingState.CANCELLED: "cancelled",
    BookingState.DECLINED: "cancelled",
    BookingState.EXPIRED: "expired",
    BookingState.NO_SHOW: "no_show",
}


class BookingsView(Endpoint):
    permission_classes = [SignedIn]
    throttle_scope = {"POST": "hold"}

    @extend_schema(
        operation_id="stays_bookings_list",
        parameters=PAGES,
        responses=page_of(StaysBookingOutput),
        tags=[TAG],
        examples=[examples.BOOKINGS],
    )
    def get(self, request: Request) -> Response:
        """Your bookings, the latest arrival first."""
        return paged(own_stays(user=request.user), request, lambda booking: booking_answer(booking, request))

    @extend_schema(
        operation_id="stays_bookings_create",
        request=StaysBookingInput,
        responses={201: StaysBookingOutput},
        tags=[TAG],
        examples=[examples.NEW_BOOKING, examples.BOOKING_MADE, examples.BOOKING_TO_PAY],
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Book. What is paid at the property is confirmed at once; else the answer is `pending`, and `payment_url` is
        where to pay until `expires_at`. Taken: 409 with the reasons and the nearest free dates.
        """
        wanted = self.body(StaysBookingInput)
        items = [_item(wanted)]
        try:
            held = hold(actor=self.actor, items=items)
        except Unavailable as refusal:
            raise _by_reference(as_its_holder_sees(actor=self.actor, refusal=refusal, items=items)) from None
        except BadInput as refusal:
            raise about_a_stay(with_fitting_stays(refusal, items)) from None
        except NotFound:
            raise _no_such_listing() from None
        booking = booking_detail(actor=self.actor, booking_id=held.booking.pk)
        return Response(booking_answer(booking, request), status=201)


class BookingView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="stays_bookings_retrieve", responses=StaysBookingOutput, tags=[TAG], examples=[examples.BOOKING]
    )
    def get(self, request: Request, serial: int) -> Response:
        """One booking: yours, or one of your company."""
        return Response(booking_answer(booking_detail(actor=self.actor, booking_id=_booking_id(serial)), request))

    @extend_schema(operation_id="stays_bookings_cancel", responses={204: None}, tags=[TAG])
    def delete(self, request: Request, serial: int) -> Response:
        """Cancel it. What was paid comes back as its terms of cancellation say. A cancelled one stays cancelled;
        409 for a stay that has begun.
        """
        cancel_booking(actor=self.actor, booking_id=_booking_id(serial))
        return Response(status=204)


def _item(wanted: dict[str, Any]) -> ItemRequest:
    listing_id = listing_id_of(wanted["listing"])
    if listing_id is None:
        raise _no_such_listing()
    return ItemRequest(listing_id, Nights(wanted["check_in"], wanted["check_out"]), Party(wanted["guests"]))


def _no_such_listing() -> BadInput:
    return BadInput("There is no such listing.", code="does_not_exist", attr="listing")


def _by_reference(refusal: Unavailable) -> Unavailable:
    """One's own hold that is in the way, as this API knows it."""
    own = refusal.errors[0].extra.get("own_booking")
    if own is not None:
        refusal.add(own_booking={"reference": own["reference"]})
    return refusal


def _booking_id(serial: int) -> UUID:
    """Raises NotFound."""
    booking_id = booking_id_of(serial)
    if booking_id is None:
        raise NotFound
    return booking_id


def booking_answer(booking: Any, request: Request) -> dict[str, Any]:
    """`booking` with its relations at hand. Of a booking of several rooms the first is named, and everybody counted."""
    state, dues = reads_as(booking), dues_of(booking)
    items = booking.items.all()
    first = items[0]
    is_to_pay = state in HOLDING and dues.now.is_positive
    return {
        "id": booking.serial,
        "reference": booking.reference,
        "listing": first.listing.serial,
        "listing_title": first.listing.title,
        "city": first.listing.property.city,
        "country": first.listing.property.country,
        "check_in": first.check_in.isoformat(),
        "check_out": None if first.check_out is None else first.check_out.isoformat(),
        "nights": None if first.check_out is None else (first.check_out - first.check_in).days,
        "guests": sum(Party.from_json(item.party).size for item in items),
        "status": STATUS[state],
        "total_price": Money(booking.total_minor, booking.currency).amount_text(),
        "amount_due": dues.now.amount_text(),
        "currency": booking.currency,
        "payment_url": request.build_absolute_uri(reverse("site:book", args=[booking.pk])) if is_to_pay else None,
        "expires_at": instant(booking.hold_expires_at) if state in PROVISIONAL else None,
        "created_at": instant(booking.created_at),
        "confirmed_at": instant(booking.confirmed_at),
        "cancelled_at": instant(booking.cancelled_at),
    }
