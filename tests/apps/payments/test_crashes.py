"""Case 43: a process is killed with SIGKILL between any two steps. Doing it again ends in the same place, once."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import connection

from freehold.core.errors import TemporarilyUnavailable
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.payments.models import Payment
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.open_at_gateway import open_at_gateway
from tests.apps.payments.shop import Shop, account_balance, entries, reload

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[3]


def kill(shop: Shop, moment: str, deed: str, row: UUID) -> None:
    """Lets another process do the deed, up to the moment."""
    database = connection.settings_dict
    user, password, host = database["USER"], quote(database["PASSWORD"], safe=""), database["HOST"]
    process = subprocess.run(
        [sys.executable, "-m", "tests.apps.payments.killed", moment, deed, str(row), shop.sandbox.url],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "DJANGO_SETTINGS_MODULE": "freehold.config.settings.test",
            "DATABASE_URL": f"postgresql://{user}:{password}@{host}:{database['PORT']}/{database['NAME']}",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr


def not_opened(shop: Shop) -> Payment:
    shop.use(base_url="http://127.0.0.1:9")
    with pytest.raises(TemporarilyUnavailable):
        shop.sell()
    shop.use()
    return Payment.objects.system("test").get()


@pytest.mark.parametrize("moment", ["before_the_call", "after_the_call", "before_the_commit"])
def test_opening_an_attempt(shop: Shop, moment: str) -> None:
    payment = not_opened(shop)
    kill(shop, moment, "open", payment.pk)
    assert reload(payment).state == PaymentState.CREATED
    assert len(shop.objects(payment)) == (0 if moment == "before_the_call" else 1)
    open_at_gateway(payment_id=payment.pk)
    assert reload(payment).state == PaymentState.PENDING
    assert shop.objects(payment) == [payment.object_id]


def test_hearing_that_it_was_paid(shop: Shop) -> None:
    payment = shop.sell()
    shop.press(payment, "pay")
    [event] = shop.wait_for_events(payment)
    kill(shop, "before_the_commit", "hear", event.pk)
    assert (reload(payment).received_minor, entries(payment.folio_id)) == (0, [])
    apply_event(event_id=event.pk)
    assert reload(payment).state == PaymentState.PAID
    assert entries(payment.folio_id) == ["payment_received"]


@pytest.mark.parametrize("moment", ["before_the_call", "after_the_call"])
def test_sending_money_back(shop: Shop, moment: str) -> None:
    payment = shop.paid()
    refund = shop.refund(payment, 20_000)
    kill(shop, moment, "refund", refund.pk)
    assert reload(refund).state == RefundState.CREATED
    execute_refund(refund_id=refund.pk)
    assert reload(refund).state == RefundState.SUCCEEDED
    assert shop.refunds_made(payment) == [refund.provider_id]
    assert account_balance(payment.folio_id, "gateway_clearing") == 34_000
