"""The rules of the telephones: pushes, what their owners answer, and money that payers send by themselves.

Every method that changes something runs inside a transaction.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from freehold.simulators.kit import events
from freehold.simulators.kit import fields as kit
from freehold.simulators.kit.books import Books, Row, dump, new_id
from freehold.simulators.mpesa import wire
from freehold.simulators.mpesa.errors import Refusal, request_id
from freehold.simulators.mpesa.fields import Fields
from freehold.simulators.mpesa.merchant import Merchant

NOW = (0.0,)
PROMPT_LIVES_S = 60.0
PAID, CANCELLED, UNREACHABLE = "0", "1032", "1037"
OPENING_BALANCE = 10_000_000
LARGEST_PUSH = 250_000
FORBIDDEN = ("mpesa", "m-pesa", "safaricom", "exe", "exec", "cmd", "sql", "query")


class Network:
    def __init__(self, books: Books, merchant: Merchant) -> None:
        self.books = books
        self.merchant = merchant

    # --- pushes -------------------------------------------------------------------------------------------

    def push(self, fields: Fields) -> dict[str, str]:
        """Send a prompt to a telephone. One that shows another prompt already is locked."""
        phone = self._prompted_phone(fields)
        waiting = self.books.number(
            "SELECT count(*) FROM push WHERE phone = :phone AND status <> 'done' AND created > :since",
            phone=phone,
            since=self.books.now() - PROMPT_LIVES_S,
        )
        if waiting:
            raise Refusal.system(wire.DESCRIPTIONS["1001"])
        now = self.books.now()
        push_id, merchant_request_id = wire.checkout_id(now), request_id()
        self.books.insert(
            "push",
            id=push_id,
            merchant_request_id=merchant_request_id,
            token=secrets.token_urlsafe(16),
            phone=phone,
            amount=fields.amount("Amount"),
            reference=fields.text("AccountReference", longest=12),
            description=fields.text("TransactionDesc", longest=13),
            callback_url=fields.url("CallBackURL"),
            status="waiting",
            created=now,
        )
        self.books.schedule("lapse", push_id, due_at=now + PROMPT_LIVES_S)
        return {
            "MerchantRequestID": merchant_request_id,
            "CheckoutRequestID": push_id,
            "ResponseCode": "0",
            "ResponseDescription": "Success. Request accepted for processing",
            "CustomerMessage": "Success. Request accepted for processing",
        }

    def _prompted_phone(self, fields: Fields) -> str:
        self._check_password(fields)
        fields.choice("TransactionType", ("CustomerPayBillOnline", "CustomerBuyGoodsOnline"))
        if fields.amount("Amount") > LARGEST_PUSH:
            raise Refusal.bad_field("Amount")
        phone = fields.text("PhoneNumber")
        if not (phone.isdigit() and len(phone) == 12 and phone.startswith("254")):
            raise Refusal.bad_field("PhoneNumber")
        return phone

    def _check_password(self, fields: Fields) -> None:
        shortcode = str(fields.value("BusinessShortCode"))
        fits = self.merchant.knows_password(fields.text("Password"), fields.text("Timestamp"))
        if shortcode != self.merchant.shortcode or not fits:
            raise Refusal.system("[MerchantValidate] - Wrong credentials")

    def query(self, fields: Fields) -> dict[str, Any]:
        self._check_password(fields)
        push = self.find(fields.text("CheckoutRequestID"))
        if push["status"] != "done":
            raise Refusal.system("The transaction is being processed")
        return wire.push_query(push)

    def find(self, push_id: str) -> Row:
        push = self.books.row("SELECT * FROM push WHERE id = :id", id=push_id)
        if push is None:
            raise Refusal.bad_field("CheckoutRequestID")
        return push

    def prompt(self, token: str) -> Row:
        push = self.books.row("SELECT * FROM push WHERE token = :token", token=token)
        if push is None:
            raise Refusal(404, "404.001.01", "No such prompt.")
        return push

    # --- what the owner of the telephone does ---------------------------------------------------------------

    def approve(self, push_id: str, *, after: Sequence[float] = NOW, told: int | None = None) -> None:
        """The right PIN was typed and the money has moved. `told`: the callback tells another amount."""
        push = self.find(push_id)
        if push["status"] == "done":
            return
        movement = self.move("push", push["amount"], push["phone"], push["reference"], push["merchant_request_id"])
        self._end(push, PAID, movement, after, told)
        self.confirm(movement)

    def end(self, push_id: str, code: str, *, after: Sequence[float] = NOW) -> None:
        push = self.find(push_id)
        if push["status"] != "done":
            self._end(push, code, None, after)

    def lapse(self, push_id: str) -> None:
        """Nobody answered the prompt."""
        if self.find(push_id)["status"] == "waiting":
            self.end(push_id, UNREACHABLE)

    def act_slowly(self, push_id: str, *, delay_s: float) -> None:
        """The PIN is typed, the network takes its time: the prompt does not lapse any more."""
        self.books.write("UPDATE push SET status = 'acting' WHERE id = :id", id=push_id)
        self.books.schedule("approve", push_id, due_at=self.books.now() + delay_s)

    def _end(self, push: Row, code: str, movement: Row | None, after: Sequence[float], told: int | None = None) -> None:
        self.books.write(
            "UPDATE push SET status = 'done', result_code = :code WHERE id = :id", code=code, id=push["id"]
        )
        body = wire.push_callback(push, code, movement, told=told)
        self.tell("stk", push["id"], push["callback_url"], body, after)

    # --- money --------------------------------------------------------------------------------------------

    def move(
        self, kind: str, amount: int, party: str, reference: str, conversation: str, *, related: str | None = None
    ) -> Row:
        """Book a movement: positive into the shortcode, negative out of it."""
        receipt = wire.new_receipt()
        self.books.insert(
            "movement",
            receipt=receipt,
            kind=kind,
            amount=amount,
            party=party,
            reference=reference,
            conversation=conversation,
            related=related,
            created=self.books.now(),
        )
        movement = self.movement(receipt)
        assert movement is not None
        return movement

    def movement(self, receipt: str) -> Row | None:
        return self.books.row("SELECT * FROM movement WHERE receipt = :receipt", receipt=receipt)

    def balance(self) -> int:
        return OPENING_BALANCE + self.books.number("SELECT sum(amount) FROM movement")

    # --- payers who act by themselves -----------------------------------------------------------------------

    def register(self, fields: Fields) -> dict[str, str]:
        confirmation, validation = fields.url("ConfirmationURL"), fields.url("ValidationURL")
        if any(word in url.lower() for url in (confirmation, validation) for word in FORBIDDEN):
            raise Refusal.bad_field("URLs")
        completes = fields.choice("ResponseType", ("Completed", "Cancelled")) == "Completed"
        shortcode = str(fields.value("ShortCode"))
        self.books.write("DELETE FROM c2b_address WHERE shortcode = :shortcode", shortcode=shortcode)
        self.books.insert(
            "c2b_address",
            shortcode=shortcode,
            confirmation_url=confirmation,
            validation_url=validation,
            completes=int(completes),
        )
        return {
            "OriginatorCoversationID": request_id(),
            "ResponseCode": "0",
            "ResponseDescription": "Success",
        }

    def forget_addresses(self, books: Books, fields: kit.Fields) -> dict[str, Any]:
        """For the test desk: nobody hears of payers any more."""
        books.write("DELETE FROM c2b_address")
        return {"forgotten": True}

    def registered(self) -> Row | None:
        return self.books.row("SELECT * FROM c2b_address WHERE shortcode = :code", code=self.merchant.shortcode)

    def confirm(self, movement: Row, *, after: Sequence[float] = NOW) -> None:
        """Money that came in is announced to the registered address, also when a push asked for it."""
        registered = self.registered()
        if registered is not None:
            body = wire.c2b(movement, self.merchant.shortcode, balance=f"{self.balance()}.00")
            self.tell("c2b", movement["receipt"], registered["confirmation_url"], body, after)

    def tell(self, type_: str, object_id: str, url: str, body: dict[str, Any], after: Sequence[float]) -> None:
        events.record(
            self.books,
            event_id=new_id("msg"),
            type_=type_,
            object_id=object_id,
            url=url,
            body=dump(body),
            after=after,
        )
