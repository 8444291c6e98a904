"""What people see: the hosted checkout page and the list of payments."""

import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from freehold.simulators.kit.books import Row
from freehold.simulators.kit.fields import LARGEST_AMOUNT
from freehold.simulators.kit.pages import LISTED, Look, form_of, origin, with_query
from freehold.simulators.sandbox import scenarios
from freehold.simulators.sandbox.errors import Refusal
from freehold.simulators.sandbox.gateway import PAYABLE, Gateway

HERE = Path(__file__).parent
LONGEST_DELAY_S = 86_400
STATUS_WORDS = {
    "open": "Waiting for the payer",
    "processing": "On its way",
    "authorized": "Held by the bank",
    "paid": "Paid",
    "canceled": "Cancelled",
    "expired": "Deadline passed",
}


def _return_address(payment: Row, hint: str) -> str:
    """The merchant's return_url with our hint added to its query. Proves nothing."""
    return with_query(str(payment["return_url"]), gateway_payment=payment["id"], gateway_status=hint)


class Pages:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.look = Look("Sandbox gateway", HERE / "templates", gateway.books)

    def routes(self) -> list[Route]:
        return [
            *self.look.routes(),
            Route("/", self.index),
            Route("/checkout/{token}", self.checkout),
            Route("/checkout/{token}", self.choose, methods=["POST"]),
        ]

    # --- the hosted page --------------------------------------------------------------------------------

    async def checkout(self, request: Request) -> Response:
        payment = self._gateway.payment_by_token(request.path_params["token"])
        return self._checkout_page(payment, challenge="challenge" in request.query_params)

    async def choose(self, request: Request) -> Response:
        """A button was pressed: do it, then send the browser back to the merchant."""
        form = await form_of(request)
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
        return self.look.page(
            "challenge.html" if challenge and payable else "checkout.html",
            status_code=status_code,
            form_targets=origin(payment["return_url"]),
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
        return self.look.page("index.html", payments=payments, words=STATUS_WORDS, most=LISTED)


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
