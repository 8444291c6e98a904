"""The test desk of a simulator: what no merchant can do, for tests and rehearsals only."""

import hmac
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from freehold.simulators.kit import events, faults
from freehold.simulators.kit.books import Books
from freehold.simulators.kit.errors import refusal
from freehold.simulators.kit.fields import Fields

type Answer = dict[str, Any]
type Deed = Callable[[Books, Fields], Answer]
"""One act at the desk, inside a transaction."""


def routes(books: Books, *, key: str, operations: tuple[str, ...], deeds: dict[str, Deed] | None = None) -> list[Route]:
    """Routes under /control/, each with `Authorization: Bearer <key>`.

    POST /control/faults  {"operation", "kind", "executed": false, "times": 1}; operations: `operations`
    POST /control/calm    {}           forgets the faults that have not struck yet
    POST /control/clock   {"offset_s"} sets how far the clock is ahead, {"advance_s"} moves it on
    POST /control/resend  {"event"}    delivers a message once more
    POST /control/forget  {}           empties the books and puts the clock right
    GET  /control/books   every table with all its rows
    GET  /control/deliveries           every message, oldest first, with its deliveries and their attempts
    POST /control/<name>               the vendor's own `deeds`
    """

    def plan_fault(books: Books, fields: Fields) -> Answer:
        faults.plan(books, fields, operations=operations)
        return {"planned": True}

    usual: dict[str, Deed] = {
        "faults": plan_fault,
        "calm": _calm,
        "clock": move_clock,
        "resend": _resend,
        "forget": _forget,
    }
    acts = {**usual, **(deeds or {})}
    looks: dict[str, Callable[[Books], Answer]] = {"books": Books.dump, "deliveries": _deliveries}
    return [
        *[_route("POST", name, partial(_act, books=books, key=key, deed=deed)) for name, deed in acts.items()],
        *[_route("GET", name, partial(_look, books=books, key=key, look=look)) for name, look in looks.items()],
    ]


def move_clock(books: Books, fields: Fields) -> Answer:
    """`offset_s` sets how far the clock is ahead, `advance_s` moves it on from where it is."""
    offset_s = fields.number("offset_s", default=books.clock_offset_s)
    books.move_clock(offset_s + fields.number("advance_s", default=0.0))
    return {"now": books.now(), "offset_s": books.clock_offset_s}


def _resend(books: Books, fields: Fields) -> Answer:
    events.resend(books, fields.text("event"))
    return {"resent": True}


def _calm(books: Books, fields: Fields) -> Answer:
    books.write("DELETE FROM fault")
    return {"calm": True}


def _forget(books: Books, fields: Fields) -> Answer:
    books.forget_everything()
    return {"forgotten": True}


def _deliveries(books: Books) -> Answer:
    """What was sent when, and what came back."""
    attempts = books.rows("SELECT * FROM delivery_attempt ORDER BY id")
    deliveries = [
        {**dict(row), "tries": [dict(each) for each in attempts if each["delivery_id"] == row["id"]]}
        for row in books.rows("SELECT * FROM delivery ORDER BY id")
    ]
    return {
        "events": [
            {**dict(row), "deliveries": [each for each in deliveries if each["event_id"] == row["id"]]}
            for row in books.rows("SELECT * FROM event ORDER BY sequence")
        ]
    }


def _route(method: str, name: str, endpoint: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(f"/control/{name}", endpoint, methods=[method], name=f"control_{name}")


async def _act(request: Request, *, books: Books, key: str, deed: Deed) -> Response:
    _authenticate(request, key)
    fields = Fields(_parse(await request.body()))
    with books.transaction():
        answer = deed(books, fields)
    return JSONResponse(answer)


async def _look(request: Request, *, books: Books, key: str, look: Callable[[Books], Answer]) -> Response:
    _authenticate(request, key)
    return JSONResponse(look(books))


def _authenticate(request: Request, key: str) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise refusal(401, "authentication_error", "control_key_invalid", "Invalid key of the test desk.")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise refusal(400, "invalid_request_error", "json_invalid", "The body must be a JSON object.")
    return parsed
