"""A bank knocks with a credit notice: kept before anything is decided, and answered as the bank wants it."""

from hashlib import sha256
from uuid import UUID

import structlog
from django.db import transaction

from freehold.core.errors import BadInput, NotFound, TemporarilyUnavailable
from freehold.payments.accounts import credit_source_of
from freehold.payments.models import Credit, GatewayEvent, ReviewItem
from freehold.payments.services.open_review import open_review
from freehold.payments.services.receive_credit import store_credit
from freehold.ports.credit_source import CreditSource, UnreadableNotice
from freehold.ports.payment_gateway import Ack, BadSignature, Inbound, Misconfigured

UNREADABLE = "unreadable"
"""The type of an event that holds a notice which could not be read when it came."""

log = structlog.get_logger(__name__)


def receive_notice(*, token: str, inbound: Inbound, source: str = "") -> Ack:
    """Stores each movement once, and leaves the rest to the worker.

    Raises BadInput (`bad_signature`), NotFound and TemporarilyUnavailable; then nothing was stored.
    """
    try:
        found = credit_source_of(token=token, source=source)
    except Misconfigured as error:
        raise TemporarilyUnavailable("This account cannot be read at present.", retry_after=60) from error
    if found is None:
        raise NotFound
    bank, company_id = found
    try:
        said = bank.read(inbound)
    except BadSignature as error:
        log.warning("notice_refused", source=bank.slug, reason=type(error).__name__)
        raise BadInput("The signature does not fit.", code="bad_signature") from error
    except UnreadableNotice as error:
        _keep_unread(bank, company_id, inbound, str(error))
        return Ack()
    with transaction.atomic():
        for notice in said.notices:
            store_credit(notice=notice, company_id=company_id, account=bank.account, trusted=said.trusted)
    log.info("notice_stored", source=bank.slug, notices=len(said.notices))
    return said.ack


def read_kept_notice(*, event: GatewayEvent, bank: CreditSource) -> list[Credit]:
    """Reads once more what was not understood, and stores what it says. Raises UnreadableNotice; then nothing was
    stored."""
    notices = bank.notices_in(bytes(event.body))
    trusted = event.trusted and bank.proves_sender
    with transaction.atomic():
        return [
            store_credit(notice=notice, company_id=event.company_id, account=event.account, trusted=trusted)
            for notice in notices
        ]


def _keep_unread(bank: CreditSource, company_id: UUID, inbound: Inbound, why: str) -> None:
    """Not refused, and not understood: the bytes are kept with what the bank can vouch for, and a person looks.

    The login or signature is not kept: it was looked at, and `trusted` is what came of it.
    """
    with transaction.atomic():
        event, _ = GatewayEvent.objects.get_or_create(
            provider=bank.slug,
            account=bank.account,
            dedupe_key=f"sha256:{sha256(inbound.body).hexdigest()}",
            defaults={
                "company_id": company_id,
                "subject": "credit",
                "type": UNREADABLE,
                "trusted": bank.proves_sender,
                "token_ok": True,
                "method": inbound.method,
                "path": inbound.path[:300],
                "query": dict(inbound.query),
                "body": inbound.body,
                "state": GatewayEvent.State.QUARANTINED,
                "note": why[:500],
            },
        )
        open_review(
            kind=ReviewItem.Kind.UNKNOWN_OBJECT,
            key=f"event:{event.pk}",
            detail=f"A credit notice of {bank.slug} cannot be read: {why[:300]}",
            company_id=company_id,
            event=event,
        )
