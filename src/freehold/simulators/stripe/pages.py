"""What people see: the hosted pages of a session and of a bare intent, and the list of payments."""

from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from freehold.simulators.kit.pages import LISTED, Look, form_of, origin, with_query
from freehold.simulators.stripe import intents, scenarios, sessions
from freehold.simulators.stripe.amounts import shown
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.scenarios import Visit
from freehold.simulators.stripe.store import Body, Store

HERE = Path(__file__).parent
LONGEST_DELAY_S = 86_400
PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
STATUS_WORDS = {
    "requires_payment_method": "Waiting for the payer",
    "requires_confirmation": "Waiting for the payer",
    "requires_action": "The bank asks the payer",
    "processing": "On its way",
    "requires_capture": "Held by the bank",
    "succeeded": "Paid",
    "canceled": "Cancelled",
    "open": "Waiting for the payer",
    "complete": "Completed",
    "expired": "Expired",
}


class Pages:
    def __init__(self, store: Store) -> None:
        self._store = store
        self.look = Look("Stripe simulator", HERE / "templates", store.books)

    def routes(self) -> list[Route]:
        return [
            *self.look.routes(),
            Route("/", self.index),
            Route("/c/pay/{id}", self.session_page),
            Route("/c/pay/{id}", self.choose_in_session, methods=["POST"]),
            Route("/pay/{id}", self.intent_page),
            Route("/pay/{id}", self.choose_for_intent, methods=["POST"]),
            Route("/v3/", self.script),
        ]

    # --- a Checkout Session -----------------------------------------------------------------------------

    async def session_page(self, request: Request) -> Response:
        store = self._store.home_of(request.path_params["id"])
        session = store.get("checkout.session", request.path_params["id"])
        return self._show(store, session=session, challenge="challenge" in request.query_params)

    async def choose_in_session(self, request: Request) -> Response:
        form = await form_of(request)
        store = self._store.home_of(request.path_params["id"])
        session = store.get("checkout.session", request.path_params["id"])
        back = session["success_url"].replace(PLACEHOLDER, session["id"])
        if form.get("scenario") == "cancel":
            return RedirectResponse(session["cancel_url"] or back, status_code=303)
        if session["status"] == "expired":
            return self._show(store, session=session, status_code=409)
        here = f"/c/pay/{session['id']}"
        if form.get("scenario") == "pay_3ds" and session["status"] == "open":
            return RedirectResponse(f"{here}?challenge=1", status_code=303)
        scenario = _scenario(form)
        # A second press finds the session done and only leads back: buttons never pay twice by accident.
        if scenario is None or session["status"] != "open":
            return RedirectResponse(back, status_code=303)
        delay_s = _delay(form)
        with store.books.transaction():
            intent = sessions.begin(store, session["id"])
            scenario.run(Visit(store, session["id"], intent["id"], delay_s))
        return RedirectResponse(back if scenario.leads_back else here, status_code=303)

    # --- a bare intent ----------------------------------------------------------------------------------

    async def intent_page(self, request: Request) -> Response:
        """Where the simulator's `/v3/` script leads a merchant's own page. The secret is the pass."""
        store, intent = self._intent(request)
        _return_url(request)
        return self._show(store, intent=intent, challenge="challenge" in request.query_params, request=request)

    async def choose_for_intent(self, request: Request) -> Response:
        form = await form_of(request)
        store, intent = self._intent(request)
        return_url, here = _return_url(request), f"{request.url.path}?{request.url.query}"
        if form.get("scenario") == "pay_3ds" and scenarios.is_payable(intent, None):
            return RedirectResponse(f"{here}&challenge=1", status_code=303)
        scenario = None if form.get("scenario") == "cancel" else _scenario(form)
        stays = False
        if scenario is not None and scenarios.is_payable(intent, None):
            delay_s = _delay(form)
            with store.books.transaction():
                scenario.run(Visit(store, None, intent["id"], delay_s))
            stays = not scenario.leads_back
        if stays or not return_url:
            return RedirectResponse(here.replace("&challenge=1", ""), status_code=303)
        status = store.get("payment_intent", intent["id"])["status"]
        word = {"succeeded": "succeeded", "requires_capture": "succeeded", "processing": "pending"}.get(
            status, "failed"
        )
        back = with_query(return_url, payment_intent=intent["id"], redirect_status=word)
        return RedirectResponse(back, status_code=303)

    def _intent(self, request: Request) -> tuple[Store, Body]:
        intent_id = request.path_params["id"]
        store = self._store.home_of(intent_id)
        return store, intents.by_secret(store, intent_id, request.query_params.get("client_secret"))

    async def script(self, request: Request) -> Response:
        """A small stand-in for Stripe.js: its payment element leads to the page of the intent."""
        text = (HERE / "static" / "v3.js").read_text().replace("SIMULATOR", self._store.public_url)
        return Response(text, media_type="text/javascript", headers={"Cache-Control": "max-age=60"})

    # --- parts ------------------------------------------------------------------------------------------

    def _show(
        self,
        store: Store,
        *,
        session: Body | None = None,
        intent: Body | None = None,
        challenge: bool = False,
        status_code: int = 200,
        request: Request | None = None,
    ) -> Response:
        if session and session["payment_intent"]:
            intent = store.get("payment_intent", session["payment_intent"])
        thing = session or intent or {}
        back = session["success_url"].replace(PLACEHOLDER, session["id"]) if session else _return_url(request)
        payable = scenarios.is_payable(intent, session)
        status = (
            thing["status"] if session is None or session["status"] != "complete" or not intent else intent["status"]
        )
        return self.look.page(
            "challenge.html" if challenge and payable else "checkout.html",
            status_code=status_code,
            form_targets=" ".join({origin(url) for url in (back, (session or {}).get("cancel_url")) if url}),
            title=(session or {}).get("client_reference_id") or thing["id"],
            amount=shown(session["amount_total"] if session else thing["amount"], thing["currency"]),
            currency=thing["currency"].upper(),
            description=(intent or {}).get("description") or store.noted(thing["id"], "description"),
            merchant=thing["metadata"].get("merchant") or "Merchant",
            payer_email=(session or {}).get("customer_email"),
            payable=payable,
            status=status,
            status_word=STATUS_WORDS[status],
            back=back,
            scenarios=scenarios,
            error=(intent or {}).get("last_payment_error"),
        )

    async def index(self, request: Request) -> Response:
        rows = self._store.books.rows(
            "SELECT id, kind, account, json_extract(body, '$.status') AS status,"
            " coalesce(json_extract(body, '$.amount_total'), json_extract(body, '$.amount')) AS amount,"
            " json_extract(body, '$.currency') AS currency, json_extract(body, '$.created') AS created,"
            " json_extract(body, '$.client_reference_id') AS reference"
            " FROM thing WHERE kind IN ('checkout.session', 'payment_intent') ORDER BY sequence DESC LIMIT :most",
            most=LISTED,
        )
        return self.look.page("index.html", payments=rows, words=STATUS_WORDS, most=LISTED, shown=shown)


def _scenario(form: dict[str, str]) -> scenarios.Scenario | None:
    slug = form.get("scenario", "")
    scenario = scenarios.SCENARIOS.get(slug)
    if scenario is None and slug != "pay_3ds":
        raise Refusal.bad("scenario", f"Unknown scenario {slug!r}.")
    return scenario


def _delay(form: dict[str, str]) -> float | None:
    try:
        delay_s = float(form["delay_s"]) if "delay_s" in form else None
    except ValueError:
        raise Refusal.bad("delay_s", "delay_s must be a number.") from None
    if delay_s is not None and not 0 <= delay_s <= LONGEST_DELAY_S:
        raise Refusal.bad("delay_s", "delay_s must be seconds of at most one day.")
    return delay_s


def _return_url(request: Request | None) -> str:
    url = request.query_params.get("return_url", "") if request else ""
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise Refusal.bad("return_url", "Not a valid URL", code="url_invalid")
    return url
