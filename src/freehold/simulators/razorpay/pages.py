"""What people see: the checkout page of an order and the list of orders."""

import hashlib
import hmac
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from freehold.simulators.kit.books import Row
from freehold.simulators.kit.pages import LISTED, Look, form_of, origin, with_query
from freehold.simulators.razorpay import scenarios, wire
from freehold.simulators.razorpay.desk import Desk
from freehold.simulators.razorpay.errors import bad_field, unauthorized

HERE = Path(__file__).parent
LONGEST_DELAY_S = 86_400
ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+")
STATUS_WORDS = {
    "created": "Waiting for the payer",
    "attempted": "Tried",
    "paid": "Paid",
    "authorized": "Held by the bank",
}
STATUS_CLASSES = {"created": "open", "attempted": "processing", "paid": "paid", "authorized": "authorized"}


class Pages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.look = Look("Razorpay simulator", HERE / "templates", desk.books)

    def routes(self) -> list[Route]:
        return [
            *self.look.routes(),
            Route("/", self.index),
            Route("/checkout", self.checkout),
            Route("/checkout", self.choose, methods=["POST"]),
            Route("/v1/checkout.js", self.script),
            Route("/static/tell.js", self.script),
        ]

    # --- the checkout page ------------------------------------------------------------------------------

    async def checkout(self, request: Request) -> Response:
        order = self._order(request)
        return self._checkout_page(request, order)

    async def choose(self, request: Request) -> Response:
        """A button was pressed. A paid order only leads back: buttons never pay twice by accident."""
        form = await form_of(request)
        order, slug = self._order(request), form.get("scenario", "")
        if slug == "pay_3ds":
            return self._checkout_page(request, order, challenge=True)
        scenario = scenarios.SCENARIOS.get(slug)
        if scenario is None:
            raise bad_field("scenario", f"Unknown scenario {slug!r}.")
        if self._status(order) in ("paid", "authorized"):
            return self._home(request, order, self._latest(order))
        choices = _choices(form)
        with self._desk.books.transaction():
            payment_id = scenario.run(self._desk, order, choices)
        if payment_id is None and scenario is not scenarios.CANCEL:
            return self._checkout_page(request, order, just_failed=True)
        return self._home(request, order, payment_id)

    def _order(self, request: Request) -> Row:
        """The order of the address, for the merchant whose key id it names."""
        if request.query_params.get("key_id") != self._desk.key_id:
            raise unauthorized()
        callback = urlsplit(request.query_params.get("callback_url", ""))
        if callback.scheme not in ("", "http", "https"):
            raise bad_field("callback_url", "The callback_url must be an http or https URL.")
        return self._desk.order(request.query_params.get("order_id", ""))

    def _home(self, request: Request, order: Row, payment_id: str | None) -> Response:
        """Back to the merchant: with the signed names of what was paid, or with none when the payer gave up."""
        callback = request.query_params.get("callback_url", "")
        result = self._result(order, payment_id) if payment_id else {}
        if merchant := _merchant_origin(request):
            page = self.look.page("told.html", kind="paid" if result else "dismissed", merchant=merchant, result=result)
            return _within(merchant, page)
        if not callback:
            return self._checkout_page(request, order)
        if request.query_params.get("callback_method") == "get":
            return RedirectResponse(with_query(callback, **result), status_code=303)
        targets = origin(callback)
        return self.look.page("return.html", form_targets=targets, callback=callback, result=result)

    def _result(self, order: Row, payment_id: str) -> dict[str, str]:
        """What proves to a merchant that we sent this browser: a signature with the secret of its key."""
        message = f"{order['id']}|{payment_id}".encode()
        return {
            "razorpay_payment_id": payment_id,
            "razorpay_order_id": order["id"],
            "razorpay_signature": hmac.new(self._desk.key_secret.encode(), message, hashlib.sha256).hexdigest(),
        }

    def _checkout_page(
        self, request: Request, order: Row, *, challenge: bool = False, just_failed: bool = False
    ) -> Response:
        status = self._status(order)
        callback = request.query_params.get("callback_url", "")
        tries = self._tries(order)
        failed = wire.ERRORS.get(tries[-1]["error_reason"] or "") if tries else None
        payable, merchant = status not in ("paid", "authorized"), _merchant_origin(request)
        page = self.look.page(
            "challenge.html" if challenge and payable else "checkout.html",
            form_targets=origin(callback) if callback else "",
            order=order,
            notes={"merchant": "", "description": "", "reference": "", **json.loads(order["notes"])},
            here=f"/checkout?{request.url.query}",
            payable=payable,
            status_word=STATUS_WORDS[status],
            status_class=STATUS_CLASSES[status],
            leads_back=bool(callback or merchant),
            failed=failed,
            told={"code": "BAD_REQUEST_ERROR", "description": failed[0]}
            if just_failed and merchant and failed
            else None,
            merchant=merchant,
            scenarios=scenarios,
        )
        return _within(merchant, page) if merchant else page

    def _tries(self, order: Row) -> list[Row]:
        return self._desk.books.rows(
            "SELECT * FROM payment WHERE order_id = :id ORDER BY created, rowid", id=order["id"]
        )

    def _latest(self, order: Row) -> str | None:
        """The try that was captured last, else the one that is held."""
        tries = self._tries(order)
        good = [row["id"] for row in tries if row["captured"]] or [
            row["id"] for row in tries if row["status"] == "authorized"
        ]
        return good[-1] if good else None

    def _status(self, order: Row) -> str:
        if any(row["status"] == "authorized" for row in self._tries(order)):
            return "authorized"
        return str(wire.order(self._desk.books, order)["status"])

    async def script(self, request: Request) -> Response:
        """`/v1/checkout.js` is what merchants load from Razorpay."""
        name = request.url.path.rsplit("/", 1)[-1]
        source = (HERE / "static" / name).read_text()
        return Response(source, media_type="text/javascript", headers={"Cache-Control": "max-age=60"})

    # --- the simulator's own list -----------------------------------------------------------------------

    async def index(self, request: Request) -> Response:
        books = self._desk.books
        rows = books.rows("SELECT * FROM orders ORDER BY created DESC LIMIT :most", most=LISTED)
        listed = [
            {
                **wire.order(books, row),
                "reference": json.loads(row["notes"]).get("reference", row["receipt"] or row["id"]),
                "created": row["created"],
                "refunded": books.number(
                    "SELECT sum(refund.amount) FROM refund JOIN payment ON payment.id = payment_id"
                    " WHERE order_id = :id AND refund.status <> 'failed'",
                    id=row["id"],
                ),
            }
            for row in rows
        ]
        return self.look.page(
            "index.html",
            orders=listed,
            key_id=self._desk.key_id,
            words=STATUS_WORDS,
            classes=STATUS_CLASSES,
            most=LISTED,
        )


