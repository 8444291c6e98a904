"""Every call of the API that this simulator answers: method, path, name, and what it does."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from freehold.simulators.stripe import endpoints, intents, outgoing, refunds, sessions
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.params import Params
from freehold.simulators.stripe.store import Body, Store

LIST_PARAMS = ("limit", "starting_after", "created")
MOST = 100

type Answer = tuple[int, Body]


@dataclass(frozen=True, slots=True)
class Operation:
    """`known`: the parameters that it takes. `run` gets the id of the path, empty where there is none."""

    method: str
    path: str
    name: str
    known: tuple[str, ...]
    run: Callable[[Store, str, Params], Answer]


def _made(path: str, name: str, known: tuple[str, ...], run: Callable[[Store, Params], Answer]) -> Operation:
    return Operation("POST", path, name, known, lambda store, _, params: run(store, params))


def _shown(path: str, name: str, kind: str) -> Operation:
    return Operation("GET", path, name, (), lambda store, id_, _: (200, store.get(kind, id_)))


def _listed(path: str, name: str, kind: str, *filters: str) -> Operation:
    def run(store: Store, _: str, params: Params) -> Answer:
        return 200, _page(store, kind, path, params, filters)

    return Operation("GET", path, name, (*LIST_PARAMS, *filters), run)


def _page(store: Store, kind: str, path: str, params: Params, filters: tuple[str, ...]) -> Body:
    wanted = {name: params.text(name) for name in filters}
    within = _window(params)

    def fits(body: Body) -> bool:
        return within(body["created"]) and all(value in (None, body.get(name)) for name, value in wanted.items())

    data, more = store.latest(kind, fits=fits, after=params.text("starting_after"), most=_limit(params))
    return {"object": "list", "data": data, "has_more": more, "url": path}


def _limit(params: Params) -> int:
    limit = params.integer("limit")
    if limit is None:
        return 10
    if not 1 <= limit <= MOST:
        raise Refusal.bad("limit", f"Invalid limit: {limit}", code="parameter_invalid_integer")
    return limit


def _window(params: Params) -> Callable[[int], bool]:
    bounds = params.group("created", ("gt", "gte", "lt", "lte"))
    gt, gte, lt, lte = (bounds.integer(name) for name in ("gt", "gte", "lt", "lte"))

    def within(at: int) -> bool:
        after = (gt is None or at > gt) and (gte is None or at >= gte)
        return after and (lt is None or at < lt) and (lte is None or at <= lte)

    return within


def _list_events(store: Store, _: str, params: Params) -> Answer:
    """Newest first. `delivery_success=false`: those that some endpoint has not heard yet."""
    within, type_ = _window(params), params.text("type")
    heard = params.choice("delivery_success", ("true", "false"))
    after = params.text("starting_after")
    rows = store.books.rows(
        "SELECT body, EXISTS (SELECT 1 FROM delivery WHERE event_id = event.id AND state <> 'delivered') AS missing"
        " FROM event WHERE sequence < coalesce((SELECT sequence FROM event WHERE id = :after), 9e15)"
        " ORDER BY sequence DESC",
        after=after,
    )
    found: list[Body] = []
    for row in rows:
        event = json.loads(row["body"])
        is_ours = event.get("account", "") == store.account and within(event["created"])
        is_wanted = type_ in (None, event["type"]) and (heard is None or (heard == "true") != bool(row["missing"]))
        if is_ours and is_wanted:
            found.append(event)
    most = _limit(params)
    return 200, {"object": "list", "data": found[:most], "has_more": len(found) > most, "url": "/v1/events"}


def _get_event(store: Store, event_id: str, _: Params) -> Answer:
    row = store.books.row("SELECT body FROM event WHERE id = :id", id=event_id)
    event = json.loads(row["body"]) if row else None
    if event is None or event.get("account", "") != store.account:
        raise Refusal.missing("event", event_id)
    return 200, event


def _get_balance(store: Store, _: str, params: Params) -> Answer:
    rows = store.books.rows(
        "SELECT json_extract(body, '$.currency') AS currency, sum(json_extract(body, '$.net')) AS net"
        " FROM thing WHERE kind = 'balance_transaction' AND account = :account GROUP BY 1 ORDER BY 1",
        account=store.account,
    )
    available = [
        {"amount": row["net"], "currency": row["currency"], "source_types": {"card": row["net"]}} for row in rows
    ]
    return 200, {"object": "balance", "available": available, "livemode": store.livemode, "pending": []}


def _confirm(store: Store, intent_id: str, params: Params) -> Answer:
    return intents.confirm(store, intent_id, params.text("payment_method"))


def _close_dispute(store: Store, dispute_id: str, _: Params) -> Answer:
    return 200, refunds.close_dispute(store, dispute_id, won=False)


INTENT, SESSION = "/v1/payment_intents", "/v1/checkout/sessions"
CONFIRM_PARAMS = ("payment_method", "return_url", "off_session", "payment_method_options")
UPDATE_PARAMS = ("amount", "description", "metadata")

OPERATIONS = (
    _made(INTENT, "create_payment_intent", intents.CREATE_PARAMS, intents.create),
    _listed(INTENT, "list_payment_intents", "payment_intent"),
    _shown(f"{INTENT}/{{id}}", "get_payment_intent", "payment_intent"),
    Operation("POST", f"{INTENT}/{{id}}", "update_payment_intent", UPDATE_PARAMS, intents.update),
    Operation("POST", f"{INTENT}/{{id}}/confirm", "confirm_payment_intent", CONFIRM_PARAMS, _confirm),
    Operation("POST", f"{INTENT}/{{id}}/capture", "capture_payment_intent", ("amount_to_capture",), intents.capture),
    Operation("POST", f"{INTENT}/{{id}}/cancel", "cancel_payment_intent", ("cancellation_reason",), intents.cancel),
    _made(SESSION, "create_checkout_session", sessions.CREATE_PARAMS, sessions.create),
    _listed(SESSION, "list_checkout_sessions", "checkout.session", "payment_intent", "status"),
    _shown(f"{SESSION}/{{id}}", "get_checkout_session", "checkout.session"),
    Operation(
        "POST",
        f"{SESSION}/{{id}}/expire",
        "expire_checkout_session",
        (),
        lambda store, id_, _: sessions.expire(store, id_),
    ),
    _listed("/v1/charges", "list_charges", "charge", "payment_intent"),
    _shown("/v1/charges/{id}", "get_charge", "charge"),
    _made("/v1/refunds", "create_refund", refunds.REFUND_PARAMS, refunds.create),
    _listed("/v1/refunds", "list_refunds", "refund", "charge", "payment_intent"),
    _shown("/v1/refunds/{id}", "get_refund", "refund"),
    _made("/v1/transfers", "create_transfer", outgoing.TRANSFER_PARAMS, outgoing.transfer),
    _listed("/v1/transfers", "list_transfers", "transfer", "destination", "transfer_group"),
    _shown("/v1/transfers/{id}", "get_transfer", "transfer"),
    Operation("POST", "/v1/transfers/{id}/reversals", "reverse_transfer", ("amount", "metadata"), outgoing.reverse),
    _made("/v1/payouts", "create_payout", outgoing.PAYOUT_PARAMS, outgoing.payout),
    _listed("/v1/payouts", "list_payouts", "payout", "destination", "status"),
    _shown("/v1/payouts/{id}", "get_payout", "payout"),
    Operation(
        "POST", "/v1/payouts/{id}/cancel", "cancel_payout", (), lambda store, id_, _: outgoing.cancel(store, id_)
    ),
    _listed("/v1/balance_transactions", "list_balance_transactions", "balance_transaction", "type", "source"),
    _shown("/v1/balance_transactions/{id}", "get_balance_transaction", "balance_transaction"),
    Operation("GET", "/v1/balance", "get_balance", (), _get_balance),
    _listed("/v1/disputes", "list_disputes", "dispute", "charge", "payment_intent"),
    _shown("/v1/disputes/{id}", "get_dispute", "dispute"),
    Operation("POST", "/v1/disputes/{id}/close", "close_dispute", (), _close_dispute),
    Operation("GET", "/v1/events", "list_events", (*LIST_PARAMS, "type", "delivery_success"), _list_events),
    Operation("GET", "/v1/events/{id}", "get_event", (), _get_event),
    _made("/v1/webhook_endpoints", "create_webhook_endpoint", endpoints.CREATE_PARAMS, endpoints.create),
    _listed("/v1/webhook_endpoints", "list_webhook_endpoints", "webhook_endpoint"),
    _shown("/v1/webhook_endpoints/{id}", "get_webhook_endpoint", "webhook_endpoint"),
    Operation(
        "DELETE",
        "/v1/webhook_endpoints/{id}",
        "delete_webhook_endpoint",
        (),
        lambda store, id_, _: endpoints.delete(store, id_),
    ),
)


def expanded(store: Store, body: Body, paths: list[str]) -> Body:
    """Ids along the paths replaced by their objects, `data.` for every item of a list."""
    for path in paths:
        _expand(store, body, path.split("."), path)
    return body


def _expand(store: Store, place: Any, steps: list[str], path: str) -> None:
    if not steps or place is None:
        return
    if isinstance(place, list):
        for each in place:
            _expand(store, each, steps, path)
        return
    name, *rest = steps
    if not isinstance(place, dict) or name not in place:
        raise Refusal.bad("expand", f"This property cannot be expanded ({path}).")
    if isinstance(place[name], str):
        found = store.find(place[name])
        if found is None:
            raise Refusal.bad("expand", f"This property cannot be expanded ({path}).")
        place[name] = found
    _expand(store, place[name], rest, path)
