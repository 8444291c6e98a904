"""What the payer does next, as it is kept and as it is told.

What only the payer's browser may have (a client secret) is sealed in the row, so that neither the table nor its audit
trail holds it in clear.
"""

from typing import Any

from freehold.core.secrets import UnreadableSecret, seal, unseal
from freehold.payments.models import Payment
from freehold.ports.payment_gateway import NextAction

_SECRET = "secret"  # noqa: S105 - how such names end
_NOTHING = {"kind": "none"}


def action_json(action: NextAction) -> dict[str, Any]:
    """As the row keeps it."""
    kept = {name: seal(value) if name.endswith(_SECRET) else value for name, value in action.client.items()}
    answer = {
        "kind": action.kind,
        "url": action.url,
        "client": kept,
        "text": action.text,
        "poll_after_s": action.poll_after_s,
    }
    return {name: value for name, value in answer.items() if value}


def shown_action(payment: Payment) -> dict[str, Any]:
    """For everybody who may see the payment."""
    action = payment.next_action or _NOTHING
    if "client" not in action:
        return dict(action)
    return {**action, "client": {name: value for name, value in action["client"].items() if not name.endswith(_SECRET)}}


def payers_action(payment: Payment) -> dict[str, Any]:
    """For the payer's browser alone: with what only it may have."""
    action = shown_action(payment)
    for name, value in (payment.next_action or {}).get("client", {}).items():
        if name.endswith(_SECRET):
            try:
                action["client"][name] = unseal(value)
            except UnreadableSecret:
                return dict(_NOTHING)
    return action
