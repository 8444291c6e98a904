"""Case 48: a whole life of a payment, with every kind of trouble, and no secret and no person in the logs."""

import io
import json
import logging

import pytest
from django.conf import settings
from django.db import transaction

from freehold.config.logging import logging_settings
from freehold.core.errors import TemporarilyUnavailable
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.reconcile_due import reconcile_due
from freehold.payments.services.request_close_attempts import request_close_attempts
from tests.apps.payments.shop import SYSTEM, Shop
from tests.simulators.sandbox_process import API_KEY, SECRET

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log() -> io.StringIO:
    """What production writes."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    configured = logging_settings(log_format="json", level="INFO")["formatters"]["structured"]
    make = configured.pop("()")
    handler.setFormatter(make(**configured))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_secret_and_no_person_is_logged(shop: Shop, log: io.StringIO) -> None:
    payment = shop.paid()
    shop.refund(payment, 1_000)
    shop.work()
    shop.post(payment.notify_token, b"{}", {"Sandbox-Signature": "t=1,v1=canary-signature"})
    shop.post_signed(payment.notify_token, b'{"object": "event"}', secret="canary-secret")
    shop.sandbox.fault("create_payment", "error_500")
    unknown = shop.sell()
    shop.use(base_url="http://127.0.0.1:9")
    with pytest.raises(TemporarilyUnavailable):
        shop.sell()
    with transaction.atomic():
        request_close_attempts(folio_id=unknown.folio_id)
    shop.work()
    confirm_return(actor=SYSTEM, payment_id=unknown.pk)
    shop.use(api_key="canary-key")
    reconcile_due()

    text = log.getvalue()
    events = [json.loads(line)["event"] for line in text.splitlines() if line.startswith("{")]
    assert "payment_snapshot_applied" in events
    assert "webhook_refused" in events
    assert "request_finished" in events
    canaries = {
        "the payer's address": "ada@guests.example",
        "the payer's number": "+16175550123",
        "the payer's number without its plus": "16175550123",
        "the payer's name": "Ada Guest",
        "the webhook's token": payment.notify_token,
        "the gateway's page": payment.next_action["url"].rpartition("/")[2],
        "the key": API_KEY,
        "a wrong key": "canary-key",
        "the webhook's secret": SECRET,
        "a signature": "canary-signature",
        "our secret": settings.SECRET_KEY,
    }
    found = {
        what: text[max(0, text.index(canary) - 200) :][:400] for what, canary in canaries.items() if canary in text
    }
    assert not found
