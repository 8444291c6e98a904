"""Misbehaviour on request: the next calls of an operation hang, break or answer nonsense.

A fault strikes before the operation or after it, because a caller cannot tell the two apart and must survive both.
"""

import asyncio

from starlette.responses import HTMLResponse, JSONResponse, Response

from freehold.simulators.sandbox.books import Books, Row
from freehold.simulators.sandbox.fields import Fields

OPERATIONS = (
    "create_payment",
    "get_payment",
    "cancel_payment",
    "capture_payment",
    "create_refund",
    "get_refund",
    "create_payout",
    "get_payout",
    "list_ledger",
    "list_events",
)
KINDS = ("timeout", "error_500", "html", "empty", "rate_limited")
HANG_S = 60.0
OUTAGE_PAGE = "<!doctype html><title>502</title><h1>Bad Gateway</h1>"


def plan(books: Books, fields: Fields) -> None:
    """Arrange a fault for the next `times` calls of `operation`; `executed` says whether the call takes effect."""
    books.insert(
        "fault",
        operation=fields.choice("operation", OPERATIONS),
        kind=fields.choice("kind", KINDS),
        executed=int(fields.flag("executed", default=False)),
        remaining=fields.amount("times", default=1),
    )


def take(books: Books, operation: str) -> Row | None:
    """The fault that strikes this call, used up by it."""
    fault = books.row(
        "SELECT * FROM fault WHERE operation = :operation AND remaining > 0 ORDER BY id LIMIT 1",
        operation=operation,
    )
    if fault is not None:
        with books.transaction():
            books.write("UPDATE fault SET remaining = remaining - 1 WHERE id = :id", id=fault["id"])
    return fault


async def answer(fault: Row) -> Response:
    match fault["kind"]:
        case "timeout":
            await asyncio.sleep(HANG_S)
            return Response(status_code=504)
        case "html":
            return HTMLResponse(OUTAGE_PAGE)
        case "empty":
            return Response(status_code=200)
        case "rate_limited":
            error = {"type": "rate_limit_error", "code": "rate_limit", "message": "Too many requests."}
            return JSONResponse({"error": error}, status_code=429, headers={"Retry-After": "1"})
        case _:
            error = {"type": "api_error", "code": "internal", "message": "Something broke here."}
            return JSONResponse({"error": error}, status_code=500)
