"""The merchant's API: JSON over HTTP with a bearer key and idempotency keys."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from freehold.simulators.sandbox import events, faults, wire
from freehold.simulators.sandbox.books import dump
from freehold.simulators.sandbox.errors import Refusal
from freehold.simulators.sandbox.fields import Fields
from freehold.simulators.sandbox.gateway import Gateway

PAGE = 100
FOREVER = 10.0**12

type Answer = tuple[int, dict[str, Any]]
type Operation = Callable[[Gateway, Request, Fields], Answer]


# --- operations ---------------------------------------------------------------------------------------------


def create_payment(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    return 201, gateway.create_payment(fields)


def get_payment(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    return 200, gateway.show(request.path_params["id"])


def cancel_payment(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    return 200, gateway.cancel(request.path_params["id"])


def capture_payment(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    return 200, gateway.capture(request.path_params["id"], fields)


def create_refund(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    return 201, gateway.create_refund(fields)


def get_refund(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    return 200, gateway.show_refund(gateway.refund(request.path_params["id"]))


def create_payout(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    return 201, gateway.create_payout(fields)


def get_payout(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    return 200, wire.payout_object(gateway.payout(request.path_params["id"]))


def list_ledger(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    """Lines of `since` <= created < `until`, oldest first; page on with `starting_after`."""
    lines = gateway.books.rows(
        "SELECT * FROM ledger_line WHERE created >= :since AND created < :until AND sequence > :after"
        " ORDER BY sequence LIMIT :most",
        since=_query_number(request, "since", 0.0),
        until=_query_number(request, "until", FOREVER),
        after=_query_number(request, "starting_after", 0.0),
        most=PAGE + 1,
    )
    data = [wire.ledger_object(line) for line in lines[:PAGE]]
    return 200, {"object": "list", "data": data, "has_more": len(lines) > PAGE}


def list_events(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    """Every event, delivered or not, oldest first; page on with `starting_after`."""
    rows = gateway.books.rows(
        "SELECT sequence, body FROM event WHERE sequence > :after ORDER BY sequence LIMIT :most",
        after=_query_number(request, "starting_after", 0.0),
        most=PAGE + 1,
    )
    data = [{"sequence": row["sequence"], **json.loads(row["body"])} for row in rows[:PAGE]]
    return 200, {"object": "list", "data": data, "has_more": len(rows) > PAGE}


def resend_event(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    events.resend(gateway.books, request.path_params["id"])
    return 202, {"object": "event", "id": request.path_params["id"], "resent": True}


def plan_fault(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    faults.plan(gateway.books, fields)
    return 200, {"planned": True}


def move_clock(gateway: Gateway, request: Request, fields: Fields) -> Answer:
    """`offset_s` sets how far the clock is ahead, `advance_s` moves it on from where it is."""
    books = gateway.books
    offset_s = fields.number("offset_s", default=books.clock_offset_s)
    books.move_clock(offset_s + fields.number("advance_s", default=0.0))
    return 200, {"now": books.now(), "offset_s": books.clock_offset_s}


# --- around each operation ----------------------------------------------------------------------------------


async def _serve(request: Request, *, name: str, operation: Operation, gateway: Gateway, api_key: str) -> Response:
    _authenticate(request, api_key)
    fault = faults.take(gateway.books, name)
    if fault is not None and not fault["executed"]:
        return await faults.answer(fault)
    body = await request.body()
    status, answer = _execute(gateway, request, operation, body)
    if fault is not None:
        return await faults.answer(fault)
    return JSONResponse(answer, status_code=status)


def _authenticate(request: Request, api_key: str) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), api_key.encode()):
        raise Refusal(401, "authentication_error", "api_key_invalid", "Invalid API key.")


def _execute(gateway: Gateway, request: Request, operation: Operation, body: bytes) -> Answer:
    """Run the operation and remember its answer under the caller's key, in one transaction.

    A refusal rolls everything back and is not remembered.
    """
    key = request.headers.get("idempotency-key", "")
    fields = Fields(_parse(body))
    if request.method == "GET":
        return operation(gateway, request, fields)
    books = gateway.books
    fingerprint = hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()
    with books.transaction():
        known = books.row("SELECT * FROM idempotency WHERE key = :key", key=key) if key else None
        if known is not None and known["fingerprint"] != fingerprint:
            message = "This idempotency key was used with other parameters."
            raise Refusal(409, "idempotency_error", "idempotency_key_in_use", message)
        if known is not None:
            return known["status"], json.loads(known["body"])
        status, answer = operation(gateway, request, fields)
        if key:
            books.insert(
                "idempotency",
                key=key,
                fingerprint=fingerprint,
                status=status,
                body=dump(answer),
                created=books.now(),
            )
    return status, answer


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal(400, "invalid_request_error", "json_invalid", "The body must be a JSON object.")
    return parsed


def _query_number(request: Request, name: str, default: float) -> float:
    try:
        return float(request.query_params.get(name, default))
    except ValueError:
        raise Refusal.bad_field(name, f"{name} must be a number.") from None


def routes(gateway: Gateway, *, api_key: str) -> list[Route]:
    def route(method: str, path: str, operation: Operation) -> Route:
        endpoint: Callable[[Request], Awaitable[Response]] = partial(
            _serve, name=operation.__name__, operation=operation, gateway=gateway, api_key=api_key
        )
        return Route(path, endpoint, methods=[method], name=operation.__name__)

    return [
        route("POST", "/v1/payments", create_payment),
        route("GET", "/v1/payments/{id}", get_payment),
        route("POST", "/v1/payments/{id}/cancel", cancel_payment),
        route("POST", "/v1/payments/{id}/capture", capture_payment),
        route("POST", "/v1/refunds", create_refund),
        route("GET", "/v1/refunds/{id}", get_refund),
        route("POST", "/v1/payouts", create_payout),
        route("GET", "/v1/payouts/{id}", get_payout),
        route("GET", "/v1/ledger", list_ledger),
        route("GET", "/v1/events", list_events),
        route("POST", "/v1/events/{id}/resend", resend_event),
        route("POST", "/control/faults", plan_fault),
        route("POST", "/control/clock", move_clock),
    ]
