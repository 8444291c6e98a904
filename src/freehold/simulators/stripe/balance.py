"""The merchant's balance: one line for every movement, with its fee."""

from freehold.simulators.stripe import objects
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.store import Body, Store

CATEGORIES = {
    "charge": "charge",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "transfer": "transfer",
    "transfer_refund": "transfer_reversal",
}


def book(
    store: Store, *, type_: str, amount: int, currency: str, source: str, fee: int = 0, category: str = ""
) -> Body:
    line = objects.balance_transaction(
        id_=store.new_id("balance_transaction"),
        type_=type_,
        amount=amount,
        currency=currency,
        source=source,
        created=store.seconds(),
        fee=fee,
        category=category or CATEGORIES[type_],
    )
    return store.put(line, parent=source)


def need(store: Store, amount: int, currency: str) -> None:
    """The balance is without end, until the test desk says what is left."""
    limit = store.books.setting(f"balance_{currency}", "")
    if not limit:
        return
    if amount > int(limit):
        raise Refusal.bad(
            "amount", "You have insufficient available funds in your account.", code="balance_insufficient"
        )
    store.books.set(f"balance_{currency}", str(int(limit) - amount))
