"""What the gateway does with money: every change of a payment, refund or payout, with its event.

Each function belongs inside one `books.transaction()`: the change, its ledger line and the webhooks that are owed
for it are committed together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from freehold.simulators.kit.books import Books, Row, dump, new_id
from freehold.simulators.kit.fields import Fields
from freehold.simulators.sandbox import events, wire
from freehold.simulators.sandbox.errors import Refusal

NOW = (0.0,)
PAYABLE = ("open", "expired")


@dataclass(frozen=True, slots=True)
class Gateway:
    books: Books
    public_url: str

    # --- reading ----------------------------------------------------------------------------------------

    def payment(self, payment_id: str) -> Row:
        return self._found("SELECT * FROM payment WHERE id = :id", payment_id, "payment")

    def payment_by_token(self, token: str) -> Row:
        return self._found("SELECT * FROM payment WHERE token = :id", token, "checkout")

    def refund(self, refund_id: str) -> Row:
        return self._found("SELECT * FROM refund WHERE id = :id", refund_id, "refund")

    def payout(self, payout_id: str) -> Row:
        return self._found("SELECT * FROM payout WHERE id = :id", payout_id, "payout")

    def show(self, payment_id: str) -> dict[str, Any]:
        return wire.payment_object(self.books, self.payment(payment_id), public_url=self.public_url)

    def show_refund(self, refund: Row) -> dict[str, Any]:
        return wire.refund_object(refund, currency=self.payment(refund["payment_id"])["currency"])

    def received(self, payment_id: str) -> int:
        return self.books.number("SELECT sum(amount) FROM charge WHERE payment_id = :id", id=payment_id)

    # --- payments ---------------------------------------------------------------------------------------

    def create_payment(self, fields: Fields) -> dict[str, Any]:
        payer = fields.texts("payer")
        payment_id = new_id("pay")
        expires_at = fields.number("expires_at")
        self.books.insert(
            "payment",
            id=payment_id,
            token=token_urlsafe(24),
            reference=fields.text("reference", longest=40),
            amount=fields.amount(),
            currency=fields.currency(),
            description=fields.text("description", default=""),
            merchant=fields.text("merchant", default="", longest=120),
            payer=dump(payer),
            return_url=fields.url("return_url"),
            notify_url=fields.url("notify_url"),
            expires_at=expires_at,
            capture=fields.choice("capture", ("automatic", "manual"), default="automatic"),
            metadata=dump(fields.texts("metadata")),
            status="open",
            created=self.books.now(),
        )
        self.books.schedule("expire", payment_id, due_at=expires_at)
        return self.show(payment_id)

    def cancel(self, payment_id: str, *, after: Sequence[float] = NOW) -> dict[str, Any]:
        """Close a payment that nobody has paid. A second cancel changes nothing."""
        status = self.payment(payment_id)["status"]
        if status in ("processing", "paid"):
            raise Refusal.wrong_state(f"A payment that is {status} cannot be cancelled.")
        if status != "canceled":
            self._set_status(payment_id, "canceled", amount_capturable=0)
            self._announce("payment.canceled", payment_id, after)
        return self.show(payment_id)

    def expire(self, payment_id: str) -> None:
        if self.payment(payment_id)["status"] == "open":
            self._set_status(payment_id, "expired")
            self._announce("payment.expired", payment_id, NOW)

    def decline(self, payment_id: str, *, code: str) -> None:
        """An attempt failed; the payment stays open for another."""
        self.books.write("UPDATE payment SET error_code = :code WHERE id = :id", code=code, id=payment_id)
        self._announce("payment.attempt_failed", payment_id, NOW)

    def start_processing(self, payment_id: str, *, after: Sequence[float] = NOW) -> None:
        self._set_status(payment_id, "processing")
        self._announce("payment.processing", payment_id, after)

    def collect(self, payment_id: str, *, amount: int, after: Sequence[float] = NOW) -> None:
        """The payer's money arrives: taken at once, or held when the merchant captures by hand.

        `after` lists the delays in seconds of the webhooks that tell of it; none at all loses the webhook.
        """
        payment = self.payment(payment_id)
        if payment["capture"] == "manual":
            self._set_status(payment_id, "authorized", amount_capturable=amount)
            self._announce("payment.authorized", payment_id, after)
        else:
            self._charge(payment, amount)
            self._announce("payment.paid", payment_id, after)

    def collect_again(self, payment_id: str, *, after: Sequence[float]) -> None:
        """A second charge for a payment that is already paid."""
        payment = self.payment(payment_id)
        self._charge(payment, payment["amount"])
        self._announce("charge.captured", payment_id, after)

    def capture(self, payment_id: str, fields: Fields) -> dict[str, Any]:
        """Take held money, all or a part; the rest is let go."""
        payment = self.payment(payment_id)
        if payment["status"] != "authorized":
            raise Refusal.wrong_state(f"A payment that is {payment['status']} cannot be captured.")
        amount = fields.amount(default=payment["amount_capturable"])
        if amount > payment["amount_capturable"]:
            raise Refusal(400, "invalid_request_error", "amount_too_large", "More than was authorized.", param="amount")
        self._charge(payment, amount)
        self._announce("payment.paid", payment_id, NOW)
        return self.show(payment_id)

    # --- refunds and payouts ----------------------------------------------------------------------------

    def create_refund(self, fields: Fields) -> dict[str, Any]:
        payment = self.payment(fields.text("payment"))
        refunded = self.books.number(
            "SELECT sum(amount) FROM refund WHERE payment_id = :id AND status <> 'failed'", id=payment["id"]
        )
        left = self.received(payment["id"]) - refunded
        amount = fields.amount(default=left or None)
        if amount > left:
            raise Refusal(
                400,
                "invalid_request_error",
                "refund_exceeds_received",
                f"Only {left} can still be refunded.",
                param="amount",
            )
        refund_id = new_id("re")
        self.books.insert(
            "refund",
            id=refund_id,
            payment_id=payment["id"],
            amount=amount,
            status="succeeded",
            reason=fields.text("reason", default=""),
            metadata=dump(fields.texts("metadata")),
            created=self.books.now(),
        )
        self._book(refund_id, "refund", -amount, payment["currency"], payment["id"])
        if payment["refund_failure_s"] is not None:
            self.books.schedule("fail_refund", refund_id, due_at=self.books.now() + payment["refund_failure_s"])
        return self._announce_refund("refund.succeeded", refund_id)

    def fail_refund(self, refund_id: str) -> None:
        """The payer's bank sends the refund back: the money is the merchant's again."""
        refund = self.refund(refund_id)
        self.books.write(
            "UPDATE refund SET status = 'failed', failure_code = 'account_closed' WHERE id = :id", id=refund_id
        )
        currency = self.payment(refund["payment_id"])["currency"]
        self._book(refund_id, "refund", refund["amount"], currency, refund["payment_id"])
        self._announce_refund("refund.failed", refund_id)

    def create_payout(self, fields: Fields) -> dict[str, Any]:
        """Send money out. The destination `{"acct": "reject"}` fails, `{"acct": "bounce"}` comes back later."""
        destination = fields.texts("destination")
        payout_id = new_id("po")
        amount, currency = fields.amount(), fields.currency()
        rejected = destination.get("acct") == "reject"
        self.books.insert(
            "payout",
            id=payout_id,
            amount=amount,
            currency=currency,
            status="failed" if rejected else "paid",
            failure_code="account_unknown" if rejected else None,
            destination=dump(destination),
            purpose=fields.choice("purpose", ("owner_payout", "expense", "refund")),
            description=fields.text("description", default=""),
            notify_url=fields.url("notify_url"),
            metadata=dump(fields.texts("metadata")),
            created=self.books.now(),
        )
        if not rejected:
            self._book(payout_id, "payout", -amount, currency, None)
        if destination.get("acct") == "bounce":
            self.books.schedule("reverse_payout", payout_id, due_at=self.books.now() + 1.0)
        return self._announce_payout("payout.failed" if rejected else "payout.paid", payout_id)

    def reverse_payout(self, payout_id: str) -> None:
        payout = self.payout(payout_id)
        self.books.write(
            "UPDATE payout SET status = 'reversed', failure_code = 'returned' WHERE id = :id", id=payout_id
        )
        self._book(payout_id, "payout", payout["amount"], payout["currency"], None)
        self._announce_payout("payout.reversed", payout_id)

    # --- parts ------------------------------------------------------------------------------------------

    def _found(self, sql: str, object_id: str, what: str) -> Row:
        row = self.books.row(sql, id=object_id)
        if row is None:
            raise Refusal.missing(what)
        return row

    def _set_status(self, payment_id: str, status: str, *, amount_capturable: int = 0) -> None:
        self.books.write(
            "UPDATE payment SET status = :status, amount_capturable = :capturable WHERE id = :id",
            status=status,
            capturable=amount_capturable,
            id=payment_id,
        )

    def _charge(self, payment: Row, amount: int) -> None:
        charge_id = new_id("ch")
        self.books.insert("charge", id=charge_id, payment_id=payment["id"], amount=amount, created=self.books.now())
        self._book(charge_id, "payment", amount, payment["currency"], payment["id"])
        self._set_status(payment["id"], "paid")

    def _book(self, source_id: str, kind: str, amount: int, currency: str, related_id: str | None) -> None:
        self.books.insert(
            "ledger_line",
            source_id=source_id,
            kind=kind,
            amount=amount,
            currency=currency,
            related_id=related_id,
            created=self.books.now(),
        )

    def _announce(self, type_: str, payment_id: str, after: Sequence[float]) -> None:
        url = self.payment(payment_id)["notify_url"]
        events.emit(self.books, type_=type_, subject=self.show(payment_id), url=url, after=after)

    def _announce_refund(self, type_: str, refund_id: str) -> dict[str, Any]:
        refund = self.refund(refund_id)
        subject = self.show_refund(refund)
        url = self.payment(refund["payment_id"])["notify_url"]
        events.emit(self.books, type_=type_, subject=subject, url=url, after=NOW)
        return subject

    def _announce_payout(self, type_: str, payout_id: str) -> dict[str, Any]:
        payout = self.payout(payout_id)
        subject = wire.payout_object(payout)
        events.emit(self.books, type_=type_, subject=subject, url=payout["notify_url"], after=NOW)
        return subject
