"""The merchant's API: JSON over HTTP with Basic authentication, under Razorpay's paths and with its words."""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from freehold.domain.money import CURRENCIES
from freehold.simulators.kit import faults, idempotency
from freehold.simulators.kit.books import Row, dump
from freehold.simulators.kit.fields import Fields
from freehold.simulators.razorpay import wire
from freehold.simulators.razorpay.books import new_id
from freehold.simulators.razorpay.desk import Desk
from freehold.simulators.razorpay.errors import Refusal, bad_field, not_required, unauthorized, unknown_id

MOST = 100
USUAL_COUNT = 10
MINUTE_S = 60.0
SMALLEST = {"INR": 100}
WITHOUT_UNIQUE_RECEIPTS = "without_unique_receipts"
ORDER_FIELDS = frozenset(
    {"amount", "currency", "receipt", "notes", "payment", "payment_capture", "partial_payment", "offer_id"}
)
REFUND_FIELDS = frozenset({"amount", "speed", "notes", "receipt"})
REFUND_KEY = re.compile(r"[A-Za-z0-9_-]+")
PAYOUT_KEY = re.compile(r"[A-Za-z0-9_\- ]{4,36}")
OUTAGE = faults.Outage(
    error_500=Refusal("We are facing some trouble completing your request.", code="SERVER_ERROR").body,
    rate_limited=Refusal("Request failed. Please try after sometime.", reason="NA").body,
)

type Entity = dict[str, Any]
type Operation = Callable[[Desk, Request, Fields, dict[str, Any]], Entity]


# --- orders and payments ------------------------------------------------------------------------------------


