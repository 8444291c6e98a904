"""bKash's addresses: the tokenized product, the second version of refunds at the host's root, the checkout product."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from freehold.simulators.bkash import errors, wire
from freehold.simulators.bkash.desk import Desk
from freehold.simulators.bkash.tokens import Tokens
from freehold.simulators.kit import faults
from freehold.simulators.kit.books import Books
from freehold.simulators.kit.fields import Fields

TOKENIZED = "/v1.2.0-beta/tokenized/checkout"
CHECKOUT = "/v1.2.0-beta/checkout"
REFUNDS = "/v2/tokenized-checkout/refund/payment"
OUTAGE = faults.Outage(error_500={"message": "Internal server error"}, rate_limited={"message": "Too Many Requests"})
OPERATIONS = (
    "grant",
    "refresh",
    "create",
    "execute",
    "query",
    "search",
    "capture",
    "void",
    "refund",
    "refund_status",
    "old_refund",
    "pay_out",
    "search_payout",
)

type Body = dict[str, Any]
type Operation = Callable[[Desk, Body], Body]


def search(desk: Desk, body: Body) -> Body:
    found = desk.find_transaction(str(body.get("trxID", "")))
    if found is None:
        raise errors.status_code("2033")
    return {**wire.OK, **found}


def search_payout(desk: Desk, body: Body) -> Body:
    """Of the checkout product: by GET, and without a status code."""
    found = desk.find_transaction(body["trxID"])
    if found is None:
        raise errors.error_code("2033")
    return found


class Api:
    def __init__(self, desk: Desk, tokens: Tokens) -> None:
        self._desk, self._tokens, self._books = desk, tokens, desk.books

    def routes(self) -> list[Route]:
        return [
            self._token("grant", "tokenized", TOKENIZED),
            self._token("refresh", "tokenized", TOKENIZED),
            self._token("grant", "checkout", CHECKOUT),
            self._token("refresh", "checkout", CHECKOUT),
            self._route("create", f"{TOKENIZED}/create", Desk.create),
            self._route("execute", f"{TOKENIZED}/execute", Desk.execute),
            self._route("query", f"{TOKENIZED}/payment/status", Desk.query),
            self._route("search", f"{TOKENIZED}/general/searchTransaction", search),
            self._route("capture", f"{TOKENIZED}/payment/confirm/capture", Desk.capture),
            self._route("void", f"{TOKENIZED}/payment/confirm/void", Desk.void),
            self._route("old_refund", f"{TOKENIZED}/payment/refund", Desk.old_refund),
            self._route("refund", f"{REFUNDS}/transaction", Desk.refund),
            self._route("refund_status", f"{REFUNDS}/status", Desk.refund_status),
            self._route("pay_out", f"{CHECKOUT}/payment/b2cPayment", Desk.pay_out, product="checkout"),
            self._route(
                "search_payout",
                f"{CHECKOUT}/payment/search/{{trxID}}",
                search_payout,
                product="checkout",
                method="GET",
            ),
        ]

    def _token(self, kind: str, product: str, base: str) -> Route:
        serve = partial(self._lend, kind=kind, product=product)
        return Route(f"{base}/token/{kind}", serve, methods=["POST"], name=f"{product}_{kind}")

    def _route(
        self, name: str, path: str, operation: Operation, *, product: str = "tokenized", method: str = "POST"
    ) -> Route:
        serve = partial(self._serve, name=name, operation=operation, product=product)
        return Route(path, serve, methods=[method], name=name)

    async def _lend(self, request: Request, *, kind: str, product: str) -> Response:
        body = await _body(request)

        async def run() -> Response:
            self._tokens.check_account(request.headers, body)
            with self._books.transaction():
                if kind == "grant":
                    return JSONResponse(self._tokens.grant(product))
                return JSONResponse(self._tokens.refresh(product, str(body.get("refresh_token", ""))))

        return await faults.around(self._books, kind, run, outage=OUTAGE)

    async def _serve(self, request: Request, *, name: str, operation: Operation, product: str) -> Response:
        self._tokens.check(request.headers, product)
        body = {**await _body(request), **request.path_params}

        async def run() -> Response:
            with self._books.transaction():
                return JSONResponse(operation(self._desk, body))

        return await faults.around(self._books, name, run, outage=OUTAGE)


async def _body(request: Request) -> Body:
    content = await request.body()
    try:
        parsed = json.loads(content or b"{}")
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise errors.doorman(400, "Invalid request body")
    return parsed


# --- the test desk ------------------------------------------------------------------------------------------


def deeds(desk: Desk, tokens: Tokens) -> dict[str, Callable[[Books, Fields], Body]]:
    """POST /control/subscribe {"url"}, signature_version {"version": "1" | "2"}, expire_tokens {},
    approve_unopened {"on"}, authorization {"on"}, refund_status {"status"}, credit {"amount", "reference", "channel"},
    refund_by_hand {"payment", "amount"}."""

    def subscribe(books: Books, fields: Fields) -> Body:
        desk.notices.subscribe(fields.url("url"))
        return {"subscribed": True}

    def signature_version(books: Books, fields: Fields) -> Body:
        books.set("signature_version", fields.choice("version", ("1", "2")))
        return {"set": True}

    def expire_tokens(books: Books, fields: Fields) -> Body:
        tokens.expire_all()
        return {"expired": True}

    def refund_status(books: Books, fields: Fields) -> Body:
        books.set("refund_status", fields.choice("status", ("Completed", "Pending", "Failed")))
        return {"set": True}

    def credit(books: Books, fields: Fields) -> Body:
        channel = fields.choice("channel", tuple(wire.TYPES), default="qr")
        reference = fields.text("reference", default="")
        return {"trxID": desk.receive(fields.amount(), reference=reference, channel=channel)}

    def refund_by_hand(books: Books, fields: Fields) -> Body:
        payment = desk.payment({"paymentID": fields.text("payment")})
        return {"trxID": desk.give_back(payment, fields.amount(), sku="", reason="by hand")["trx_id"]}

    return {
        "subscribe": subscribe,
        "signature_version": signature_version,
        "expire_tokens": expire_tokens,
        "approve_unopened": partial(_switch, "approve_unopened"),
        "authorization": partial(_switch, "authorization"),
        "refund_status": refund_status,
        "credit": credit,
        "refund_by_hand": refund_by_hand,
    }


def _switch(name: str, books: Books, fields: Fields) -> Body:
    books.set(name, "yes" if fields.flag("on", default=True) else "")
    return {"set": True}
