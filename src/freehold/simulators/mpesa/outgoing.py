"""Requests that are accepted at once and carried out later: B2C, B2B, reversals, and questions about a transaction.

A plan of the test desk changes what becomes of the next request of its kind:

| outcome                 | carried out | what the merchant hears                        |
|-------------------------|-------------|------------------------------------------------|
| fail                    | no          | a result with `code`                           |
| lost                    | yes         | nothing                                        |
| duplicate               | yes         | the result three times                         |
| late                    | yes         | the result after `delay_s`                     |
| queue_timeout           | yes         | a queue timeout, the result after `delay_s`    |
| queue_timeout_lost      | yes         | a queue timeout                                |
| queue_timeout_dropped   | no          | a queue timeout                                |
"""

import json
from collections.abc import Sequence
from typing import Any

from freehold.simulators.kit import fields as kit
from freehold.simulators.kit.books import Books, Row, dump
from freehold.simulators.mpesa import wire
from freehold.simulators.mpesa.errors import Refusal, request_id
from freehold.simulators.mpesa.fields import Fields
from freehold.simulators.mpesa.merchant import Vault
from freehold.simulators.mpesa.network import NOW, PAID, Network

KINDS = ("b2c", "b2b", "reversal", "status")
OUTCOMES = ("fail", "lost", "duplicate", "late", "queue_timeout", "queue_timeout_lost", "queue_timeout_dropped")
WORKS_FOR_S = 0.05
LEAST_PAYOUT = 10
INSUFFICIENT, INITIATOR, UNREGISTERED = "1", "2001", "2040"
REVERSED_BEFORE, NO_SUCH = "R000001", "R000002"
UNREGISTERED_ENDING = "000000"
"""Telephone numbers that end so are nobody's."""


