"""Webhook endpoints: where events go, and the secrets that sign for them."""

import hashlib
import hmac
import json
import time
from secrets import token_urlsafe

from freehold.simulators.kit.books import Books, Row, dump
from freehold.simulators.kit.courier import Letter
from freehold.simulators.stripe import objects
from freehold.simulators.stripe.params import Params
from freehold.simulators.stripe.store import Body, Store

HEADER = "Stripe-Signature"
CREATE_PARAMS = ("url", "enabled_events", "description", "metadata", "api_version", "connect")


def create(store: Store, params: Params) -> tuple[int, Body]:
    """The secret is shown here and never again."""
    params.required("url")
    url = params.url("url") or ""
    secret = f"whsec_{token_urlsafe(24)}"
    endpoint = add(store, url=url, secrets=[secret], enabled_events=params.texts("enabled_events") or ["*"])
    return 200, {**endpoint, "secret": secret}


def add(store: Store, *, url: str, secrets: list[str], enabled_events: list[str]) -> Body:
    endpoint = objects.webhook_endpoint(
        id_=store.new_id("webhook_endpoint"),
        url=url,
        enabled_events=enabled_events,
        created=store.seconds(),
        livemode=store.livemode,
    )
    store.put(endpoint)
    store.books.insert("endpoint", id=endpoint["id"], url=url, secrets=dump(secrets))
    return endpoint


def delete(store: Store, endpoint_id: str) -> tuple[int, Body]:
    endpoint = store.get("webhook_endpoint", endpoint_id)
    endpoint["status"] = "disabled"
    store.save(endpoint)
    store.books.write("UPDATE endpoint SET url = '' WHERE id = :id", id=endpoint_id)
    return 200, {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}


def keep_usual(store: Store, *, url: str, secrets: list[str]) -> None:
    """The endpoint that the simulator was started with; its secrets may be others than last time."""
    known = store.books.row("SELECT id FROM endpoint WHERE url = :url", url=url)
    if known is None:
        add(store, url=url, secrets=secrets, enabled_events=["*"])
    else:
        roll(store.books, url=url, secrets=secrets)


def roll(books: Books, *, url: str, secrets: list[str]) -> None:
    """Two secrets sign while one replaces the other."""
    books.write("UPDATE endpoint SET secrets = :secrets WHERE url = :url", secrets=dump(secrets), url=url)


def sign(body: bytes, *, secrets: list[str], at: int) -> str:
    """HMAC-SHA256 over `t.raw_body`, once per active secret."""
    signed = f"{at}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests)])


def seal(books: Books, delivery: Row) -> Letter:
    """The signature tells the real time, even when the simulator's clock was moved: receivers check its age."""
    endpoint = books.row("SELECT secrets FROM endpoint WHERE url = :url", url=delivery["url"])
    secrets = json.loads(endpoint["secrets"]) if endpoint else []
    body = delivery["body"].encode()
    headers = {
        HEADER: sign(body, secrets=secrets, at=int(time.time())),
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return Letter(delivery["url"], body, headers)
