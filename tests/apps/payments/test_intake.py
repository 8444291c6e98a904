"""What it costs to take a message in: few statements, however it is addressed, and one row however often it comes."""

import json
import re
import time
from collections.abc import Iterator

import pytest
import stripe
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.adapters.payments.stripe import StripeProvider, StripeSettings
from freehold.config.wiring import wire
from freehold.core import blocks, clock, outside
from freehold.core.models import OutboxMessage
from freehold.core.rows import insert_new
from freehold.payments.accounts import installed_endpoint
from freehold.payments.models import GatewayEvent

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "whsec_for_the_intake"


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Iterator[str]:
    """Where the installation's own account at Stripe is told."""
    monkeypatch.setattr(outside, "_gateways", {})
    gateway = StripeProvider(StripeSettings(account="house", secret_key="sk_test_x", webhook_secrets=(SECRET,)))
    outside.bind_payment_gateway(gateway)
    # What every request may have to read, now and then.
    blocks.is_blocked("192.0.2.1")
    clock.now()
    yield f"/api/v1/webhooks/stripe/{installed_endpoint('stripe', 'house')}/"
    wire()


def tell(client: Client, address: str, number: int = 1) -> int:
    event = {"id": f"evt_{number}", "type": "payment_intent.created", "data": {"object": {"id": f"pi_{number}"}}}
    body = json.dumps(event)
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))
    answer = client.post(address, body, content_type="application/json", headers={"stripe-signature": signature})
    return answer.status_code


def test_a_new_message_costs_two_statements_and_a_copy_one(client: Client, address: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert tell(client, address) == 200
    assert statements(queries) == ["INSERT payments_gatewayevent", "INSERT core_outboxmessage"]
    with CaptureQueriesContext(connection) as queries:
        assert tell(client, address) == 200
    assert statements(queries) == ["INSERT payments_gatewayevent"]
    assert GatewayEvent.objects.count() == 1
    assert OutboxMessage.objects.filter(event="GatewayEventStored").count() == 1


def test_an_address_that_nobody_gave_out_is_looked_for_once_in_each_place(client: Client, address: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert tell(client, "/api/v1/paymentcallback/unknown/") == 404
    asked = statements(queries)
    assert {statement.split()[0] for statement in asked} == {"SELECT"}
    # A provider's account and a bank's are rows of one table, and asked for one after the other.
    assert asked.count("SELECT payments_gatewayaccount") == 2
    assert len(asked) <= 4


def test_rows_that_are_there_are_left_out_and_the_others_kept() -> None:
    def event(key: str) -> GatewayEvent:
        return GatewayEvent(
            provider="stripe", account="house", dedupe_key=key, subject="other", type="t", trusted=True, body=b"\x00\\"
        )

    first = event("1")
    assert insert_new([]) == set()
    assert insert_new([first]) == {first.pk}
    again, other = event("1"), event("2")
    assert insert_new([again, other]) == {other.pk}
    kept = GatewayEvent.objects.get(pk=other.pk)
    assert bytes(kept.body) == b"\x00\\"
    assert kept.headers == {}
    assert kept.created_at is not None


def statements(queries: CaptureQueriesContext) -> list[str]:
    """What was done with which table. Transactions begin and end, and the audit trail is told who asks, besides."""
    words = re.compile(r"(INSERT|SELECT|UPDATE|DELETE)\b(?:(?!set_config).)*?\b(?:INTO|FROM)\s+\"?(\w+)")
    found = [words.search(re.sub(r"SELECT set_config[^;]*;", "", query["sql"])) for query in queries]
    return [f"{match[1]} {match[2]}" for match in found if match is not None]
