"""How the estate API writes things: numbers for ids, amounts as decimal strings, moments in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework import serializers
from rest_framework.request import Request

from freehold.api.v1.booking_answers import ending, instant
from freehold.bookings.selectors import reads_as
from freehold.domain.booking_states import PROVISIONAL, BookingState
from freehold.domain.money import Money
from freehold.domain.payment_states import UNSETTLED, PaymentState
from freehold.payments.names import object_name, provider_name
from freehold.payments.next_action import payers_action, shown_action
from freehold.properties.selectors import picture_url
from freehold.properties.whole_places import offer_of

if TYPE_CHECKING:
    from freehold.accounts.models import User
    from freehold.bookings.models import Booking
    from freehold.payments.models import Payment
    from freehold.properties.models import Category, Property

PENDING, PAID, CANCELED = "PENDING", "PAID", "CANCELED"
INITIATED, SUCCESS, FAILED = "INITIATED", "SUCCESS", "FAILED"
ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"
BKASH = "bkash"
IMAGE_WIDTH = 1600
_PAID = frozenset({BookingState.CONFIRMED, BookingState.IN_HOUSE, BookingState.COMPLETED})


class UserOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    email = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()


class CategoryOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()
    parent = serializers.IntegerField(allow_null=True)


class PropertyOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()
    slug = serializers.CharField()
    description = serializers.CharField()
    location = serializers.CharField()
    price = serializers.CharField(help_text="A decimal; of a slot's unit of time where a place has no other price.")
    currency = serializers.CharField()
    bedrooms = serializers.IntegerField()
    bathrooms = serializers.IntegerField()
    category = serializers.IntegerField()
    category_name = serializers.CharField()
    amenities = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField([ACTIVE, INACTIVE])
    is_available = serializers.BooleanField()
    image = serializers.CharField(allow_null=True)
    image_url = serializers.CharField(allow_null=True, help_text="Absolute.")
    created_at = serializers.CharField()
    updated_at = serializers.CharField()


class BookingOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user = serializers.IntegerField()
    property = serializers.IntegerField()
    property_title = serializers.CharField()
    property_slug = serializers.CharField()
    start_at = serializers.CharField()
    end_at = serializers.CharField(allow_null=True, help_text="null: until cancelled.")
    total_amount = serializers.CharField()
    currency = serializers.CharField()
    status = serializers.ChoiceField([PENDING, PAID, CANCELED])
    created_at = serializers.CharField()
    updated_at = serializers.CharField()


class PaymentOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    booking = serializers.IntegerField()
    provider = serializers.CharField(help_text="STRIPE, BKASH, ...")
    status = serializers.ChoiceField([INITIATED, SUCCESS, FAILED])
    transaction_id = serializers.CharField(allow_null=True, help_text="The provider's id of this payment.")
    raw_response = serializers.DictField(help_text="What the payer's app needs to go on.")
    created_at = serializers.CharField()
    updated_at = serializers.CharField()


def user_answer(user: User) -> dict[str, Any]:
    """Who has no username is known by the address."""
    return {
        "id": user.serial,
        "username": user.username or user.email or "",
        "email": user.email or "",
        "first_name": user.first_name,
        "last_name": user.last_name,
    }


def category_answer(category: Category) -> dict[str, Any]:
    parent = category.parent
    return {
        "id": category.serial,
        "name": category.name,
        "slug": category.slug,
        "parent": None if parent is None else parent.serial,
    }


def property_answer(place: Property, request: Request) -> dict[str, Any]:
    """A place of `whole_places` with its freedom."""
    offer = offer_of(place)
    image = _image(place, request)
    return {
        "id": place.serial,
        "title": place.title,
        "slug": place.slug,
        "description": place.description,
        "location": ", ".join(part for part in (place.neighbourhood, place.city) if part),
        "price": offer.price.amount_text(),
        "currency": offer.price.currency,
        "bedrooms": offer.facts.bedrooms,
        # Halves, which these clients do not know, count as whole ones.
        "bathrooms": int(offer.facts.bathrooms.to_integral_value("ROUND_CEILING")),
        "category": place.category.serial,
        "category_name": place.category.name,
        "amenities": [amenity.name for amenity in place.amenities.all()],
        "status": ACTIVE if place.is_offered else INACTIVE,  # type: ignore[attr-defined]
        "is_available": place.is_free,  # type: ignore[attr-defined]
        "image": image,
        "image_url": image,
        "created_at": instant(place.created_at),
        "updated_at": instant(place.updated_at),
    }


def _image(place: Property, request: Request) -> str | None:
    shown = next(iter(place.gallery.all()), None)
    return None if shown is None else request.build_absolute_uri(picture_url(shown.picture, width=IMAGE_WIDTH))


def booking_status(booking: Booking) -> str:
    state = reads_as(booking)
    if state in PROVISIONAL:
        return PENDING
    return PAID if state in _PAID else CANCELED


def booking_answer(booking: Booking, user: User) -> dict[str, Any]:
    """A booking of `trips`, for the person whose it is."""
    place = next(iter(booking.items.all())).listing.property
    return {
        "id": booking.serial,
        "user": user.serial,
        "property": place.serial,
        "property_title": place.title,
        "property_slug": place.slug,
        "start_at": instant(booking.starts_at),
        "end_at": ending(booking.ends_at),
        "total_amount": Money(booking.total_minor, booking.currency).amount_text(),
        "currency": booking.currency,
        "status": booking_status(booking),
        "created_at": instant(booking.created_at),
        "updated_at": instant(booking.updated_at),
    }


def payment_status(payment: Payment) -> str:
    if payment.state == PaymentState.PAID:
        return SUCCESS
    return INITIATED if payment.state in (*UNSETTLED, PaymentState.AUTHORIZED) else FAILED


def payment_answer(payment: Payment, booking_serial: int, *, to_payer: bool = False) -> dict[str, Any]:
    """`to_payer`: with what only the payer's app may have, a client secret for example."""
    return {
        "id": payment.serial,
        "booking": booking_serial,
        "provider": provider_name(payment).upper(),
        "status": payment_status(payment),
        "transaction_id": object_name(payment) or None,
        "raw_response": _raw(payment, payers_action(payment) if to_payer else shown_action(payment)),
        "created_at": instant(payment.created_at),
        "updated_at": instant(payment.updated_at),
    }


def _raw(payment: Payment, action: dict[str, Any]) -> dict[str, Any]:
    """In the provider's own names, as far as its app asks for them by name."""
    raw: dict[str, Any] = {**action.get("client", {})}
    url = action.get("url")
    if payment.provider == BKASH:
        raw |= {"paymentID": payment.object_id or None, "trxID": payment.charge_id or None, "bkashURL": url}
    else:
        raw |= {"id": payment.object_id or None, "url": url}
    if payment.error_code:
        raw["error"] = payment.error_code
    return {name: value for name, value in raw.items() if value is not None}
