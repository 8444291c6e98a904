"""The look that all simulators share, and the pages that each of them has: the delivery log above all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from freehold.domain.money import Money
from freehold.simulators.kit import events
from freehold.simulators.kit.books import Books, Row
from freehold.simulators.kit.errors import Refusal, refusal

HERE = Path(__file__).parent
LISTED = 100
DELIVERY_WORDS = {"owed": "Owed", "delivered": "Delivered", "given_up": "Given up"}


def clock_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y, %H:%M:%S UTC")


def amount_text(minor: int, currency: str) -> str:
    """540000 USD -> "5,400.00"."""
    whole, point, fraction = Money(minor, currency).amount_text().partition(".")
    return f"{int(whole):,}{point}{fraction}"


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def with_query(url: str, **more: str) -> str:
    """The address with more parameters in its query."""
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form of our own pages. Raises Refusal for a form of another site."""
    if request.headers.get("sec-fetch-site", "same-origin") in ("cross-site", "same-site"):
        raise refusal(403, "invalid_request_error", "foreign_form", "This form belongs to another site.")
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


class Look:
    """Renders templates of the simulator (`folder`) and of the kit."""

    def __init__(self, title: str, folder: Path, books: Books) -> None:
        self._books = books
        self._templates = Environment(
            loader=FileSystemLoader([folder, HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["clock_time"] = clock_time
        self._templates.globals.update(amount_text=amount_text, simulator=title)

    def routes(self) -> list[Route]:
        return [
            Route("/healthz", self.health),
            Route("/deliveries", self.deliveries),
            Route("/deliveries/{event_id}/resend", self.resend, methods=["POST"]),
            Route("/static/simulator.css", self.stylesheet),
        ]

    def page(self, template: str, *, status_code: int = 200, form_targets: str = "", **context: Any) -> Response:
        """`form_targets`: origins that forms of the page may lead to, beside our own."""
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

    def refused(self, error: Refusal) -> Response:
        return self.page("refused.html", status_code=error.status, message=str(error))

    async def deliveries(self, request: Request) -> Response:
        """Every message, newest first, with each attempt to deliver it."""
        books = self._books
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
        return self.page(
            "deliveries.html",
            events=books.rows("SELECT * FROM event ORDER BY sequence DESC LIMIT :most", most=LISTED),
            deliveries=_by_event(deliveries),
            attempts=_by_event(attempts),
            words=DELIVERY_WORDS,
            most=LISTED,
        )

    async def resend(self, request: Request) -> Response:
        await form_of(request)
        with self._books.transaction():
            events.resend(self._books, request.path_params["event_id"])
        return RedirectResponse("/deliveries", status_code=303)

    async def health(self, request: Request) -> Response:
        self._books.number("SELECT 1")
        return PlainTextResponse("ok")

    async def stylesheet(self, request: Request) -> Response:
        css = (HERE / "static" / "simulator.css").read_text()
        return Response(css, media_type="text/css", headers={"Cache-Control": "max-age=60"})


def _by_event(rows: Sequence[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["event_id"], []).append(row)
    return grouped
