"""What the documents of the three older APIs name: every endpoint, every field of it.

docs/compat.md says for each what it is here, and which test shows it; test_documented.py holds the two in step.
`python -m tests.compat.documented` prints what the tables lack.

A field is spelled with where it stands: "body email", "query category", "answer id".
"""

from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "compat.md"
HEADINGS = {"estate": "## The estate API", "stays": "## The stays API", "resort": "## The resort API"}

PROPERTY = (
    "id title slug description location price bedrooms bathrooms category amenities status is_available image "
    "image_url created_at updated_at"
)
BOOKING = "id user property start_at end_at total_amount status created_at updated_at"
PAYMENT = "id booking provider status transaction_id raw_response created_at updated_at"


def fields(*, body: str = "", query: str = "", answer: str = "") -> tuple[str, ...]:
    places = {"body": body, "query": query, "answer": answer}
    return tuple(f"{place} {name}" for place, names in places.items() for name in names.split())


ESTATE = {
    "POST /auth/register": fields(body="email password"),
    "POST /api/auth/register/": fields(
        body="username email password first_name last_name", answer="username email first_name last_name"
    ),
    "POST /auth/login": fields(body="email password", answer="refresh access"),
    "POST /api/auth/login/": fields(body="username password", answer="refresh access"),
    "POST /auth/token/refresh": fields(body="refresh", answer="access"),
    "POST /auth/token/verify": fields(body="token"),
    "POST /api/auth/refresh/": fields(body="refresh", answer="access"),
    "GET /auth/me": fields(answer="id username email first_name last_name"),
    "GET /api/auth/me/": fields(answer="id username email first_name last_name"),
    "GET /auth/me/bookings": fields(answer=BOOKING),
    "GET /auth/me/payments": fields(answer=PAYMENT),
    "GET /login/": (),
    "GET /register/": (),
    "GET /panel/": (),
    "GET /admin/": (),
    "GET /auth/password-reset/": (),
    "GET /auth/reset/<uid>/<token>/": (),
    "GET /api/categories/": fields(answer="id name slug parent"),
    "GET /api/properties/": fields(query="category status", answer=PROPERTY),
    "GET /api/properties/<slug>/": fields(answer=PROPERTY),
    "GET /api/properties/<slug>/recommendations/": fields(answer=PROPERTY),
    "GET /api/properties/recommended/": fields(query="category_id", answer=PROPERTY),
    "POST /api/bookings/create/": fields(body="property_id start_at end_at", answer=BOOKING),
    "GET /api/bookings/": fields(answer=BOOKING),
    "GET /api/bookings/<id>/": fields(answer=BOOKING),
    "POST /api/bookings/<id>/cancel/": fields(answer=BOOKING),
    "POST /api/payments/initiate/": fields(body="provider booking_id payload", answer=PAYMENT),
    "POST /api/payments/webhook/stripe/": fields(body="booking_id status transaction_id", answer="detail"),
    "POST /api/payments/webhook/bkash/": fields(body="booking_id status transaction_id", answer="detail"),
    "POST /api/payments/bkash/execute/": fields(body="payment_id"),
    "GET /api/payments/bkash/query/": fields(query="payment_id"),
    "GET /api/docs/": (),
    "GET /api/schema/": (),
}

STAYS = {
    "POST /api/accounts/register/": fields(body="email password first_name last_name"),
    "POST /api/accounts/token/": fields(body="email password"),
    "POST /api/accounts/token/refresh/": (),
    "POST /api/accounts/logout/": (),
    "GET /api/accounts/me/": (),
    "GET /api/stay/listings/": fields(query="check_in check_out page_size", answer="id city price_per_night images"),
    "GET /api/stay/listings/{id}/": fields(answer="id city price_per_night images"),
    "POST /api/stay/listings/": (),
    "PUT /api/stay/listings/{id}/": (),
    "DELETE /api/stay/listings/{id}/": (),
    "GET /api/stay/bookings/": (),
    "POST /api/stay/bookings/": fields(body="listing check_in check_out guests", answer="payment_url"),
    "GET /api/stay/bookings/{id}/": (),
    "DELETE /api/stay/bookings/{id}/": (),
    "GET /api/schema/": (),
    "GET /api/schema/swagger-ui/": (),
    "GET /api/schema/redoc/": (),
}

RESORT = {
    "POST /api/auth/otp/request/": fields(body="phone_number"),
    "POST /api/auth/otp/verify/": fields(body="phone_number otp", answer="access refresh"),
    "POST /api/auth/profile/update/": fields(body="name email date_of_birth gender"),
    "GET /api/rooms/search/": fields(
        query="location check_in_date check_out_date guests",
        answer="resort_id resort_name location available_rooms available_rooms.id available_rooms.room_number "
        "available_rooms.capacity available_rooms.price_per_night available_rooms.images available_rooms.images.image",
    ),
    "POST /api/booking/select-rooms/": fields(
        body="resort_id room_ids check_in_date check_out_date guests", answer="message booking_attempt_id"
    ),
    "POST /api/booking/add-guests/": fields(body="booking_attempt_id guests guests.room_id guests.name guests.age"),
    "POST /api/booking/initiate-payment/": fields(
        body="booking_attempt_id", answer="message payment_id razorpay_order_id razorpay_key amount"
    ),
    "POST /api/booking/payment-callback/": (),
}

DOCUMENTED = {"estate": ESTATE, "stays": STAYS, "resort": RESORT}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table. `fields` are spelled as above; `tests` as pytest takes them, below tests/."""

    endpoint: str
    fields: tuple[str, ...]
    ours: str
    tests: tuple[str, ...]


def rows(api: str) -> list[Row]:
    """The table in the section of this API: `endpoint | field | ours | test`."""
    _before, _heading, rest = PAGE.read_text().partition(f"{HEADINGS[api]}\n")
    section = rest.partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [_row(line) for line in lines]


def _row(line: str) -> Row:
    # A cell may name alternatives: `a\|b`.
    endpoint, named, ours, tests = (
        cell.strip().replace("\0", "|") for cell in line.replace("\\|", "\0").strip("|").split("|")
    )
    return Row(endpoint.strip("`"), _spelled(named), ours, tuple(tests.replace("`", "").replace(",", " ").split()))


def _spelled(cell: str) -> tuple[str, ...]:
    """`body: email, password; answer: id` as "body email", "body password", "answer id"."""
    found = []
    for part in filter(None, cell.replace("`", "").split(";")):
        place, _colon, names = part.partition(":")
        found += [f"{place.strip()} {name.strip()}" for name in names.split(",")]
    return tuple(found)


def missing(api: str) -> list[str]:
    """What the documents name and the table does not."""
    found = rows(api)
    said = {(row.endpoint, name) for row in found for name in (*row.fields, "")}
    wanted = [(endpoint, name) for endpoint, names in DOCUMENTED[api].items() for name in ("", *names)]
    return [f"{endpoint} {name}".strip() for endpoint, name in wanted if (endpoint, name) not in said]


if __name__ == "__main__":
    for name in DOCUMENTED:
        print(f"{HEADINGS[name]}:", *missing(name), sep="\n  ")  # noqa: T201
