"""Before a payer is sent where they were sent before: is there anything left to do?

They may have given up there while nobody told us: their browser never came back, the message was lost. A dead page of
the provider is a dead end, so it is asked first; outside of any transaction, and not for a double click.
"""

from datetime import datetime, timedelta

import structlog

from freehold.core import clock
from freehold.core.errors import FreeholdError
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import OPEN_STATES, Payment
from freehold.payments.selectors import get_payment
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.ports.payment_gateway import Capabilities, ProviderError

log = structlog.get_logger(__name__)

JUST_NOW = timedelta(seconds=5)
"""A second press of the same button."""
PAGES = frozenset({"redirect", "client_sdk"})


def look_again(payment: Payment) -> Payment:
    """The open attempt as its provider has it now; as we know it, when the provider does not answer."""
    if not _was_sent(payment) or _is_recent(payment.fetched_at or payment.created_at):
        return payment
    try:
        return refresh_payment(payment_id=payment.pk)
    except (ProviderError, FreeholdError):
        log.warning("attempt_not_looked_at", payment_id=str(payment.pk), provider=payment.provider)
        return get_payment(payment.pk)


def goes_on(payment: Payment, caps: Capabilities) -> bool:
    """Whether the payer can do something where this attempt leads. Who tells giving up to the browser only cannot be
    asked about that: there another attempt is opened, and what the payer does in the first is never executed."""
    if payment.state not in OPEN_STATES:
        return False
    return caps.tells_giving_up or not _was_sent(payment) or _is_recent(payment.created_at)


def _was_sent(payment: Payment) -> bool:
    kind = (payment.next_action or {}).get("kind")
    return bool(payment.object_id) and payment.state == PaymentState.PENDING and kind in PAGES


def _is_recent(moment: datetime) -> bool:
    return moment > clock.now() - JUST_NOW
