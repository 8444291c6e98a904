"""What Razorpay does with money: every change with its events.

Each function belongs inside one `books.transaction()`: the change and the webhooks that are owed for it are committed
together or not at all. `after` lists the delays in seconds of the webhooks; none at all loses them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from freehold.simulators.kit.books import Books, Row, dump
from freehold.simulators.razorpay import messages, wire
from freehold.simulators.razorpay.books import new_id
from freehold.simulators.razorpay.errors import Refusal, unknown_id

NOW = (0.0,)
PAYER = {"email": "guest@example.com", "contact": "+919000090000"}
PAYOUT_PAUSE_S = 0.2
BOUNCE_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class Desk:
    books: Books
    public_url: str
    key_id: str
    key_secret: str

    # --- reading ----------------------------------------------------------------------------------------

    def order(self, order_id: str) -> Row:
        return self._found("SELECT * FROM orders WHERE id = :id", order_id)

    def payment(self, payment_id: str) -> Row:
        return self._found("SELECT * FROM payment WHERE id = :id", payment_id)

    def refund(self, refund_id: str) -> Row:
        return self._found("SELECT * FROM refund WHERE id = :id", refund_id)

    def payout(self, payout_id: str) -> Row:
        return self._found("SELECT * FROM payout WHERE id = :id", payout_id)

    def show_order(self, order_id: str) -> dict[str, Any]:
        return wire.order(self.books, self.order(order_id))

    def show_payment(self, payment_id: str) -> dict[str, Any]:
        return wire.payment(self.books, self.payment(payment_id))

    def show_refund(self, refund_id: str) -> dict[str, Any]:
        row = self.refund(refund_id)
        return wire.refund(row, currency=self.payment(row["payment_id"])["currency"])

    # --- tries at an order ------------------------------------------------------------------------------

    def attempt(self, order: Row, *, amount: int | None = None, method: str = "upi") -> str:
        """The payer begins; Razorpay knows of a try before its bank does."""
        payment_id = new_id("pay")
        self.books.insert(
            "payment",
            id=payment_id,
            order_id=order["id"],
            amount=amount or order["amount"],
            currency=order["currency"],
            status="created",
            method=method,
            created=self.books.now(),
            **PAYER,
        )
        return payment_id

    def fail(self, payment_id: str, *, reason: str, after: Sequence[float] = NOW) -> None:
        self.books.write(
            "UPDATE payment SET status = 'failed', error_reason = :reason WHERE id = :id", reason=reason, id=payment_id
        )
        self._tell_payment("payment.failed", payment_id, after)

    def authorize(self, payment_id: str, *, after: Sequence[float] = NOW, told_late: Sequence[float] = ()) -> None:
        """The bank agrees. Razorpay takes the money at once if the order says so and the bank was quick; what nobody
        takes goes back by itself. `told_late`: when the event of this moment goes out, if not with the others."""
        payment = self.payment(payment_id)
        order, now = self.order(payment["order_id"]), self.books.now()
        self.books.write("UPDATE payment SET status = 'authorized', error_reason = NULL WHERE id = :id", id=payment_id)
        self._tell_payment("payment.authorized", payment_id, told_late or after)
        if order["capture"] == "automatic" and now - payment["created"] <= order["automatic_expiry_s"]:
            self.capture(payment_id, after=after)
        else:
            self.books.schedule("let_go", payment_id, due_at=payment["created"] + order["manual_expiry_s"])

    def authorize_late(self, payment_id: str) -> None:
        """The bank answers long after the payer was told that it failed."""
        if self.payment(payment_id)["status"] == "failed":
            self.books.write("UPDATE payment SET late_authorized = 1 WHERE id = :id", id=payment_id)
            self.authorize(payment_id)

    def hold(self, payment_id: str, *, let_go_after_s: float) -> None:
        """The bank agrees too late for capture: what nobody takes by hand goes back."""
        self.books.write("UPDATE payment SET status = 'authorized', late_authorized = 1 WHERE id = :id", id=payment_id)
        self._tell_payment("payment.authorized", payment_id, NOW)
        self.books.schedule("let_go", payment_id, due_at=self.books.now() + let_go_after_s)

    def capture(self, payment_id: str, *, after: Sequence[float] = NOW) -> None:
        self.books.write("UPDATE payment SET status = 'captured', captured = 1 WHERE id = :id", id=payment_id)
        self._tell_payment("payment.captured", payment_id, after)
        order = self.show_order(self.payment(payment_id)["order_id"])
        if order["status"] == "paid":
            entities = {"payment": self.show_payment(payment_id), "order": order}
            messages.tell(self.books, "order.paid", entities, after=after)

    def let_go(self, payment_id: str) -> None:
        """Nobody captured it in time: the money goes back."""
        payment = self.payment(payment_id)
        if payment["status"] == "authorized":
            self.books.write("UPDATE payment SET status = 'refunded' WHERE id = :id", id=payment_id)
            self._give_back(payment, payment["amount"], receipt=None, notes={}, pending=False)

    # --- refunds ----------------------------------------------------------------------------------------

    def give_back(self, payment_id: str, amount: int | None, *, receipt: str | None, notes: dict[str, Any]) -> str:
        """A refund of captured money. Raises Refusal with the words that Razorpay uses."""
        payment = self.payment(payment_id)
        if not payment["captured"]:
            raise Refusal("The payment status should be captured for action to be taken", reason="NA")
        left = payment["amount"] - self.show_payment(payment_id)["amount_refunded"]
        if left <= 0:
            raise Refusal("The payment has been fully refunded already", reason="NA")
        amount = left if amount is None else amount
        if amount > payment["amount"]:
            raise Refusal("The refund amount provided is greater than amount captured", field="amount")
        if amount > left:
            raise Refusal("The total refund amount is greater than the refund payment amount", field="amount")
        pending = payment["refunds_take_s"] is not None
        refund_id = self._give_back(payment, amount, receipt=receipt, notes=notes, pending=pending)
        if self.show_payment(payment_id)["refund_status"] == "full":
            self.books.write("UPDATE payment SET status = 'refunded' WHERE id = :id", id=payment_id)
        if pending:
            self.books.schedule("process_refund", refund_id, due_at=self.books.now() + payment["refunds_take_s"])
        if payment["refunds_fail_s"] is not None:
            self.books.schedule("fail_refund", refund_id, due_at=self.books.now() + payment["refunds_fail_s"])
        return refund_id

    def _give_back(
        self, payment: Row, amount: int, *, receipt: str | None, notes: dict[str, Any], pending: bool
    ) -> str:
        refund_id = new_id("rfnd")
        self.books.insert(
            "refund",
            id=refund_id,
            payment_id=payment["id"],
            amount=amount,
            status="pending",
            receipt=receipt,
            notes=dump(notes),
            speed="normal",
            created=self.books.now(),
        )
        self._tell_refund("refund.created", refund_id)
        if not pending:
            self.process_refund(refund_id)
        return refund_id

    def process_refund(self, refund_id: str) -> None:
        self.books.write("UPDATE refund SET status = 'processed' WHERE id = :id", id=refund_id)
        self._tell_refund("refund.processed", refund_id)

    def fail_refund(self, refund_id: str) -> None:
        """The payer's bank does not take it: the money is the merchant's again."""
        self.books.write("UPDATE refund SET status = 'failed' WHERE id = :id", id=refund_id)
        payment_id = self.refund(refund_id)["payment_id"]
        self.books.write(
            "UPDATE payment SET status = 'captured' WHERE id = :id AND captured AND status = 'refunded'", id=payment_id
        )
        self._tell_refund("refund.failed", refund_id)

    # --- disputes ---------------------------------------------------------------------------------------

    def open_dispute(self, payment_id: str, amount: int | None) -> str:
        payment = self.payment(payment_id)
        dispute_id = new_id("disp")
        self.books.insert(
            "dispute",
            id=dispute_id,
            payment_id=payment_id,
            amount=amount or payment["amount"],
            status="open",
            created=self.books.now(),
        )
        self._tell_dispute("created", dispute_id)
        return dispute_id

    def decide_dispute(self, dispute_id: str, status: str) -> None:
        """`lost` takes the money, everything else leaves it or gives it back."""
        self._found("SELECT * FROM dispute WHERE id = :id", dispute_id)
        self.books.write(
            "UPDATE dispute SET status = :status, amount_deducted = CASE WHEN :status = 'lost' THEN amount ELSE 0 END"
            " WHERE id = :id",
            status=status,
            id=dispute_id,
        )
        self._tell_dispute(status, dispute_id)

    # --- payouts ----------------------------------------------------------------------------------------

    def pay_out(self, **columns: Any) -> str:
        payout_id = new_id("pout")
        self.books.insert("payout", id=payout_id, status="processing", created=self.books.now(), **columns)
        self._tell_payout("initiated", payout_id)
        self.books.schedule("move_payout", payout_id, due_at=self.books.now() + PAYOUT_PAUSE_S)
        return payout_id

    def move_payout(self, payout_id: str) -> None:
        """The next thing that happens to a payout; its fund account tells how it ends."""
        payout = self.payout(payout_id)
        where = payout["fund_account_id"]
        if payout["status"] == "processing" and where.startswith("fa_reject"):
            self._end_payout(payout_id, "failed", "beneficiary_bank_rejected")
        elif payout["status"] == "processing":
            self._end_payout(payout_id, "processed", None)
            if where.startswith("fa_bounce"):
                self.books.schedule("move_payout", payout_id, due_at=self.books.now() + BOUNCE_AFTER_S)
        elif payout["status"] == "processed":
            self._end_payout(payout_id, "reversed", "beneficiary_account_closed")

    def _end_payout(self, payout_id: str, status: str, reason: str | None) -> None:
        self.books.write(
            "UPDATE payout SET status = :status, failure_reason = :reason WHERE id = :id",
            status=status,
            reason=reason,
            id=payout_id,
        )
        self._tell_payout(status, payout_id)

    # --- parts ------------------------------------------------------------------------------------------

    def _found(self, sql: str, object_id: str) -> Row:
        row = self.books.row(sql, id=object_id)
        if row is None:
            raise unknown_id()
        return row

    def _tell_payment(self, name: str, payment_id: str, after: Sequence[float]) -> None:
        messages.tell(self.books, name, {"payment": self.show_payment(payment_id)}, after=after)

    def _tell_refund(self, name: str, refund_id: str) -> None:
        payment = self.show_payment(self.refund(refund_id)["payment_id"])
        messages.tell(self.books, name, {"refund": self.show_refund(refund_id), "payment": payment}, after=NOW)

    def _tell_dispute(self, what: str, dispute_id: str) -> None:
        row = self._found("SELECT * FROM dispute WHERE id = :id", dispute_id)
        payment = self.show_payment(row["payment_id"])
        entities = {"payment": payment, "dispute": wire.dispute(row, currency=payment["currency"])}
        messages.tell(self.books, f"payment.dispute.{what}", entities, after=NOW)

    def _tell_payout(self, what: str, payout_id: str) -> None:
        messages.tell(self.books, f"payout.{what}", {"payout": wire.payout(self.payout(payout_id))}, after=NOW)
