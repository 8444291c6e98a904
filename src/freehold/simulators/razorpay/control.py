"""What a merchant does in Razorpay's dashboard, and what only banks and payers can do: for tests and rehearsals."""

from typing import Any

from starlette.routing import Route

from freehold.simulators.kit import control
from freehold.simulators.kit.books import Books
from freehold.simulators.kit.fields import Fields
from freehold.simulators.razorpay import api, messages, scenarios
from freehold.simulators.razorpay.desk import Desk

VERDICTS = ("under_review", "won", "lost", "closed")


def routes(desk: Desk) -> list[Route]:
    """Beside the kit's own:

    POST /control/webhook   {"address", "secret"}: the account's webhook; also switches a disabled one on again
    POST /control/pay       {"order_id", "scenario", "delay_s", "received"}: a button of the checkout page
    POST /control/refund    {"payment_id", "amount"}: a refund in the dashboard
    POST /control/dispute   {"payment_id", "amount"} opens one, {"dispute_id", "verdict"} moves it on
    POST /control/receipts  {"unique"}: whether this account knows `unique_receipt`
    """

    def webhook(books: Books, fields: Fields) -> dict[str, Any]:
        address = fields.text("address", default="", longest=2000)
        secret = fields.text("secret", default="")
        messages.configure(books, address=address or None, secret=secret or None)
        return {"configured": True}

    def pay(books: Books, fields: Fields) -> dict[str, Any]:
        scenario = scenarios.SCENARIOS[fields.choice("scenario", tuple(scenarios.SCENARIOS))]
        delay_s = fields.number("delay_s", default=-1.0)
        received = fields.number("received", default=0.0)
        choices = scenarios.Choices(delay_s=None if delay_s < 0 else delay_s, received=int(received) or None)
        return {"payment_id": scenario.run(desk, desk.order(fields.text("order_id")), choices)}

    def refund(books: Books, fields: Fields) -> dict[str, Any]:
        amount = int(fields.number("amount", default=0.0)) or None
        refund_id = desk.give_back(fields.text("payment_id"), amount, receipt=None, notes={})
        return desk.show_refund(refund_id)

    def dispute(books: Books, fields: Fields) -> dict[str, Any]:
        dispute_id = fields.text("dispute_id", default="")
        if dispute_id:
            desk.decide_dispute(dispute_id, fields.choice("verdict", VERDICTS))
        else:
            amount = int(fields.number("amount", default=0.0)) or None
            dispute_id = desk.open_dispute(fields.text("payment_id"), amount)
        return {"dispute_id": dispute_id}

    def receipts(books: Books, fields: Fields) -> dict[str, Any]:
        books.set(api.WITHOUT_UNIQUE_RECEIPTS, "" if fields.flag("unique", default=True) else "1")
        return {"unique": fields.flag("unique", default=True)}

    deeds = {"webhook": webhook, "pay": pay, "refund": refund, "dispute": dispute, "receipts": receipts}
    return control.routes(desk.books, key=desk.key_secret, operations=tuple(api.OPERATIONS), deeds=deeds)
