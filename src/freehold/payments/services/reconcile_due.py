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
from freehold.payments.models import Payment, Refund
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.refresh_refund import refresh_refund
from freehold.ports.payment_gateway import ProviderError

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
"""How long a row is left to the process that took it; one that was killed is followed by another after this."""

BATCH = 50


def reconcile_due(*, limit: int = BATCH) -> int:
    """Refreshes up to `limit` payments and as many refunds. Returns how many were asked about. Several processes may
    run at once: each row is taken by one."""
    payments = _take(Payment.objects.system("reconcile"), limit)
    refunds = _take(Refund.objects.system("reconcile"), limit)
    for payment_id in payments:
        _refresh("payment", payment_id, lambda: refresh_payment(payment_id=payment_id))  # noqa: B023
    for refund_id in refunds:
        _refresh("refund", refund_id, lambda: refresh_refund(refund_id=refund_id))  # noqa: B023
    return len(payments) + len(refunds)


def _take(rows: QuerySet[Any], limit: int) -> list[UUID]:
    """Skips what another process is taking, and waits for nobody, so that it cannot take part in a deadlock."""
    with transaction.atomic():
        due = rows.filter(next_fetch_at__lte=clock.DatabaseNow()).order_by("next_fetch_at")
        ids = list(due.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:limit])
        rows.filter(pk__in=ids).update(next_fetch_at=clock.DatabaseNow() + LEASE)
    return ids


def _refresh(what: str, row_id: UUID, refresh: Callable[[], object]) -> None:
    """One that fails keeps no other from its turn."""
    try:
        refresh()
    except (ProviderError, FreeholdError) as error:
        log.info("not_reconciled", what=what, row_id=str(row_id), error=type(error).__name__)
    except Exception:  # the next one has its money waiting too
        log.exception("reconciling_broke", what=what, row_id=str(row_id))
