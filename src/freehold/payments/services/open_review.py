"""Put something about money in front of a person."""

from typing import Any
from uuid import UUID

import structlog

from freehold.domain.money import Money
from freehold.payments.models import ReviewItem

log = structlog.get_logger(__name__)


def open_review(
    *, kind: ReviewItem.Kind, key: str, detail: str, company_id: UUID | None, amount: Money | None = None, **about: Any
) -> ReviewItem:
    """One item per key, however often the same thing is seen; one that was resolved stays resolved.

    `about`: the `payment`, `refund` and `event` that it is about. `detail` names amounts and ids, never persons.
    """
    item, opened = ReviewItem.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "company_id": company_id,
            "detail": detail,
            "amount_minor": None if amount is None else amount.minor,
            "currency": "" if amount is None else amount.currency,
            **about,
        },
    )
    if opened:
        log.error("review_item_opened", kind=kind.value, review_item_id=str(item.pk), key=key)
    return item
