"""What the stays API takes and gives, as its documentation shows it."""

from typing import Any

from freehold.api.v1.examples import given, taken

# --- accounts ---

_ADA = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron"}
_PERSON = {"id": 42, **_ADA, "is_staff": False}
_PASSWORD = {"password": "a long sentence"}

REGISTRATION = taken("Ada", {**_ADA, **_PASSWORD})
REGISTERED = given("Always", {"detail": "We have sent you a mail. You can sign in.", **_ADA}, status=201)
CREDENTIALS = taken("Ada", {"email": "ada@example.com", **_PASSWORD})
SIGNED_IN = given("Cookies are set", {"detail": "Signed in.", "user": _PERSON})
REFRESHED = given("Cookies are set", {"detail": "Refreshed."})
SIGNED_OUT = given("Cookies are gone", {"detail": "Signed out."})
PERSON = given("Ada", _PERSON)

# --- listings ---

_SAID = {
    "title": "Brownstone in the Back Bay",
    "description": "Two bright rooms, a short walk from the river.",
    "address": "12 Marlborough Street",
    "city": "Boston",
    "state": "Massachusetts",
    "country": "US",
    "postal_code": "02116",
    "price_per_night": "180.00",
    "currency": "USD",
    "max_guests": 4,
    "bedrooms": 2,
    "beds": 2,
    "bathrooms": "1.0",
    "amenities": ["wifi", "kitchen"],
    "category": "homes",
    "payment_terms": "at_property",
    "company": "beacon-hill-stays",
}
_LISTING = {
    "id": 7,
    **_SAID,
    "latitude": 42.3519,
    "longitude": -71.0771,
    "check_in_time": "15:00",
    "check_out_time": "11:00",
    "host": "Beacon Hill Stays",
    "images": [{"image": "https://stays.example.com/media/pictures/7-1600.webp", "caption": "The living room"}],
    "created_at": "2027-01-30T09:12:44Z",
    "updated_at": "2027-02-01T18:03:10Z",
}

NEW_LISTING = taken("A place", _SAID)
LISTING = given("A place", _LISTING)
LISTING_MADE = given("On the site", _LISTING, status=201)


def _page(value: Any) -> dict[str, Any]:
    return {"count": 1, "next": None, "previous": None, "results": [value]}


LISTINGS = given("One", _page(_LISTING))

# --- bookings ---

_BOOKING = {
    "id": 118,
    "reference": "FH-7K2Q9M",
    "listing": 7,
    "listing_title": "Brownstone in the Back Bay",
    "city": "Boston",
    "country": "US",
    "check_in": "2027-03-05",
    "check_out": "2027-03-08",
    "nights": 3,
    "guests": 2,
    "status": "confirmed",
    "total_price": "540.00",
    "amount_due": "0.00",
    "currency": "USD",
    "payment_url": None,
    "expires_at": None,
    "created_at": "2027-02-01T18:03:10Z",
    "confirmed_at": "2027-02-01T18:03:10Z",
    "cancelled_at": None,
}
_TO_PAY = {
    **_BOOKING,
    "status": "pending",
    "amount_due": "540.00",
    "payment_url": "https://stays.example.com/book/01981f6e-0000-7000-8000-000000000000/",
    "expires_at": "2027-02-01T18:18:10Z",
    "confirmed_at": None,
}

NEW_BOOKING = taken("Three nights", {"listing": 7, "check_in": "2027-03-05", "check_out": "2027-03-08", "guests": 2})
BOOKING = given("Confirmed", _BOOKING)
BOOKING_MADE = given("Paid at the property", _BOOKING, status=201)
BOOKING_TO_PAY = given("Paid online", _TO_PAY, status=201)
BOOKINGS = given("One", _page(_BOOKING))
