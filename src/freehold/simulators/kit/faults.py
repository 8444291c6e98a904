"""Misbehaviour on request: the next calls of an operation hang, break or answer nonsense.

A fault strikes before the operation or after it, because a caller cannot tell the two apart and must survive both.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from freehold.simulators.kit.books import Books, Row
from freehold.simulators.kit.fields import Fields

KINDS = ("timeout", "error_500", "html", "empty", "rate_limited", "slow")
HANG_S = 60.0
SLOW_S = 1.0
OUTAGE_PAGE = "<!doctype html><title>502</title><h1>Bad Gateway</h1>"


def _error(type_: str, code: str, message: str) -> dict[str, Any]:
    return {"error": {"type": type_, "code": code, "message": message}}


@dataclass(frozen=True, slots=True)
class Outage:
    """How the vendor itself words its own failure and its rate limit."""

    error_500: Mapping[str, Any] = field(
        default_factory=lambda: _error("api_error", "internal", "Something broke here.")
    )
    rate_limited: Mapping[str, Any] = field(
        default_factory=lambda: _error("rate_limit_error", "rate_limit", "Too many requests.")
    )
    rate_limited_status: int = 429


USUAL = Outage()


def plan(books: Books, fields: Fields, *, operations: tuple[str, ...]) -> None:
    """Arrange a fault for the next `times` calls of `operation`; `executed` says whether the call takes effect.

    `slow` only delays the call, which then runs as usual.
    """
    books.insert(
        "fault",
        operation=fields.choice("operation", operations),
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


async def around(
    books: Books,
    operation: str,
    run: Callable[[], Awaitable[Response]],
    *,
    outage: Outage = USUAL,
    while_slow: AbstractContextManager[None] | None = None,
) -> Response:
    """Run the operation, unless a planned fault takes its place or spoils its answer.

    `while_slow` is entered while a slowed call is under way: for a vendor that refuses its key to others meanwhile.
    """
    fault = take(books, operation)
    if fault is None:
        return await run()
    if fault["kind"] == "slow":
        with while_slow or nullcontext():
            await asyncio.sleep(SLOW_S)
            return await run()
    if fault["executed"]:
        await run()
    return await _answer(fault["kind"], outage)


async def _answer(kind: str, outage: Outage) -> Response:
    match kind:
        case "timeout":
            await asyncio.sleep(HANG_S)
            return Response(status_code=504)
        case "html":
            return HTMLResponse(OUTAGE_PAGE)
        case "empty":
            return Response(status_code=200)
        case "rate_limited":
            headers = {"Retry-After": "1"}
            return JSONResponse(dict(outage.rate_limited), status_code=outage.rate_limited_status, headers=headers)
        case _:
            return JSONResponse(dict(outage.error_500), status_code=500)
