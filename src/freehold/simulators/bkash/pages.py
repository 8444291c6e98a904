"""What people see: bKash's payment page, the list of payments, and Amazon's side of the subscription."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from freehold.simulators.bkash import scenarios, wire
from freehold.simulators.bkash.desk import Desk
from freehold.simulators.bkash.scenarios import SCENARIOS, STAY, Choices
from freehold.simulators.kit.books import Row
from freehold.simulators.kit.errors import bad_field, missing
from freehold.simulators.kit.fields import LARGEST_AMOUNT
from freehold.simulators.kit.pages import LISTED, Look, form_of, origin

HERE = Path(__file__).parent
LONGEST_DELAY_S = 86_400
STEPS = ("number", "code", "pin")
STATUS_WORDS = {
    "initiated": "Waiting for the payer",
    "authorized": "Held",
    "completed": "Paid",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "voided": "Let go",
}
COLOURS = {"completed": "paid", "authorized": "authorized"}


class Pages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.look = Look("bKash simulator", HERE / "templates", desk.books)

    def routes(self) -> list[Route]:
        return [
            *self.look.routes(),
            Route("/", self.index),
            Route("/payment/", self.payment_page),
            Route("/payment/", self.choose, methods=["POST"]),
            Route("/sns/", self.confirm_subscription),
            Route("/SimpleNotificationService-{serial}.pem", self.certificate),
        ]

    # --- the payer's page -------------------------------------------------------------------------------

    async def payment_page(self, request: Request) -> Response:
        step = request.query_params.get("step", STEPS[0])
        payment = self._payment(request)
        with self._desk.books.transaction():
            self._desk.open(payment)
        return self._show(payment, step=step if step in STEPS else STEPS[0])

    async def choose(self, request: Request) -> Response:
        """A button was pressed: do it, then send the browser back to the merchant."""
        form = await form_of(request)
        payment = self._payment(request)
        slug = form.get("scenario", "")
        if slug in STEPS and _is_open(payment):
            place = f"/payment/?paymentId={payment['id']}&hash={payment['hash']}&step={slug}"
            return RedirectResponse(place, status_code=303)
        scenario = SCENARIOS.get(slug)
        if scenario is None:
            raise bad_field("scenario", f"Unknown scenario {slug!r}.")
        if not _is_open(payment):
            return self._show(payment, status_code=409)
        with self._desk.books.transaction():
            self._desk.open(payment)
            scenario.run(self._desk, payment, _choices(form))
        if scenario.status == STAY:
            return RedirectResponse(f"/payment/?paymentId={payment['id']}&hash={payment['hash']}", status_code=303)
        return RedirectResponse(wire.callback(payment, scenario.status), status_code=303)

    def _payment(self, request: Request) -> Row:
        asked = request.query_params
        return self._desk.payment_of_page(asked.get("paymentId", ""), asked.get("hash", ""))

    def _show(self, payment: Row, *, step: str = STEPS[0], status_code: int = 200) -> Response:
        ended = {"cancelled": "cancel", "failed": "failure"}.get(payment["status"], "success")
        return self.look.page(
            "checkout.html",
            status_code=status_code,
            form_targets=origin(payment["callback_url"]),
            payment=payment,
            is_open=_is_open(payment),
            step=step,
            number=wire.MSISDN,
            status_word=_word(payment),
            return_address=wire.callback(payment, ended),
            scenarios=scenarios,
        )

    # --- the desk ---------------------------------------------------------------------------------------

    async def index(self, request: Request) -> Response:
        payments = self._desk.books.rows(
            "SELECT *, CASE WHEN status = 'completed' THEN coalesce(taken, amount) ELSE 0 END AS received,"
            " (SELECT coalesce(sum(amount), 0) FROM refund WHERE payment_id = payment.id AND status <> 'Failed')"
            " AS refunded FROM payment ORDER BY created DESC LIMIT :most",
            most=LISTED,
        )
        return self.look.page(
            "index.html",
            payments=payments,
            word=_word,
            colours=COLOURS,
            most=LISTED,
            endpoint=self._desk.books.setting("endpoint", ""),
            confirmed=self._desk.notices.is_confirmed,
        )

    # --- Amazon's side ----------------------------------------------------------------------------------

    async def confirm_subscription(self, request: Request) -> Response:
        with self._desk.books.transaction():
            self._desk.notices.confirm(request.query_params.get("Token", ""))
        return PlainTextResponse("<ConfirmSubscriptionResponse/>", media_type="text/xml")

    async def certificate(self, request: Request) -> Response:
        signer = self._desk.notices.signer
        if request.url.path != f"/{signer.name}":
            raise missing("certificate")
        return Response(signer.certificate, media_type="application/x-pem-file")


def _is_open(payment: Row) -> bool:
    return payment["status"] == "initiated" and not payment["verified"]


def _word(payment: Row) -> str:
    """Approved is not paid: nothing is taken before the merchant executes."""
    is_approved = payment["verified"] and payment["status"] == "initiated"
    return "Approved" if is_approved else STATUS_WORDS[payment["status"]]


def _choices(form: dict[str, str]) -> Choices:
    try:
        delay_s = float(form["delay_s"]) if "delay_s" in form else None
        taken = int(form["taken"]) if "taken" in form else None
    except ValueError:
        raise bad_field("scenario", "delay_s and taken must be numbers.") from None
    if delay_s is not None and not 0 <= delay_s <= LONGEST_DELAY_S:
        raise bad_field("delay_s", "delay_s must be seconds of at most one day.")
    if taken is not None and not 0 < taken <= LARGEST_AMOUNT:
        raise bad_field("taken", "taken must be positive paisa.")
    return Choices(delay_s=delay_s, taken=taken)
