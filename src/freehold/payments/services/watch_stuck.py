"""Tell a company's people what is stuck: once for each thing, and never a storm of letters."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from freehold.companies.models import Company
from freehold.core import clock
from freehold.core.events import announce
from freehold.core.ids import uuid7
from freehold.domain.payment_states import RefundState
from freehold.payments.comparing import UNDER_WAY
from freehold.payments.events import PaymentsStuck
from freehold.payments.models import GatewayEvent, Payment, Refund, StuckNotice, Transfer
from freehold.payments.stuck import SILENT, UNSENT, WAITING, stuck_things

log = structlog.get_logger(__name__)

QUIET_FOR = timedelta(hours=1)
"""After a letter, what comes meanwhile waits for the next one."""


def watch_stuck() -> int:
    """A job. Returns how many things companies are told of; one company that breaks keeps no other from its turn."""
    told = 0
    for company_id in _candidates():
        try:
            told += _tell(company_id)
        except Exception:  # the next one has its money stuck too
            log.exception("stuck_not_told", company_id=str(company_id))
    return told


def _candidates() -> list[UUID]:
    """Companies of which something is open at all: few, and found by index."""
    unread = (GatewayEvent.State.STORED, GatewayEvent.State.PARKED)
    payments = Payment.objects.system("stuck").filter(state__in=(*SILENT, *WAITING))
    refunds = Refund.objects.system("stuck").filter(state__in=(*UNSENT, RefundState.PENDING))
    transfers = Transfer.objects.system("stuck").filter(state__in=UNDER_WAY)
    events = GatewayEvent.objects.filter(state__in=unread)
    return list(
        Company.objects.filter(
            Q(pk__in=payments.values("company_id"))
            | Q(pk__in=refunds.values("company_id"))
            | Q(pk__in=events.values("company_id"))
            | Q(pk__in=transfers.values("company_id"))
            | Q(pk__in=events.values("addressed_to__company_id"))
        ).values_list("pk", flat=True)
    )


def _tell(company_id: UUID) -> int:
    moment = clock.now()
    things = stuck_things(company_id=company_id, moment=moment)
    if not things:
        return 0
    with transaction.atomic():
        # Two runs at once: one of them tells.
        Company.objects.select_for_update(no_key=True).get(pk=company_id)
        notices = StuckNotice.objects.company(company_id)
        known = set(notices.filter(key__in=[each.key for each in things]).values_list("key", flat=True))
        new = [each for each in things if each.key not in known]
        log.warning("payments_stuck", company_id=str(company_id), count=len(things), new=len(new))
        if not new or notices.filter(created_at__gt=moment - QUIET_FOR).exists():
            return 0
        letter = uuid7()
        StuckNotice.objects.bulk_create(
            StuckNotice(
                company_id=company_id,
                letter=letter,
                key=each.key,
                kind=each.kind,
                provider=each.provider,
                reference=each.reference[:120],
                since=each.since,
            )
            for each in new
        )
        announce(PaymentsStuck(company_id=company_id, letter_id=letter))
    return len(new)
