"""Ask the gateways about everything that is due to be asked: what completes a payment when every message was lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet

from freehold.core import clock
from freehold.core.errors import FreeholdError
from freehold.payments.models import Payment, Refund, Transfer
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.refresh_refund import refresh_refund
from freehold.payments.services.refresh_transfer import refresh_transfer
from freehold.ports.payment_gateway import ProviderError

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""How long a row is left to the process that took it; one that was killed is followed by another after this."""

BATCH = 50


def reconcile_due(*, limit: int = BATCH) -> int:
    """Refreshes up to `limit` payments, as many refunds and as many transfers. Returns how many were asked about.
    Several processes may run at once: each row is taken by one, just before its gateway is asked."""
    asked = 0
    while asked < limit and (payment_id := _take(Payment.objects.system("reconcile"))):
        _ask(lambda row: refresh_payment(payment_id=row), payment_id)
        asked += 1
    rest = asked + limit
    while asked < rest and (refund_id := _take(Refund.objects.system("reconcile"))):
        _ask(lambda row: refresh_refund(refund_id=row), refund_id)
        asked += 1
    rest = asked + limit
    while asked < rest and (transfer_id := _take(Transfer.objects.system("reconcile"))):
        _ask(lambda row: refresh_transfer(transfer_id=row), transfer_id)
        asked += 1
    return asked


def _take(rows: QuerySet[Any]) -> UUID | None:
    """The next row that is due, if any. Skips what another process is taking, and waits for nobody, so that it cannot
    take part in a deadlock."""
    with transaction.atomic():
        due = rows.filter(next_fetch_at__lte=clock.DatabaseNow()).order_by("next_fetch_at")
        row_id: UUID | None = due.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True).first()
        if row_id is not None:
            rows.filter(pk=row_id).update(next_fetch_at=clock.DatabaseNow() + LEASE)
    return row_id


def _ask(refresh: Callable[[UUID], object], row_id: UUID) -> None:
    """One that fails keeps no other from its turn."""
    try:
        refresh(row_id)
    except (ProviderError, FreeholdError) as error:
        log.info("not_reconciled", row_id=str(row_id), error=type(error).__name__)
    except Exception:  # the next one has its money waiting too
        log.exception("reconciling_broke", row_id=str(row_id))