def _bad_news(description: str) -> dict[str, str]:
    return {"code": "BAD_REQUEST_ERROR", "description": description}


def _merchant_origin(request: Request) -> str:
    """The page that shows us in a frame, by its script; empty when we have the window for ourselves."""
    query = request.query_params
    merchant = query.get("origin", "") if query.get("callback_method") == "message" else ""
    return merchant if ORIGIN.fullmatch(merchant) else ""


def _within(merchant: str, page: Response) -> Response:
    """The page in a frame of this merchant, with the script that tells it what happened."""
    policy = page.headers["Content-Security-Policy"]
    page.headers["Content-Security-Policy"] = (
        policy.replace("frame-ancestors 'none'", f"frame-ancestors {merchant}") + "; script-src 'self'"
    )
    return page


def _choices(form: dict[str, str]) -> scenarios.Choices:
    try:
        delay_s = float(form["delay_s"]) if "delay_s" in form else None
        received = int(form["received"]) if "received" in form else None
    except ValueError:
        raise bad_field("scenario", "delay_s and received must be numbers.") from None
    if delay_s is not None and not 0 <= delay_s <= LONGEST_DELAY_S:
        raise bad_field("delay_s", "delay_s must be seconds of at most one day.")
    if received is not None and not 0 < received <= 10**12:
        raise bad_field("received", "received must be positive minor units.")
    return scenarios.Choices(delay_s=delay_s, received=received)
