"""A client of the resort API, as its front end is one: JSON, and a bearer token once it has one."""

from typing import Any

from django.test import Client

from freehold.accounts.models import User
from freehold.properties.models import Unit
from tests.support.rooms import rooms_of
from tests.support.stays import in_days


def post(path: str, body: Any, *, user: User | None = None, bearer: str = "", **options: Any) -> Any:
    return client_of(user).post(
        f"/api/{path}", body, content_type="application/json", headers=_headers(bearer), **options
    )


def get(path: str, query: Any, *, user: User | None = None, bearer: str = "") -> Any:
    return client_of(user).get(f"/api/{path}", query, headers=_headers(bearer))


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def _headers(bearer: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer}"} if bearer else {}


def nights(*, arrive_in: int = 30, count: int = 5) -> dict[str, str]:
    return {"check_in_date": str(in_days(arrive_in)), "check_out_date": str(in_days(arrive_in + count))}


def selection(listing: Any, *rooms: Unit, **changes: Any) -> dict[str, Any]:
    """The body of select-rooms: the first room for two, unless it is said."""
    chosen = rooms or (rooms_of(listing)[0],)
    return {
        "resort_id": listing.property.serial,
        "room_ids": [room.serial for room in chosen],
        **nights(),
        "guests": 2,
        **changes,
    }


def attempt(listing: Any, user: User, *rooms: Unit, **changes: Any) -> int:
    answer = post("booking/select-rooms/", selection(listing, *rooms, **changes), user=user)
    assert answer.status_code == 201, answer.content
    return int(answer.json()["booking_attempt_id"])