class Outgoing:
    def __init__(self, network: Network, vault: Vault) -> None:
        self._network = network
        self._books = network.books
        self._vault = vault

    # --- accepting ------------------------------------------------------------------------------------------

    def to_customer(self, fields: Fields) -> dict[str, str]:
        if fields.amount("Amount") < LEAST_PAYOUT:
            raise Refusal.bad_field("Amount")
        fields.choice("CommandID", ("BusinessPayment", "SalaryPayment", "PromotionPayment"))
        return self._accept("b2c", fields, fields.text("OriginatorConversationID"))

    def to_business(self, fields: Fields) -> dict[str, str]:
        fields.amount("Amount")
        fields.choice("CommandID", ("BusinessPayBill", "BusinessBuyGoods"))
        fields.choice("RecieverIdentifierType", ("4", "2"))
        return self._accept("b2b", fields, request_id())

    def reversal(self, fields: Fields) -> dict[str, str]:
        fields.amount("Amount")
        fields.choice("CommandID", ("TransactionReversal",))
        return self._accept("reversal", fields, request_id())

    def status(self, fields: Fields) -> dict[str, str]:
        fields.choice("CommandID", ("TransactionStatusQuery",))
        if not (fields.value("TransactionID") or fields.value("OriginalConversationID")):
            raise Refusal.bad_field("TransactionID")
        return self._accept("status", fields, request_id())

    def _accept(self, kind: str, fields: Fields, originator: str) -> dict[str, str]:
        fields.url("ResultURL")
        fields.url("QueueTimeOutURL")
        if self._books.number("SELECT count(*) FROM request WHERE originator = :id", id=originator):
            raise Refusal(500, "500.002.1001", "Duplicate OriginatorConversationID.")
        now = self._books.now()
        conversation = wire.conversation_id(now)
        self._books.insert(
            "request",
            conversation=conversation,
            originator=originator,
            kind=kind,
            body=dump(fields.all()),
            state="queued",
            created=now,
        )
        self._books.schedule("execute", conversation, due_at=now + WORKS_FOR_S)
        return {
            "ConversationID": conversation,
            "OriginatorConversationID": originator,
            "ResponseCode": "0",
            "ResponseDescription": "Accept the service request successfully.",
        }

    def plan(self, books: Books, fields: kit.Fields) -> dict[str, Any]:
        """POST /control/plan {"kind", "outcome", "code": "1", "delay_s": 0.3, "times": 1}."""
        books.insert(
            "plan",
            kind=fields.choice("kind", KINDS),
            outcome=fields.choice("outcome", OUTCOMES),
            code=fields.text("code", default=INSUFFICIENT),
            delay_s=fields.number("delay_s", default=0.3),
            remaining=fields.amount("times", default=1),
        )
        return {"planned": True}

    # --- carrying out ---------------------------------------------------------------------------------------

    def execute(self, conversation: str) -> None:
        request = self._request(conversation)
        plan = self._take_plan(request["kind"])
        outcome, delay_s = (plan["outcome"], plan["delay_s"]) if plan else ("", 0.0)
        after: Sequence[float] = {
            "lost": (),
            "duplicate": (0.0, 0.1, 0.3),
            "late": (delay_s,),
            "queue_timeout": (delay_s,),
            "queue_timeout_lost": (),
        }.get(outcome, NOW)
        if outcome.startswith("queue_timeout"):
            body = json.loads(request["body"])
            self._network.tell("timeout", conversation, body["QueueTimeOutURL"], wire.queue_timeout(request), NOW)
        if outcome == "queue_timeout_dropped":
            self._end(request, "dropped", None, None)
        elif outcome == "fail" and plan is not None:
            self._answer(request, plan["code"], None, after)
        else:
            code, parameters = self._perform(request)
            self._answer(request, code, parameters, after)

    def _take_plan(self, kind: str) -> Row | None:
        plan = self._books.row("SELECT * FROM plan WHERE kind = :kind AND remaining > 0 ORDER BY id LIMIT 1", kind=kind)
        if plan is not None:
            self._books.write("UPDATE plan SET remaining = remaining - 1 WHERE id = :id", id=plan["id"])
        return plan

    def _answer(self, request: Row, code: str, parameters: dict[str, Any] | None, after: Sequence[float]) -> None:
        receipt = parameters.pop("receipt", None) if parameters else None
        self._end(request, "done" if code == PAID else "failed", code, receipt)
        body = json.loads(request["body"])
        told = wire.result(
            self._request(request["conversation"]), code, parameters, timeout_url=body["QueueTimeOutURL"]
        )
        self._network.tell(request["kind"], request["conversation"], body["ResultURL"], told, after)

    def _end(self, request: Row, state: str, code: str | None, receipt: str | None) -> None:
        self._books.write(
            "UPDATE request SET state = :state, result_code = :code, receipt = :receipt WHERE conversation = :id",
            state=state,
            code=code,
            receipt=receipt,
            id=request["conversation"],
        )

    def _request(self, conversation: str) -> Row:
        request = self._books.row("SELECT * FROM request WHERE conversation = :id", id=conversation)
        assert request is not None
        return request

    def _perform(self, request: Row) -> tuple[str, dict[str, Any] | None]:
        """The result code, and the parameters of a success with the new movement's `receipt`."""
        body = json.loads(request["body"])
        merchant = self._network.merchant
        initiator = body.get("InitiatorName") or body.get("Initiator")
        if initiator != merchant.initiator or not self._vault.opens(
            str(body.get("SecurityCredential", "")), merchant.initiator_password
        ):
            return INITIATOR, None
        match request["kind"]:
            case "b2c":
                return self._pay_customer(request, body)
            case "b2b":
                return self._pay_business(request, body)
            case "reversal":
                return self._reverse(request, body)
            case _:
                return self._look_up(body)

    def _pay_customer(self, request: Row, body: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
        phone = str(body["PartyB"])
        if phone.endswith(UNREGISTERED_ENDING):
            return UNREGISTERED, None
        if body["Amount"] > self._network.balance():
            return INSUFFICIENT, None
        movement = self._network.move("b2c", -body["Amount"], phone, "", request["originator"])
        return PAID, {
            "receipt": movement["receipt"],
            **wire.customer_parameters(movement, self._network.balance()),
        }

    def _pay_business(self, request: Row, body: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
        if body["Amount"] > self._network.balance():
            return INSUFFICIENT, None
        reference = str(body.get("AccountReference", ""))
        movement = self._network.move("b2b", -body["Amount"], str(body["PartyB"]), reference, request["originator"])
        return PAID, {
            "receipt": movement["receipt"],
            **wire.business_parameters(movement, self._network.balance()),
        }

    def _reverse(self, request: Row, body: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
        original = self._network.movement(str(body.get("TransactionID", "")))
        if original is None or original["amount"] < 0 or body["Amount"] != original["amount"]:
            return NO_SUCH, None
        if self._books.number("SELECT count(*) FROM movement WHERE related = :id", id=original["receipt"]):
            return REVERSED_BEFORE, None
        if original["amount"] > self._network.balance():
            return INSUFFICIENT, None
        movement = self._network.move(
            "reversal",
            -original["amount"],
            original["party"],
            original["reference"],
            request["originator"],
            related=original["receipt"],
        )
        return PAID, {"receipt": movement["receipt"], **wire.reversal_parameters(movement, self._network.balance())}

    def _look_up(self, body: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
        """Of a movement, or of a request that moved nothing."""
        receipt, conversation = str(body.get("TransactionID", "")), str(body.get("OriginalConversationID", ""))
        movement = self._books.row(
            "SELECT * FROM movement WHERE receipt = :receipt OR (conversation = :conversation AND :conversation <> '')",
            receipt=receipt,
            conversation=conversation,
        )
        if movement is not None:
            return PAID, wire.status_parameters(
                receipt=movement["receipt"],
                conversation=movement["conversation"],
                originator=movement["conversation"],
                amount=abs(movement["amount"]),
                status="Completed",
                created=movement["created"],
                party=movement["party"],
            )
        asked = self._books.row("SELECT * FROM request WHERE originator = :id", id=conversation)
        if asked is None or asked["state"] == "dropped":
            return NO_SUCH, None
        return PAID, wire.status_parameters(
            receipt="",
            conversation=asked["conversation"],
            originator=asked["originator"],
            amount=json.loads(asked["body"])["Amount"],
            status="Failed" if asked["state"] == "failed" else "Pending",
            created=asked["created"],
            party=str(json.loads(asked["body"]).get("PartyB", "")),
        )
