"""The merchant's API: JSON over HTTP with a bearer key and idempotency keys."""

import hmac
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from freehold.simulators.kit import events, faults, idempotency
from freehold.simulators.kit.fields import Fields
from freehold.simulators.sandbox import wire
from freehold.simulators.sandbox.errors import Refusal
from freehold.simulators.sandbox.gateway import Gateway

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
"""Where faults may be planned."""

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


# --- around each operation ----------------------------------------------------------------------------------


async def _serve(request: Request, *, name: str, operation: Operation, gateway: Gateway, api_key: str) -> Response:
    _authenticate(request, api_key)
    body = await request.body()

    async def run() -> Response:
        status, answer = _execute(gateway, request, operation, body)
        return JSONResponse(answer, status_code=status)

    return await faults.around(gateway.books, name, run)


def _authenticate(request: Request, api_key: str) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), api_key.encode()):
        raise Refusal(401, "authentication_error", "api_key_invalid", "Invalid API key.")


def _execute(gateway: Gateway, request: Request, operation: Operation, body: bytes) -> Answer:
    """Run the operation and remember its answer under the caller's key, in one transaction.

    A refusal rolls everything back and is not remembered.
    """
    key = request.headers.get("idempotency-key", "")
    fields = Fields(_parse(body), refuse=Refusal.bad_field)
    if request.method == "GET":
        return operation(gateway, request, fields)
    books = gateway.books
    fingerprint = idempotency.fingerprint(request.method, request.url.path, body)
    with books.transaction():
        try:
            known = idempotency.recall(books, key, fingerprint)
        except idempotency.KeyReused:
            message = "This idempotency key was used with other parameters."
            raise Refusal(409, "idempotency_error", "idempotency_key_in_use", message) from None
        if known is not None:
            return known
        status, answer = operation(gateway, request, fields)
        idempotency.remember(books, key, fingerprint, status, answer)
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
    ]
