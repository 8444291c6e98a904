"""PaymentIntents and their charges: what a payment can become, each step with its events.

Every function belongs inside one `books.transaction()`. `after` lists the delays of the webhooks; none loses them.
"""

from collections.abc import Sequence
from secrets import token_urlsafe

from freehold.simulators.stripe import balance, cards, objects
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.params import Params
from freehold.simulators.stripe.store import NOW, Body, Store

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
BANK_DEBIT_S = 5.0
CREATE_PARAMS = (
    "amount",
    "currency",
    "capture_method",
    "confirm",
    "customer",
    "description",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_types",
    "automatic_payment_methods",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
DECLINES = {
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_visa_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedLostCard": "lost_card",
    "pm_card_visa_chargeDeclinedLostCard": "lost_card",
    "pm_card_visa_chargeDeclinedStolenCard": "stolen_card",
    "pm_card_chargeDeclinedFraudulent": "fraudulent",
    "pm_card_radarBlock": "fraudulent",
}
WORDS = {
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "insufficient_funds": "Your card has insufficient funds.",
}
CHALLENGED = ("pm_card_authenticationRequired", "pm_card_threeDSecure2Required", "pm_card_threeDSecureRequired")
DEBITED = ("pm_usBankAccount", "pm_usBankAccount_success", "pm_sepaDebit")

type Outcome = tuple[int, Body]


def create(store: Store, params: Params) -> Outcome:
    currency = params.currency()
    intent = new_intent(store, amount=params.price("amount", currency), currency=currency)
    intent["capture_method"] = (
        params.choice("capture_method", ("automatic", "automatic_async", "manual")) or "automatic_async"
    )
    for name in (
        "description",
        "receipt_email",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_group",
    ):
        intent[name] = params.text(name)
    intent["metadata"] = params.metadata()
    automatic = params.group("automatic_payment_methods", ("enabled", "allow_redirects"))
    if automatic.has("enabled"):
        redirects = automatic.text("allow_redirects") or "always"
        intent["automatic_payment_methods"] = {"allow_redirects": redirects, "enabled": automatic.flag("enabled")}
    params.url("return_url")
    intent["payment_method_types"] = params.texts("payment_method_types") or ["card"]
    intent["setup_future_usage"] = params.choice("setup_future_usage", ("off_session", "on_session"))
    cards.name_customer(store, intent, params)
    store.put(intent)
    store.tell("payment_intent.created", intent)
    if params.flag("confirm") and params.flag("off_session"):
        return _confirm_absent(store, intent["id"], params.required("payment_method"))
    if params.flag("confirm"):
        return confirm(store, intent["id"], params.required("payment_method"))
    if params.has("payment_method"):
        intent |= {"payment_method": params.text("payment_method"), "status": "requires_confirmation"}
        store.save(intent)
    return 200, intent


def new_intent(store: Store, *, amount: int, currency: str) -> Body:
    id_ = store.new_id("payment_intent")
    secret = f"{id_}_secret_{token_urlsafe(18)}"
    return objects.payment_intent(
        id_=id_, amount=amount, currency=currency, created=store.seconds(), livemode=store.livemode, secret=secret
    )


def confirm(store: Store, intent_id: str, method: str | None) -> Outcome:
    """Try a test payment method. A declined card is an error that leaves its trace: it is answered, not raised."""
    intent = store.get("payment_intent", intent_id)
    need_open(intent, "confirm")
    method = method or intent["payment_method"]
    if not method or not method.startswith("pm_"):
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise Refusal.unexpected_state(message)
    intent["payment_method"] = method
    store.save(intent)
    if method in DECLINES:
        error = decline(store, intent_id, decline_code=DECLINES[method])
        return 402, {"error": {**error, "payment_intent": store.get("payment_intent", intent_id)}}
    if method in CHALLENGED:
        return 200, challenge(store, intent_id)
    if method in DEBITED:
        start_processing(store, intent_id)
        store.books.schedule("collect", intent_id, due_at=store.books.now() + BANK_DEBIT_S)
    else:
        succeed(store, intent_id)
    return 200, store.get("payment_intent", intent_id)


def _confirm_absent(store: Store, intent_id: str, method: str) -> Outcome:
    """The payer is not there: a bank that wants to see them declines."""
    cards.need_usable(store, store.get("payment_intent", intent_id), method)
    if store.noted(method, "refuses") or method in CHALLENGED:
        error = decline(store, intent_id, decline_code="authentication_required")
        error = {**error, "code": "authentication_required", "decline_code": "authentication_required"}
        return 402, {"error": {**error, "payment_intent": store.get("payment_intent", intent_id)}}
    return confirm(store, intent_id, method)


def need_open(intent: Body, deed: str) -> None:
    if intent["status"] not in OPEN:
        raise Refusal.unexpected_state(
            f"You cannot {deed} this PaymentIntent because it has a status of {intent['status']}."
        )


def challenge(store: Store, intent_id: str) -> Body:
    """The bank wants to see the payer (3D Secure)."""
    intent = store.get("payment_intent", intent_id)
    url = f"{store.public_url}/pay/{intent_id}?client_secret={intent['client_secret']}&challenge=1"
    intent |= {
        "status": "requires_action",
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": url}},
    }
    store.save(intent)
    store.tell("payment_intent.requires_action", intent)
    return intent


def decline(store: Store, intent_id: str, *, decline_code: str, after: Sequence[float] = NOW) -> Body:
    """An attempt failed; the intent waits for another payment method. Returns the error."""
    intent = store.get("payment_intent", intent_id)
    is_challenge = decline_code == "authentication_required"
    error: Body = {
        "code": "payment_intent_authentication_failure" if is_challenge else "card_declined",
        "decline_code": None if is_challenge else decline_code,
        "message": WORDS.get(decline_code, "Your card was declined."),
        "type": "card_error",
    }
    error = {name: value for name, value in error.items() if value}
    charge = objects.charge(intent, id_=store.new_id("charge"), created=store.seconds())
    charge |= {"status": "failed", "failure_code": error["code"], "failure_message": error["message"]}
    error["charge"] = charge["id"]
    store.put(charge, parent=intent_id)
    intent |= {
        "status": "requires_payment_method",
        "last_payment_error": error,
        "latest_charge": charge["id"],
        "next_action": None,
        "payment_method": None,
    }
    store.save(intent)
    store.tell("charge.failed", charge, after)
    store.tell("payment_intent.payment_failed", intent, after)
    return error


def start_processing(store: Store, intent_id: str, *, after: Sequence[float] = NOW) -> Body:
    intent = store.get("payment_intent", intent_id)
    intent |= {"status": "processing", "next_action": None, "last_payment_error": None}
    store.save(intent)
    store.tell("payment_intent.processing", intent, after)
    return intent


def succeed(store: Store, intent_id: str, *, after: Sequence[float] = NOW) -> Body:
    """The money comes: taken at once, or held when the merchant captures by hand."""
    intent = store.get("payment_intent", intent_id)
    charge = objects.charge(intent, id_=store.new_id("charge"), created=store.seconds())
    charge |= {"status": "succeeded", "paid": True}
    store.put(charge, parent=intent_id)
    intent |= {"latest_charge": charge["id"], "last_payment_error": None, "next_action": None}
    cards.keep(store, intent)
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        store.save(intent)
        store.tell("payment_intent.amount_capturable_updated", intent, after)
        return intent
    return _take(store, intent, charge, intent["amount"], after)


def capture(store: Store, intent_id: str, params: Params) -> Outcome:
    """Take held money, all or a part; the rest is let go."""
    intent = store.get("payment_intent", intent_id)
    if intent["status"] != "requires_capture":
        raise Refusal.unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}."
        )
    amount = params.positive("amount_to_capture") or intent["amount_capturable"]
    if amount > intent["amount_capturable"]:
        message = f"The amount_to_capture ({amount}) is greater than the capturable {intent['amount_capturable']}."
        raise Refusal.bad("amount_to_capture", message, code="amount_too_large")
    return 200, _take(store, intent, store.get("charge", intent["latest_charge"]), amount, NOW)


