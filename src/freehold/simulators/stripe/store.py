"""Where Stripe's objects live: one account's view on the books, and the events that tell of every change."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from freehold.simulators.kit import events
from freehold.simulators.kit.books import Books, dump, new_id
from freehold.simulators.stripe.errors import Refusal

API_VERSION = "2026-10-28.endive"
NOW = (0.0,)
KINDS = {
    "payment_intent": ("pi", "payment_intent"),
    "charge": ("ch", "charge"),
    "customer": ("cus", "customer"),
    "payment_method": ("pm", "payment method"),
    "checkout.session": ("cs", "checkout.session"),
    "refund": ("re", "refund"),
    "transfer": ("tr", "transfer"),
    "transfer_reversal": ("trr", "transfer reversal"),
    "payout": ("po", "payout"),
    "balance_transaction": ("txn", "balance transaction"),
    "dispute": ("du", "dispute"),
    "webhook_endpoint": ("we", "webhook endpoint"),
}
"""kind -> (prefix of its ids, what it is called in errors)"""

type Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Store:
    """`account` is empty for the merchant itself, or the connected account that is acted for."""

    books: Books
    public_url: str
    livemode: bool
    account: str = ""
    request_key: str | None = None  # the idempotency key of the request that is under way

    def acting_as(self, account: str) -> "Store":
        return replace(self, account=account)

    def asked_with(self, key: str) -> "Store":
        return replace(self, request_key=key or None)

    def new_id(self, kind: str) -> str:
        prefix, _ = KINDS[kind]
        mode = "live" if self.livemode else "test"
        return new_id(f"{prefix}_{mode}" if prefix == "cs" else prefix)

    def seconds(self) -> int:
        return int(self.books.now())

    # --- objects ----------------------------------------------------------------------------------------

    def put(self, body: Body, *, parent: str = "") -> Body:
        self.books.insert(
            "thing", id=body["id"], kind=body["object"], account=self.account, parent=parent, body=dump(body)
        )
        return body

    def save(self, body: Body, *, parent: str | None = None) -> Body:
        self.books.write(
            "UPDATE thing SET body = :body, parent = coalesce(:parent, parent) WHERE id = :id",
            body=dump(body),
            parent=parent,
            id=body["id"],
        )
        return body

    def find(self, object_id: str) -> Body | None:
        row = self.books.row(
            "SELECT body FROM thing WHERE id = :id AND account = :account", id=object_id, account=self.account
        )
        return None if row is None else dict(json.loads(row["body"]))

    def get(self, kind: str, object_id: str, *, param: str = "id") -> Body:
        body = self.find(object_id)
        if body is None or body["object"] != kind:
            raise Refusal.missing(KINDS[kind][1], object_id, param=param)
        return body

    def children(self, kind: str, parent: str) -> list[Body]:
        rows = self.books.rows(
            "SELECT body FROM thing WHERE parent = :parent AND kind = :kind AND account = :account ORDER BY sequence",
            parent=parent,
            kind=kind,
            account=self.account,
        )
        return [json.loads(row["body"]) for row in rows]

    def latest(
        self, kind: str, *, fits: Callable[[Body], bool], after: str | None, most: int
    ) -> tuple[list[Body], bool]:
        """Newest first, behind the object `after`; and whether there are more."""
        before = 2**62
        if after is not None:
            row = self.books.row("SELECT sequence FROM thing WHERE id = :id AND kind = :kind", id=after, kind=kind)
            if row is None:
                raise Refusal.missing(KINDS[kind][1], after, param="starting_after")
            before = row["sequence"]
        rows = self.books.rows(
            "SELECT body FROM thing WHERE account = :account AND kind = :kind AND sequence < :before"
            " ORDER BY sequence DESC",
            account=self.account,
            kind=kind,
            before=before,
        )
        found: list[Body] = []
        for row in rows:
            body = json.loads(row["body"])
            if fits(body):
                found.append(body)
            if len(found) > most:
                return found[:most], True
        return found, False

    def home_of(self, object_id: str) -> "Store":
        """The account that an object belongs to, for jobs and pages that know its id only."""
        row = self.books.row("SELECT account FROM thing WHERE id = :id", id=object_id)
        if row is None:
            raise Refusal(404, f"No such object: '{object_id}'", code="resource_missing")
        return self.acting_as(row["account"])

    # --- what Stripe knows beside -------------------------------------------------------------------------

    def note(self, object_id: str, name: str, value: str) -> None:
        self.books.write(
            "INSERT INTO note VALUES (:id, :name, :value)"
            " ON CONFLICT (object_id, name) DO UPDATE SET value = excluded.value",
            id=object_id,
            name=name,
            value=value,
        )

    def noted(self, object_id: str, name: str) -> str | None:
        row = self.books.row("SELECT value FROM note WHERE object_id = :id AND name = :name", id=object_id, name=name)
        return None if row is None else str(row["value"])

    # --- events -------------------------------------------------------------------------------------------

    def tell(self, type_: str, subject: Body, after: Sequence[float] = NOW) -> None:
        """An event about `subject` as it stands now, owed to each endpoint that wants it, once per delay in `after`."""
        endpoints = [each for each in self._endpoints() if _wants(each, type_)]
        event: Body = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.seconds(),
            "data": {"object": subject},
            "livemode": self.livemode,
            "pending_webhooks": len(endpoints) if after else 0,
            "request": {"id": new_id("req"), "idempotency_key": self.request_key},
            "type": type_,
        }
        if self.account:
            event["account"] = self.account
        now = self.books.now()
        url = endpoints[0]["url"] if endpoints else ""
        events.record(
            self.books, event_id=event["id"], type_=type_, object_id=subject["id"], url=url, body=dump(event), after=()
        )
        for delay in after:
            for endpoint in endpoints:
                events.owe(self.books, event["id"], at=now + delay, address=endpoint["url"])

    def _endpoints(self) -> list[Body]:
        rows = self.books.rows("SELECT body FROM thing WHERE kind = 'webhook_endpoint' ORDER BY sequence")
        listed = [json.loads(row["body"]) for row in rows]
        return [each for each in listed if each["status"] == "enabled"]


def _wants(endpoint: Body, type_: str) -> bool:
    return "*" in endpoint["enabled_events"] or type_ in endpoint["enabled_events"]
