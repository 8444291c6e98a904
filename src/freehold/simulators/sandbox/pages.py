"""What people see: the hosted checkout page, the list of payments and the delivery log."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from freehold.domain.money import Money
from freehold.simulators.sandbox import events, scenarios
from freehold.simulators.sandbox.books import Row
from freehold.simulators.sandbox.errors import Refusal
from freehold.simulators.sandbox.fields import LARGEST_AMOUNT
from freehold.simulators.sandbox.gateway import PAYABLE, Gateway

HERE = Path(__file__).parent
LISTED = 100
LONGEST_DELAY_S = 86_400
STATUS_WORDS = {
    "open": "Waiting for the payer",
    "processing": "On its way",
    "authorized": "Held by the bank",
    "paid": "Paid",
    "canceled": "Cancelled",
    "expired": "Deadline passed",
}
DELIVERY_WORDS = {"owed": "Owed", "delivered": "Delivered", "given_up": "Given up"}


def _clock_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y, %H:%M:%S UTC")


def _amount_text(minor: int, currency: str) -> str:
    """540000 USD -> "5,400.00"."""
    whole, point, fraction = Money(minor, currency).amount_text().partition(".")
    return f"{int(whole):,}{point}{fraction}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _return_address(payment: Row, hint: str) -> str:
    """The merchant's return_url with our hint added to its query. Proves nothing."""
    parts = urlsplit(str(payment["return_url"]))
    hints = {"gateway_payment": payment["id"], "gateway_status": hint}
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *hints.items()])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


