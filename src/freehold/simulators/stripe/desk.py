"""What only the test desk can do: chargebacks, bounced refunds, an empty balance, an endpoint that rolls its secret."""

from collections.abc import Callable
from typing import Any

from freehold.simulators.kit.books import Books
from freehold.simulators.kit.control import Deed
from freehold.simulators.kit.errors import bad_field
from freehold.simulators.kit.fields import Fields
from freehold.simulators.stripe import endpoints, outgoing, refunds
from freehold.simulators.stripe.store import Body, Store

OUTCOMES = ("open", "won", "lost")


def deeds(store: Store) -> dict[str, Deed]:
    """By name, each called with the desk's fields; the names follow /control/."""
    acts: dict[str, Callable[[Store, Fields], dict[str, Any]]] = {
        "dispute": _dispute,
        "fail_refund": _fail_refund,
        "fail_payout": _fail_payout,
        "balance": _balance,
        "endpoint": _endpoint,
        "refuse_card": _refuse_card,
    }
    return {name: _bind(act, store) for name, act in acts.items()}


def _bind(act: Callable[[Store, Fields], dict[str, Any]], store: Store) -> Deed:
    def deed(books: Books, fields: Fields) -> dict[str, Any]:
        return act(store, fields)

    return deed


def _dispute(store: Store, fields: Fields) -> Body:
    """{"payment": "pi_..." or "cs_...", "outcome": "open"}, then {"dispute": "du_...", "outcome": "won"}."""
    outcome = fields.choice("outcome", OUTCOMES, default="open")
    if outcome != "open":
        dispute_id = fields.text("dispute")
        return refunds.close_dispute(store.home_of(dispute_id), dispute_id, won=outcome == "won")
    payment_id = fields.text("payment")
    home = store.home_of(payment_id)
    thing = home.find(payment_id) or {}
    intent_id = thing.get("payment_intent") or payment_id
    charges = [each for each in home.children("charge", intent_id) if each["captured"]]
    if not charges:
        raise bad_field("payment", "Nothing was charged for this payment.")
    return refunds.open_dispute(home, charges[-1], reason=fields.text("reason", default="fraudulent"))


def _fail_refund(store: Store, fields: Fields) -> dict[str, Any]:
    refund_id = fields.text("refund")
    refunds.fail(store.home_of(refund_id), refund_id)
    return {"failed": refund_id}


def _fail_payout(store: Store, fields: Fields) -> dict[str, Any]:
    payout_id = fields.text("payout")
    outgoing.fail(store.home_of(payout_id), payout_id)
    return {"failed": payout_id}


def _refuse_card(store: Store, fields: Fields) -> dict[str, Any]:
    """{"payment_method": "pm_..."}: from now on its bank wants to see the payer."""
    method = fields.text("payment_method")
    store.note(method, "refuses", "1")
    return {"refused": method}


def _balance(store: Store, fields: Fields) -> dict[str, Any]:
    """{"currency": "USD", "available": 1000}: what transfers and payouts may still use."""
    currency = fields.currency().lower()
    available = int(fields.number("available"))
    store.books.set(f"balance_{currency}", str(available))
    return {"currency": currency, "available": available}


def _endpoint(store: Store, fields: Fields) -> dict[str, Any]:
    """{"url", "secrets": {"new": "whsec_..", "old": "whsec_.."}}: signs with all of them from now on."""
    url, secrets = fields.url("url"), list(fields.texts("secrets").values())
    if not secrets:
        raise bad_field("secrets", "At least one secret is needed.")
    endpoints.keep_usual(store, url=url, secrets=secrets)
    return {"url": url, "secrets": len(secrets)}