def create_order(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    """`unique_receipt` brings back the order that has this receipt already."""
    books = desk.books
    allowed = ORDER_FIELDS if books.setting(WITHOUT_UNIQUE_RECEIPTS, "") else ORDER_FIELDS | {"unique_receipt"}
    _only(body, allowed)
    currency = body.get("currency")
    if currency not in CURRENCIES:
        raise bad_field("currency", "The currency is not supported" if currency else "The currency field is required.")
    amount = _amount(body)
    if amount < SMALLEST.get(currency, 1):
        raise bad_field("amount", "Order amount less than minimum amount allowed")
    receipt = body.get("receipt")
    if receipt is not None and (not isinstance(receipt, str) or len(receipt) > 40):
        raise bad_field("receipt", "The receipt may not be greater than 40 characters.")
    if body.get("unique_receipt") and receipt:
        known = books.row("SELECT id FROM orders WHERE receipt = :receipt ORDER BY created LIMIT 1", receipt=receipt)
        if known is not None:
            return desk.show_order(known["id"])
    capture, automatic_s, manual_s = _capture_settings(body)
    order_id = new_id("order")
    books.insert(
        "orders",
        id=order_id,
        amount=amount,
        currency=currency,
        receipt=receipt,
        notes=dump(_notes(body)),
        capture=capture,
        automatic_expiry_s=automatic_s,
        manual_expiry_s=manual_s,
        created=books.now(),
    )
    return desk.show_order(order_id)


def get_order(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    return desk.show_order(request.path_params["id"])


def list_orders(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    receipt = request.query_params.get("receipt")
    return _listed(desk, request, "orders", lambda row: wire.order(desk.books, row), receipt=receipt)


def list_order_payments(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    order = desk.order(request.path_params["id"])
    rows = desk.books.rows(
        "SELECT * FROM payment WHERE order_id = :id ORDER BY created DESC, rowid DESC", id=order["id"]
    )
    return wire.collection([wire.payment(desk.books, row) for row in rows])


def get_payment(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    return desk.show_payment(request.path_params["id"])


def list_payments(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    return _listed(desk, request, "payment", lambda row: wire.payment(desk.books, row))


def capture_payment(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    """All of what was authorised, once."""
    payment = desk.payment(request.path_params["id"])
    amount = _amount(body)
    if body.get("currency") != payment["currency"]:
        raise bad_field("currency", "Capture currency must be equal to the currency of the payment")
    if payment["captured"]:
        raise Refusal("This payment has already been captured", reason="NA")
    if payment["status"] != "authorized":
        raise Refusal("Only payments which have been authorized and not yet captured can be captured", reason="NA")
    if amount != payment["amount"]:
        raise Refusal("Capture amount must be equal to the amount authorized", field="amount")
    desk.capture(payment["id"])
    return desk.show_payment(payment["id"])


# --- refunds and disputes -----------------------------------------------------------------------------------


def create_refund(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    _only(body, REFUND_FIELDS)
    amount = _amount(body) if "amount" in body else None
    receipt = fields.text("receipt", default="", longest=40) or None
    refund_id = desk.give_back(request.path_params["id"], amount, receipt=receipt, notes=_notes(body))
    return desk.show_refund(refund_id)


def get_refund(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    return desk.show_refund(request.path_params["id"])


def get_refund_of_payment(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    if desk.refund(request.path_params["refund_id"])["payment_id"] != request.path_params["id"]:
        raise unknown_id()
    return desk.show_refund(request.path_params["refund_id"])


def list_refunds(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    return _listed(desk, request, "refund", lambda row: desk.show_refund(row["id"]))


def list_refunds_of_payment(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    payment = desk.payment(request.path_params["id"])
    return _listed(desk, request, "refund", lambda row: desk.show_refund(row["id"]), payment_id=payment["id"])


def get_dispute(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    row = desk.books.row("SELECT * FROM dispute WHERE id = :id", id=request.path_params["id"])
    if row is None:
        raise unknown_id()
    return wire.dispute(row, currency=desk.payment(row["payment_id"])["currency"])


# --- RazorpayX ----------------------------------------------------------------------------------------------


def create_payout(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    """To a fund account, or to one that is described: `fa_reject...` fails and `fa_bounce...` comes back."""
    if body.get("currency") != "INR":
        raise bad_field("currency", "The selected currency is invalid.")
    fund_account = body.get("fund_account_id") or (new_id("fa") if isinstance(body.get("fund_account"), dict) else "")
    if not isinstance(fund_account, str) or not re.fullmatch(r"fa_[A-Za-z0-9]+", fund_account):
        raise bad_field("fund_account_id", "The id provided does not exist")
    payout_id = desk.pay_out(
        account_number=fields.text("account_number", longest=40),
        fund_account_id=fund_account,
        amount=_amount(body),
        mode=fields.choice("mode", ("IMPS", "NEFT", "RTGS", "UPI")),
        purpose=fields.text("purpose", longest=30),
        reference_id=fields.text("reference_id", default="", longest=40) or None,
        narration=fields.text("narration", default="", longest=30) or None,
        notes=dump(_notes(body)),
    )
    return wire.payout(desk.payout(payout_id))


def get_payout(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    return wire.payout(desk.payout(request.path_params["id"]))


def list_payouts(desk: Desk, request: Request, fields: Fields, body: dict[str, Any]) -> Entity:
    account = request.query_params.get("account_number")
    if not account:
        raise bad_field("account_number", "The account number field is required.")
    return _listed(desk, request, "payout", wire.payout, account_number=account)


# --- around each operation ----------------------------------------------------------------------------------


async def _serve(request: Request, *, name: str, operation: Operation, desk: Desk) -> Response:
    _authenticate(request, desk)
    raw = await request.body()

    async def run() -> Response:
        return JSONResponse(_execute(desk, request, name, operation, raw))

    return await faults.around(desk.books, name, run, outage=OUTAGE)


def _authenticate(request: Request, desk: Desk) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        key_id, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthorized() from None
    right = hmac.compare_digest(key_id.encode(), desk.key_id.encode())
    if scheme.lower() != "basic" or not (right and hmac.compare_digest(secret.encode(), desk.key_secret.encode())):
        raise unauthorized()


def _execute(desk: Desk, request: Request, name: str, operation: Operation, raw: bytes) -> Entity:
    """Run the operation and remember its answer under its key, in one transaction. A refusal is not remembered."""
    body = _parse(raw)
    fields = Fields(body, refuse=bad_field)
    books = desk.books
    if request.method == "GET":
        return operation(desk, request, fields, body)
    key = _key(request, name)
    print_ = idempotency.fingerprint(request.method, request.url.path, raw)
    with books.transaction():
        try:
            known = idempotency.recall(books, key, print_)
        except idempotency.KeyReused:
            message = "Different request with the same idempotency key has already been processed."
            raise Refusal(message, status=409, reason="NA") from None
        if known is not None:
            return known[1]
        answer = operation(desk, request, fields, body)
        idempotency.remember(books, key, print_, 200, answer)
    return answer


def _key(request: Request, name: str) -> str:
    """The idempotency key of this request, if its operation has one."""
    if name == "create_refund":
        given = request.headers.get("x-refund-idempotency", "")
        if given and len(given) < 10:
            raise Refusal("The idempotency key must be at least 10 characters long.", reason="NA")
        if given and not REFUND_KEY.fullmatch(given):
            words = "The idempotency key must only contain alphanumeric characters, underscores, and hyphens"
            raise Refusal(words, reason="NA")
        return given and f"refund:{given}"
    if name == "create_payout":
        given = request.headers.get("x-payout-idempotency", "")
        if not PAYOUT_KEY.fullmatch(given):
            words = "Idempotency key is missing. Include idempotency header and key in the request."
            raise Refusal(words, reason="NA", field="X-Payout-Idempotency")
        return f"payout:{given}"
    return ""


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(raw or b"{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal("The request body is not valid JSON.")
    return parsed


def _only(body: dict[str, Any], allowed: frozenset[str]) -> None:
    if extra := sorted(body.keys() - allowed):
        raise not_required(", ".join(extra))


def _amount(body: dict[str, Any]) -> int:
    amount = body.get("amount")
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise bad_field("amount", "The amount must be an integer.")
    if not 0 < amount <= 10**12:
        raise bad_field("amount", "The amount must be at least INR 1.00")
    return amount


def _notes(body: dict[str, Any]) -> dict[str, Any]:
    notes = body.get("notes") or {}
    if not isinstance(notes, dict) or len(notes) > 15 or any(len(str(value)) > 256 for value in notes.values()):
        raise bad_field("notes", "notes may have 15 pairs of at most 256 characters.")
    return notes


def _capture_settings(body: dict[str, Any]) -> tuple[str, float, float]:
    """(automatic or manual, seconds until nobody captures by itself, seconds until the money goes back)."""
    payment = body.get("payment") or {}
    options = payment.get("capture_options") or {}
    capture = payment.get("capture") or ("manual" if body.get("payment_capture") in (0, False) else "automatic")
    automatic = options.get("automatic_expiry_period", 4320)
    manual = options.get("manual_expiry_period", 7200)
    if capture not in ("automatic", "manual") or not all(isinstance(each, int) for each in (automatic, manual)):
        raise bad_field("payment", "The capture settings are invalid.")
    if not 12 <= automatic <= 7200 or not 12 <= manual <= 7200:
        raise bad_field("capture_options", "The expiry period must be between 12 and 7200 minutes.")
    return capture, automatic * MINUTE_S, manual * MINUTE_S


def _listed(desk: Desk, request: Request, table: str, show: Callable[[Row], Entity], **equal: str | None) -> Entity:
    """Newest first; `from` and `to` are Unix seconds, both included."""
    wanted = {name: value for name, value in equal.items() if value is not None}
    where = "".join(f" AND {name} = :{name}" for name in wanted)
    rows = desk.books.rows(
        f"SELECT * FROM {table} WHERE created >= :since AND created < :until + 1{where}"  # noqa: S608
        " ORDER BY created DESC, rowid DESC LIMIT :most OFFSET :skip",
        since=_query(request, "from", 0),
        until=_query(request, "to", 10**12),
        most=min(_query(request, "count", USUAL_COUNT), MOST),
        skip=_query(request, "skip", 0),
        **wanted,
    )
    return wire.collection([show(row) for row in rows])


def _query(request: Request, name: str, default: int) -> int:
    try:
        return int(request.query_params.get(name, default))
    except ValueError:
        raise bad_field(name, f"The {name} must be an integer.") from None


OPERATIONS: dict[str, tuple[str, str, Operation]] = {
    "create_order": ("POST", "/v1/orders", create_order),
    "list_orders": ("GET", "/v1/orders", list_orders),
    "get_order": ("GET", "/v1/orders/{id}", get_order),
    "list_order_payments": ("GET", "/v1/orders/{id}/payments", list_order_payments),
    "list_payments": ("GET", "/v1/payments", list_payments),
    "get_payment": ("GET", "/v1/payments/{id}", get_payment),
    "capture_payment": ("POST", "/v1/payments/{id}/capture", capture_payment),
    "create_refund": ("POST", "/v1/payments/{id}/refund", create_refund),
    "list_refunds_of_payment": ("GET", "/v1/payments/{id}/refunds", list_refunds_of_payment),
    "get_refund_of_payment": ("GET", "/v1/payments/{id}/refunds/{refund_id}", get_refund_of_payment),
    "list_refunds": ("GET", "/v1/refunds", list_refunds),
    "get_refund": ("GET", "/v1/refunds/{id}", get_refund),
    "get_dispute": ("GET", "/v1/disputes/{id}", get_dispute),
    "create_payout": ("POST", "/v1/payouts", create_payout),
    "list_payouts": ("GET", "/v1/payouts", list_payouts),
    "get_payout": ("GET", "/v1/payouts/{id}", get_payout),
}
"""By the name under which faults are planned."""


def routes(desk: Desk) -> list[Route]:
    def route(name: str, method: str, path: str, operation: Operation) -> Route:
        endpoint: Callable[[Request], Awaitable[Response]] = partial(_serve, name=name, operation=operation, desk=desk)
        return Route(path, endpoint, methods=[method], name=name)

    return [route(name, *entry) for name, entry in OPERATIONS.items()]