def cancel(store: Store, intent_id: str, params: Params) -> Outcome:
    intent = store.get("payment_intent", intent_id)
    reasons = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
    if intent["status"] not in (*OPEN, "requires_capture"):
        raise Refusal.unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        )
    if intent["status"] != "requires_capture" and store.noted(intent_id, "session"):
        raise Refusal.unexpected_state("You cannot cancel this PaymentIntent: it was created by a Checkout Session.")
    return 200, void(store, intent, params.choice("cancellation_reason", reasons))


def void(store: Store, intent: Body, reason: str | None, *, after: Sequence[float] = NOW) -> Body:
    intent |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": store.seconds(),
        "cancellation_reason": reason,
        "next_action": None,
    }
    store.save(intent)
    store.tell("payment_intent.canceled", intent, after)
    return intent


def update(store: Store, intent_id: str, params: Params) -> Outcome:
    intent = store.get("payment_intent", intent_id)
    if params.has("amount"):
        need_open(intent, "change the amount of")
        intent["amount"] = params.price("amount", intent["currency"])
    if params.has("description"):
        intent["description"] = params.text("description")
    intent["metadata"] = {**intent["metadata"], **params.metadata()}
    return 200, store.save(intent)


def _take(store: Store, intent: Body, charge: Body, amount: int, after: Sequence[float]) -> Body:
    charge |= {"captured": True, "amount_captured": amount}
    line = balance.book(
        store,
        type_="charge",
        amount=amount,
        currency=charge["currency"],
        source=charge["id"],
        fee=objects.fee_of(amount, charge["currency"]),
    )
    charge["balance_transaction"] = line["id"]
    store.save(charge)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    store.save(intent)
    store.tell("charge.captured" if intent["capture_method"] == "manual" else "charge.succeeded", charge, after)
    store.tell("payment_intent.succeeded", intent, after)
    return intent


def by_secret(store: Store, intent_id: str, given: str | None) -> Body:
    """Pages know an intent by its secret. Raises Refusal."""
    intent = store.get("payment_intent", intent_id)
    if given != intent["client_secret"]:
        raise Refusal.missing("payment_intent", intent_id)
    return intent
