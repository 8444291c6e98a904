"""What bKash does with money. Each deed belongs inside one `books.transaction()`, together with its notices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import choice, token_urlsafe
from string import ascii_uppercase, digits
from typing import Any
from urllib.parse import urlsplit

from freehold.domain.money import Money, MoneyError
from freehold.simulators.bkash import errors, wire
from freehold.simulators.bkash.notices import Notices
from freehold.simulators.kit.books import Books, Row
from freehold.simulators.kit.errors import missing

PAYMENT_LIFE_S = 24 * 3600
REFUNDS_OF_A_PAYMENT = 10
REFUND_DAYS = 60
NO_WALLET = "01700000002"
_WALLET = re.compile(r"01[3-9][0-9]{8}")

type Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    books: Books
    notices: Notices
    public_url: str

    # --- reading ----------------------------------------------------------------------------------------

    def payment(self, body: Body, name: str = "paymentID") -> Row:
        found = self.books.row("SELECT * FROM payment WHERE id = :id", id=str(body.get(name, "")))
        if found is None:
            raise errors.status_code("2002")
        return found

    def payment_of_page(self, payment_id: str, hash_: str) -> Row:
        sql = "SELECT * FROM payment WHERE id = :id AND hash = :hash"
        found = self.books.row(sql, id=payment_id, hash=hash_)
        if found is None:
            raise missing("payment")
        return found

    def query(self, body: Body) -> dict[str, Any]:
        return wire.queried(self.books, self.payment(body))

    def find_transaction(self, trx_id: str) -> dict[str, Any] | None:
        """A payment, a refund, a payout or a credit of another channel."""
        for found in (self._paid(trx_id), self._refunded(trx_id), self._paid_out(trx_id), self._credited(trx_id)):
            if found is not None:
                return found
        return None

    def _paid(self, trx_id: str) -> dict[str, Any] | None:
        row = self.books.row("SELECT * FROM payment WHERE trx_id = :id", id=trx_id)
        return row and wire.transaction(
            trx_id,
            wire.taken(row),
            type_="bKash Tokenized Checkout via API",
            msisdn=wire.MSISDN,
            reference=row["payer_reference"],
            at=row["executed_at"],
        )

    def _refunded(self, trx_id: str) -> dict[str, Any] | None:
        row = self.books.row("SELECT * FROM refund WHERE trx_id = :id", id=trx_id)
        type_ = "Payment Refund"
        return row and wire.transaction(
            trx_id, row["amount"], type_=type_, msisdn=wire.MSISDN, reference=row["sku"], at=row["created"]
        )

    def _paid_out(self, trx_id: str) -> dict[str, Any] | None:
        row = self.books.row("SELECT * FROM payout WHERE trx_id = :id", id=trx_id)
        type_ = "B2C Payment"
        return row and wire.transaction(
            trx_id, row["amount"], type_=type_, msisdn=row["msisdn"], reference=row["invoice"], at=row["created"]
        )

    def _credited(self, trx_id: str) -> dict[str, Any] | None:
        row = self.books.row("SELECT * FROM credit WHERE trx_id = :id", id=trx_id)
        type_ = "Merchant Payment"
        return row and wire.transaction(
            trx_id, row["amount"], type_=type_, msisdn=row["msisdn"], reference=row["reference"], at=row["created"]
        )

    # --- payments ---------------------------------------------------------------------------------------

    def create(self, body: Body) -> dict[str, Any]:
        if body.get("mode") != "0011":
            raise errors.status_code("2063")
        intents = ("sale", "authorization") if self.books.setting("authorization", "") else ("sale",)
        if body.get("intent") not in intents:
            raise errors.status_code("2008")
        if body.get("currency") != "BDT":
            raise errors.status_code("2007")
        if not _plain(body.get("payerReference")):
            raise errors.status_code("2048")
        invoice = body.get("merchantInvoiceNumber")
        if not _plain(invoice):
            raise errors.status_code("2031")
        if self.books.row("SELECT 1 FROM payment WHERE invoice = :invoice", invoice=invoice):
            raise errors.status_code("2029")
        now = self.books.now()
        payment_id = f"TR0011{_letters(8)}{int(now * 1000)}"
        self.books.insert(
            "payment",
            id=payment_id,
            hash=token_urlsafe(24),
            signature=token_urlsafe(8),
            payer_reference=body["payerReference"],
            amount=_paisa(body.get("amount"), "2006"),
            intent=body["intent"],
            invoice=invoice,
            callback_url=_address(body.get("callbackURL")),
            status="initiated",
            created=now,
        )
        return wire.created(self.payment({"paymentID": payment_id}), self.public_url)

    def execute(self, body: Body) -> dict[str, Any]:
        """Takes the money of an approved payment, once."""
        payment = self.payment(body)
        if payment["status"] in ("completed", "authorized"):
            raise errors.status_code("2117")
        if payment["status"] == "cancelled":
            raise errors.status_code("2069")
        if payment["status"] != "initiated" or self.books.now() > payment["created"] + PAYMENT_LIFE_S:
            raise errors.status_code("2056")
        if not payment["verified"] and not self._needs_no_approval(payment):
            raise errors.status_code("2060")
        if payment["refuse_code"]:
            self.end(payment["id"], "failed")
            return dict(errors.status_code(payment["refuse_code"]).body)
        self._take(payment, "authorized" if payment["intent"] == "authorization" else "completed")
        return wire.executed(self.payment(body))

    def _needs_no_approval(self, payment: Row) -> bool:
        """Where that is allowed, a payment whose page nobody has seen; who has seen it may have said no."""
        opened = self.books.row("SELECT 1 FROM opened WHERE payment_id = :id", id=payment["id"])
        return opened is None and bool(self.books.setting("approve_unopened", ""))

    def open(self, payment: Row) -> None:
        """Somebody looks at the page of the payment."""
        self.books.write("INSERT OR IGNORE INTO opened VALUES (:id)", id=payment["id"])

    def _take(self, payment: Row, status: str) -> None:
        self.books.write(
            "UPDATE payment SET status = :status, verified = 1, trx_id = coalesce(trx_id, :trx), executed_at = :now"
            " WHERE id = :id",
            status=status,
            trx=_letters(10),
            now=self.books.now(),
            id=payment["id"],
        )
        if status == "completed":
            self.notices.tell_payment(self.payment({"paymentID": payment["id"]}))

    def capture(self, body: Body) -> dict[str, Any]:
        self._take(self._held(body), "completed")
        return wire.executed(self.payment(body))

    def void(self, body: Body) -> dict[str, Any]:
        self.end(self._held(body)["id"], "voided")
        return wire.executed(self.payment(body))

    def _held(self, body: Body) -> Row:
        payment = self.payment(body)
        if payment["status"] in ("completed", "voided"):
            raise errors.status_code("2119")
        if payment["status"] != "authorized":
            raise errors.status_code("2056")
        return payment

    def approve(self, payment_id: str, **how: Any) -> None:
        """The payer gave number, code and PIN. `how`: columns that say how it goes on from here."""
        names = "".join(f", {name} = :{name}" for name in how)
        sql = f"UPDATE payment SET verified = 1{names} WHERE id = :id"  # noqa: S608 - names of columns
        self.books.write(sql, id=payment_id, **how)

    def end(self, payment_id: str, status: str) -> None:
        self.books.write("UPDATE payment SET status = :status WHERE id = :id", status=status, id=payment_id)

    # --- refunds ----------------------------------------------------------------------------------------

    def refund(self, body: Body) -> dict[str, Any]:
        payment = self._refundable(body, "paymentId", "trxId")
        if any(not isinstance(body.get(name), str) or not body[name] for name in ("sku", "reason", "refundAmount")):
            raise errors.doorman(400, "Invalid request body")
        paisa = _paisa(body["refundAmount"], "2072", refuse=errors.refund_code)
        made = self.books.number("SELECT count(*) FROM refund WHERE payment_id = :id", id=payment["id"])
        if made >= REFUNDS_OF_A_PAYMENT:
            raise errors.refund_code("2074")
        if paisa > wire.taken(payment) - wire.refunded(self.books, payment["id"]):
            raise errors.refund_code("2072")
        if self.books.now() > payment["executed_at"] + REFUND_DAYS * 24 * 3600:
            raise errors.refund_code("2071")
        refund = self.give_back(payment, paisa, sku=body["sku"], reason=body["reason"])
        return wire.refund_made(payment, refund)

    def refund_status(self, body: Body) -> dict[str, Any]:
        payment = self._refundable(body, "paymentId", "trxId")
        return wire.refunds_listed(payment, self._refunds_of(payment))

    def old_refund(self, body: Body) -> dict[str, Any]:
        """The first version: one refund only; without an amount it tells what became of it."""
        payment = self.payment(body)
        if payment["trx_id"] is None or payment["trx_id"] != body.get("trxID"):
            raise errors.status_code("2033")
        made = self._refunds_of(payment)
        if "amount" not in body:
            if not made:
                raise errors.status_code("2033")
            return wire.old_refund(payment, made[0])
        if made:
            raise errors.status_code("2034")
        paisa = _paisa(body["amount"], "2006")
        if paisa > wire.taken(payment):
            raise errors.status_code("2006")
        refund = self.give_back(payment, paisa, sku=str(body.get("sku", "")), reason=str(body.get("reason", "")))
        return wire.old_refund(payment, refund)

    def give_back(self, payment: Row, paisa: int, *, sku: str, reason: str) -> Row:
        trx_id = _letters(10)
        self.books.insert(
            "refund",
            trx_id=trx_id,
            payment_id=payment["id"],
            amount=paisa,
            status=self.books.setting("refund_status", "Completed"),
            sku=sku,
            reason=reason,
            created=self.books.now(),
        )
        made = self.books.row("SELECT * FROM refund WHERE trx_id = :id", id=trx_id)
        assert made is not None
        return made

    def _refundable(self, body: Body, payment_name: str, trx_name: str) -> Row:
        found = self.books.row("SELECT * FROM payment WHERE id = :id", id=str(body.get(payment_name, "")))
        if found is None:
            raise errors.refund_code("2002")
        if found["status"] != "completed":
            raise errors.refund_code("2127")
        if found["trx_id"] != body.get(trx_name):
            raise errors.refund_code("2077")
        return found

    def _refunds_of(self, payment: Row) -> list[Row]:
        return self.books.rows("SELECT * FROM refund WHERE payment_id = :id ORDER BY created, rowid", id=payment["id"])

    # --- money without a checkout -----------------------------------------------------------------------

    def pay_out(self, body: Body) -> dict[str, Any]:
        invoice, msisdn = body.get("merchantInvoiceNumber"), str(body.get("receiverMSISDN", ""))
        if not _plain(invoice):
            raise errors.error_code("2031")
        if body.get("currency") != "BDT":
            raise errors.error_code("2007")
        if not _WALLET.fullmatch(msisdn):
            raise errors.error_code("2012")
        if msisdn == NO_WALLET:
            raise errors.error_code("2057")
        if self.books.row("SELECT 1 FROM payout WHERE invoice = :invoice", invoice=invoice):
            raise errors.error_code("2029")
        paisa = _paisa(body.get("amount"), "2006", refuse=errors.error_code)
        trx_id = _letters(10)
        self.books.insert(
            "payout", trx_id=trx_id, invoice=invoice, amount=paisa, msisdn=msisdn, created=self.books.now()
        )
        made = self.books.row("SELECT * FROM payout WHERE trx_id = :id", id=trx_id)
        assert made is not None
        return wire.payout_made(made)

    def receive(self, paisa: int, *, reference: str, channel: str) -> str:
        """Somebody pays the merchant in another channel; its trxID."""
        trx_id = _letters(10)
        self.books.insert(
            "credit",
            trx_id=trx_id,
            amount=paisa,
            reference=reference,
            transaction_type=wire.TYPES[channel],
            msisdn=wire.MSISDN,
            created=self.books.now(),
        )
        credit = self.books.row("SELECT * FROM credit WHERE trx_id = :id", id=trx_id)
        assert credit is not None
        self.notices.tell_credit(credit)
        return trx_id


def _plain(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 255 and not set(value) & set("<>&")


def _paisa(value: object, code: str, *, refuse: Any = errors.status_code) -> int:
    """Amounts are texts of at most two decimals."""
    try:
        amount = Money.parse(value if isinstance(value, str) else "", "BDT")
    except MoneyError:
        raise refuse(code) from None
    if not amount.is_positive:
        raise refuse(code)
    return amount.minor


def _address(value: object) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise errors.status_code("2049")
    return str(value)


def _letters(count: int) -> str:
    return "".join(choice(ascii_uppercase + digits) for _ in range(count))
