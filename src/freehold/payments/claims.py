"""Payers who say "that money is mine": which movement they name, for which folio. A claim is a question for the desk
until one credit answers it.
"""

from hashlib import sha256
from uuid import UUID

from django.db.models import QuerySet

from freehold.core import clock
from freehold.payments.models import Credit, ReviewItem

_PREFIX = "claim"


def claim_key(*, code: str, amount_minor: int, folio_id: UUID) -> str:
    """One claim per movement, amount and folio. What was typed is nowhere in it: it may be anything."""
    return f"{_movement(code, amount_minor)}:{folio_id.hex}"


def claims_of(credit: Credit) -> list[UUID]:
    """The folios for which payers claim this credit at present."""
    open_ones = _open_claims(credit).values_list("key", flat=True)
    return [folio_of(key) for key in open_ones]


def folio_of(key: str) -> UUID:
    return UUID(key.rpartition(":")[2])


def movement_of(key: str) -> str:
    return key.rpartition(":")[0]


def movement(credit: Credit) -> str:
    """What the keys of all claims of this credit begin with."""
    return _movement(credit.external_id, credit.amount_minor)


def close_claims(credit: Credit, *, user_id: object, note: str) -> None:
    """Somebody decided about the credit: nothing is left to ask."""
    _open_claims(credit).update(resolved_at=clock.now(), resolved_by_id=user_id, resolution=note)


def _open_claims(credit: Credit) -> QuerySet[ReviewItem]:
    return ReviewItem.objects.filter(
        kind=ReviewItem.Kind.PAYER_CLAIM,
        company_id=credit.company_id,
        currency=credit.currency,
        resolved_at=None,
        key__startswith=f"{movement(credit)}:",
    )


def _movement(code: str, amount_minor: int) -> str:
    name = " ".join(code.split()).casefold()
    return f"{_PREFIX}:{sha256(name.encode()).hexdigest()[:32]}:{amount_minor}"
