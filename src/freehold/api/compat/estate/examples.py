"""Examples of the estate API, for the reference."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

_MOMENT = "2026-11-21T09:30:00Z"
_USER = {"username": "jackdev", "email": "jackdev@example.com", "first_name": "Jack", "last_name": "Dev"}
_PROPERTY = {
    "id": 12,
    "title": "Lakeside villa",
    "slug": "lakeside-villa-k7p2m9qx",
    "description": "Four rooms above the lake.",
    "location": "Gulshan, Dhaka",
    "price": "25000.00",
    "currency": "BDT",
    "bedrooms": 4,
    "bathrooms": 3,
    "category": 5,
    "category_name": "Villas",
    "amenities": ["Parking", "Swimming pool"],
    "status": "ACTIVE",
    "is_available": True,
    "image": "https://example.com/media/pictures/villa-1600.webp",
    "image_url": "https://example.com/media/pictures/villa-1600.webp",
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
}
_BOOKING = {
    "id": 41,
    "user": 7,
    "property": 12,
    "property_title": "Lakeside villa",
    "property_slug": "lakeside-villa-k7p2m9qx",
    "start_at": "2026-12-01T09:00:00Z",
    "end_at": "2026-12-01T11:00:00Z",
    "total_amount": "25000.00",
    "currency": "BDT",
    "status": "PENDING",
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
}
_PAYMENT = {
    "id": 45,
    "booking": 41,
    "provider": "BKASH",
    "status": "INITIATED",
    "transaction_id": "TR0011ABCD1234567890",
    "raw_response": {
        "paymentID": "TR0011ABCD1234567890",
        "bkashURL": "https://sandbox.payment.bkash.com/?paymentId=TR00",
    },
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
}


def _answer(name: str, value: Any, **options: Any) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, **options)


PAGES = [
    OpenApiParameter("page", int, description="From 1."),
    OpenApiParameter("page_size", int, description="At most 100."),
]

REGISTRATION = OpenApiExample("Person", {**_USER, "password": "a long sentence"}, request_only=True)
REGISTERED = _answer("What was sent", _USER, status_codes=["201"])
USER = _answer("Person", {"id": 7, **_USER})
CATEGORIES = _answer("A category", {"id": 5, "name": "Villas", "slug": "villas", "parent": 2})
PROPERTY = _answer("Place", _PROPERTY)
PROPERTIES = _answer("A place", _PROPERTY)
RECOMMENDED = _answer("A place", _PROPERTY)
SLOT = OpenApiExample(
    "A slot",
    {"property_id": 12, "start_at": "2026-12-01T09:00:00Z", "end_at": "2026-12-01T11:00:00Z"},
    request_only=True,
)
ALTOGETHER = OpenApiExample("Altogether", {"property_id": 12}, request_only=True)
BOOKING = _answer("Booking", _BOOKING)
BOOKED = _answer("Booking", _BOOKING, status_codes=["201"])
CANCELLED = _answer("Booking", {**_BOOKING, "status": "CANCELED"})
BOOKINGS = _answer("A booking", _BOOKING)
INITIATION = OpenApiExample("bKash", {"provider": "bkash", "booking_id": 41}, request_only=True)
EXECUTION = OpenApiExample("Approved", {"payment_id": "TR0011ABCD1234567890"}, request_only=True)
PAID = _answer("Payment", {**_PAYMENT, "status": "SUCCESS"})
PAYMENT = _answer("Payment", _PAYMENT)
INITIATED = _answer("Payment", _PAYMENT, status_codes=["201"])
PAYMENTS = _answer("A payment", _PAYMENT)
