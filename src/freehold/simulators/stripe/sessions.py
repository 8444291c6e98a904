"""Checkout Sessions: a hosted page around an intent, which begins to exist when somebody tries to pay."""

from collections.abc import Sequence

from freehold.simulators.stripe import cards, intents, objects
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.params import Params
from freehold.simulators.stripe.store import NOW, Body, Store

SHORTEST_S = 30 * 60
LONGEST_S = 24 * 3600
TOLERANCE_S = 5
CREATE_PARAMS = (
    "mode",
    "line_items",
    "success_url",
    "cancel_url",
    "client_reference_id",
    "customer_creation",
    "customer_email",
    "currency",
    "expires_at",
    "locale",
    "metadata",
    "payment_intent_data",
    "payment_method_types",
    "submit_type",
    "ui_mode",
)
INTENT_PARAMS = (
    "application_fee_amount",
    "capture_method",
    "description",
    "metadata",
    "receipt_email",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_data",
    "transfer_group",
)


def create(store: Store, params: Params) -> tuple[int, Body]:
    if params.choice("mode", ("payment", "setup", "subscription")) != "payment":
        raise Refusal.bad("mode", "This simulator knows mode=payment.")
    created = store.seconds()
    session = objects.checkout_session(id_=store.new_id("checkout.session"), created=created, livemode=store.livemode)
    currency, total = _total(params)
    session |= {
        "amount_subtotal": total,
        "amount_total": total,
        "currency": currency,
        "cancel_url": params.url("cancel_url"),
        "client_reference_id": params.text("client_reference_id", longest=200),
        "customer_email": _email(params),
        "expires_at": _expires_at(params, created),
        "metadata": params.metadata(),
        "success_url": _required_url(params, "success_url"),
        "url": f"{store.public_url}/c/pay/{session['id']}",
    }
    data = params.group("payment_intent_data", INTENT_PARAMS)
    data.choice("capture_method", ("automatic", "automatic_async", "manual"))
    data.choice("setup_future_usage", ("off_session", "on_session"))
    session["customer_creation"] = params.choice("customer_creation", ("always", "if_required")) or "if_required"
    store.put(session)
    store.note(session["id"], "setup_future_usage", data.text("setup_future_usage") or "")
    store.note(session["id"], "capture_method", data.text("capture_method") or "automatic_async")
    store.note(session["id"], "description", data.text("description") or "")
    for name, value in data.metadata().items():
        store.note(session["id"], f"metadata:{name}", value)
    store.books.schedule("expire", session["id"], due_at=float(session["expires_at"]))
    return 200, session


def _total(params: Params) -> tuple[str, int]:
    items = params.groups("line_items", ("price_data", "quantity"))
    if not items:
        raise Refusal.bad("line_items", "Missing required param: line_items.", code="parameter_missing")
    total, currencies = 0, set()
    for item in items:
        price = item.group("price_data", ("currency", "unit_amount", "product_data"))
        product = price.group("product_data", ("name", "description", "images"))
        product.required("name")
        currency = price.currency()
        currencies.add(currency)
        total += price.price("unit_amount", currency) * (item.positive("quantity") or 1)
    if len(currencies) > 1:
        raise Refusal.bad("line_items", "All prices of a session must have the same currency.")
    return currencies.pop(), total


def _email(params: Params) -> str | None:
    email = params.text("customer_email", longest=800)
    if email is not None and "@" not in email:
        raise Refusal.bad("customer_email", f"Invalid email address: {email}", code="email_invalid")
    return email


def _required_url(params: Params, name: str) -> str:
    params.required(name)
    return params.url(name) or ""


def _expires_at(params: Params, created: int) -> int:
    wanted = params.integer("expires_at")
    if wanted is None:
        return created + LONGEST_S
    if not SHORTEST_S - TOLERANCE_S <= wanted - created <= LONGEST_S + TOLERANCE_S:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise Refusal.bad("expires_at", message)
    return wanted


def expire(store: Store, session_id: str) -> tuple[int, Body]:
    session = store.get("checkout.session", session_id)
    if session["status"] != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired.'
            f" This Checkout Session has a status of `{session['status']}`."
        )
        raise Refusal(400, message)
    return 200, end(store, session)


def end(store: Store, session: Body) -> Body:
    session |= {"status": "expired", "url": None}
    store.save(session)
    if session["payment_intent"]:
        intents.void(store, store.get("payment_intent", session["payment_intent"]), "abandoned")
    store.tell("checkout.session.expired", session)
    return session


def lapse(store: Store, session_id: str) -> None:
    session = store.get("checkout.session", session_id)
    if session["status"] == "open":
        end(store, session)


# --- what happens on the page -------------------------------------------------------------------------------


def begin(store: Store, session_id: str) -> Body:
    """The session's intent; made now if nobody has tried to pay yet."""
    session = store.get("checkout.session", session_id)
    if session["payment_intent"]:
        return store.get("payment_intent", session["payment_intent"])
    intent = intents.new_intent(store, amount=session["amount_total"], currency=session["currency"])
    rows = store.books.rows("SELECT name, value FROM note WHERE object_id = :id", id=session_id)
    notes = {row["name"]: row["value"] for row in rows}
    intent |= {
        "capture_method": notes["capture_method"],
        "description": notes["description"] or None,
        "metadata": {name[9:]: value for name, value in notes.items() if name.startswith("metadata:")},
        "receipt_email": session["customer_email"],
        "setup_future_usage": notes["setup_future_usage"] or None,
    }
    if session["customer_creation"] == "always":
        session["customer"] = intent["customer"] = cards.new_customer(store, email=session["customer_email"])["id"]
    store.put(intent)
    store.note(intent["id"], "session", session_id)
    store.tell("payment_intent.created", intent)
    session["payment_intent"] = intent["id"]
    store.save(session, parent=intent["id"])
    return intent


def complete(store: Store, session_id: str, *, after: Sequence[float] = NOW) -> Body:
    """The payer has done their part. Money that only comes later leaves the session unpaid."""
    session = store.get("checkout.session", session_id)
    intent = store.get("payment_intent", session["payment_intent"])
    session |= {
        "status": "complete",
        "payment_status": "paid" if intent["status"] == "succeeded" else "unpaid",
        "customer_details": {"email": session["customer_email"], "name": None, "phone": None},
        "url": None,
    }
    store.save(session)
    store.tell("checkout.session.completed", session, after)
    return session


def settle_later(store: Store, intent: Body, *, paid: bool, after: Sequence[float] = NOW) -> None:
    """An intent whose session was completed unpaid has an outcome."""
    session_id = store.noted(intent["id"], "session")
    session = store.find(session_id) if session_id else None
    if session is None or session["status"] != "complete" or session["payment_status"] == "paid":
        return
    if paid:
        session["payment_status"] = "paid"
        store.save(session)
    word = "succeeded" if paid else "failed"
    store.tell(f"checkout.session.async_payment_{word}", session, after)