class Pages:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["clock_time"] = _clock_time
        self._templates.globals["amount_text"] = _amount_text

    def routes(self) -> list[Route]:
        return [
            Route("/", self.index),
            Route("/healthz", self.health),
            Route("/deliveries", self.deliveries),
            Route("/deliveries/{event_id}/resend", self.resend, methods=["POST"]),
            Route("/checkout/{token}", self.checkout),
            Route("/checkout/{token}", self.choose, methods=["POST"]),
            Route("/static/sandbox.css", self.stylesheet),
        ]

    # --- the hosted page --------------------------------------------------------------------------------

    async def checkout(self, request: Request) -> Response:
        payment = self._gateway.payment_by_token(request.path_params["token"])
        return self._checkout_page(payment, challenge="challenge" in request.query_params)

    async def choose(self, request: Request) -> Response:
        """A button was pressed: do it, then send the browser back to the merchant."""
        _refuse_foreign_form(request)
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        slug = form.get("scenario", "")
        payment = self._gateway.payment_by_token(request.path_params["token"])
        if slug == "pay_3ds" and payment["status"] in PAYABLE:
            return RedirectResponse(f"/checkout/{payment['token']}?challenge=1", status_code=303)
        scenario = scenarios.SCENARIOS.get(slug)
        if scenario is None and slug != "pay_3ds":
            raise Refusal.bad_field("scenario", f"Unknown scenario {slug!r}.")
        if payment["status"] == "canceled" and slug != "cancel":
            return self._checkout_page(payment, status_code=409)
        # A second press finds the payment done and only leads back: buttons never pay twice by accident.
        if scenario is None or payment["status"] not in PAYABLE:
            return RedirectResponse(_return_address(payment, payment["status"]), status_code=303)
        choices = _choices(form)
        with self._gateway.books.transaction():
            scenario.run(self._gateway, payment, choices)
        return RedirectResponse(_return_address(payment, scenario.hint), status_code=303)

    def _checkout_page(self, payment: Row, *, challenge: bool = False, status_code: int = 200) -> Response:
        payable = payment["status"] in PAYABLE
        return self._page(
            "challenge.html" if challenge and payable else "checkout.html",
            status_code=status_code,
            form_targets=_origin(payment["return_url"]),
            payment=payment,
            payer_email=json.loads(payment["payer"]).get("email", ""),
            payable=payable,
            status_word=STATUS_WORDS[payment["status"]],
            return_address=_return_address(payment, payment["status"]),
            scenarios=scenarios,
            declined=payment["error_code"] is not None,
        )

    # --- the gateway's own desk -------------------------------------------------------------------------

    async def index(self, request: Request) -> Response:
        payments = self._gateway.books.rows(
            "SELECT *, (SELECT coalesce(sum(amount), 0) FROM charge WHERE payment_id = payment.id) AS received,"
            " (SELECT coalesce(sum(amount), 0) FROM refund"
            "  WHERE payment_id = payment.id AND status <> 'failed') AS refunded"
            " FROM payment ORDER BY created DESC LIMIT :most",
            most=LISTED,
        )
        return self._page("index.html", payments=payments, words=STATUS_WORDS, most=LISTED)

    async def deliveries(self, request: Request) -> Response:
        """Every event, newest first, with each attempt to deliver it."""
        books = self._gateway.books
        listed = books.rows("SELECT * FROM event ORDER BY sequence DESC LIMIT :most", most=LISTED)
        deliveries = books.rows(
            "SELECT * FROM delivery WHERE event_id IN (SELECT id FROM event ORDER BY sequence DESC LIMIT :most)"
            " ORDER BY id",
            most=LISTED,
        )
        attempts = books.rows(
            "SELECT delivery_attempt.*, event_id FROM delivery_attempt"
            " JOIN delivery ON delivery.id = delivery_id"
            " WHERE event_id IN (SELECT id FROM event ORDER BY sequence DESC LIMIT :most)"
            " ORDER BY delivery_attempt.id",
            most=LISTED,
        )
        return self._page(
            "deliveries.html",
            events=listed,
            deliveries=_by_event(deliveries),
            attempts=_by_event(attempts),
            words=DELIVERY_WORDS,
            most=LISTED,
        )

    async def resend(self, request: Request) -> Response:
        _refuse_foreign_form(request)
        with self._gateway.books.transaction():
            events.resend(self._gateway.books, request.path_params["event_id"])
        return RedirectResponse("/deliveries", status_code=303)

    async def health(self, request: Request) -> Response:
        self._gateway.books.number("SELECT 1")
        return PlainTextResponse("ok")

    async def stylesheet(self, request: Request) -> Response:
        css = (HERE / "static" / "sandbox.css").read_text()
        return Response(css, media_type="text/css", headers={"Cache-Control": "max-age=60"})

    def refused(self, refusal: Refusal) -> Response:
        return self._page("refused.html", status_code=refusal.status, message=str(refusal))

    def _page(self, template: str, *, status_code: int = 200, form_targets: str = "", **context: Any) -> Response:
        html = self._templates.get_template(template).render(context)
        # Browsers apply form-action to the redirect after a form as well: the merchant must be named.
        policy = (
            "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none';"
            f" frame-ancestors 'none'; form-action 'self' {form_targets}"
        )
        headers = {
            "Content-Security-Policy": policy.strip(),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(html, status_code=status_code, headers=headers)


def _refuse_foreign_form(request: Request) -> None:
    if request.headers.get("sec-fetch-site", "same-origin") in ("cross-site", "same-site"):
        raise Refusal(403, "invalid_request_error", "foreign_form", "This form belongs to another site.")


def _by_event(rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["event_id"], []).append(row)
    return grouped


def _choices(form: dict[str, str]) -> scenarios.Choices:
    try:
        delay_s = float(form["delay_s"]) if "delay_s" in form else None
        received = int(form["received"]) if "received" in form else None
    except ValueError:
        raise Refusal.bad_field("scenario", "delay_s and received must be numbers.") from None
    if delay_s is not None and not 0 <= delay_s <= LONGEST_DELAY_S:
        raise Refusal.bad_field("delay_s", "delay_s must be seconds of at most one day.")
    if received is not None and not 0 < received <= LARGEST_AMOUNT:
        raise Refusal.bad_field("received", "received must be positive minor units.")
    return scenarios.Choices(delay_s=delay_s, received=received)
