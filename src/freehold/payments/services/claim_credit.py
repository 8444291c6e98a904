"""Who paid by a transfer that nobody matched says so, by the code on the receipt.

A code alone proves nothing: it may be guessed, or seen over a shoulder. So the exact amount must be said with it, and
only money that exactly one trusted credit of this company brought, that names no other booking and that nobody else
claims, is taken by itself. Everything else is for the desk. The payer is answered the same in every case, before
anything was looked up.
"""

import re
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.core.events import announce
from freehold.domain.money import Money
from freehold.domain.references import references_in
from freehold.finance.models import Folio
from freehold.finance.selectors import folio_balance
from freehold.payments.claims import claim_key, claims_of, folio_of, movement, movement_of
from freehold.payments.events import CreditClaimed
from freehold.payments.models import Credit, ReviewItem
from freehold.payments.services.allocate_credit import allocate_credit
from freehold.payments.services.open_review import open_review

LONGEST_CODE = 40
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_-]{3,39}")


def claim_credit(*, folio: Folio, code: str, amount: Money) -> None:
    """Keeps what the payer says, once. Whether the folio is the payer's to speak for is asked by the caller.

    Raises BadInput for what cannot be a receipt's code, and for an amount that cannot be.
    """
    name = " ".join(code.split())
    if _CODE.fullmatch(name) is None:
        raise BadInput("A code has 4 to 40 letters and digits.", code="not_a_code", attr="code")
    if amount.currency != folio.currency:
        raise BadInput(f"This booking is paid in {folio.currency}.", code="other_currency", attr="amount")
    if not amount.is_positive:
        raise BadInput("Only a positive amount was paid.", code="amount_not_positive", attr="amount")
    with transaction.atomic():
        item = open_review(
            kind=ReviewItem.Kind.PAYER_CLAIM,
            key=claim_key(code=name, amount_minor=amount.minor, folio_id=folio.pk),
            detail=f"Whoever booked {folio.reference} says that {amount} was paid for it as “{name}”.",
            company_id=folio.company_id,
            amount=amount,
        )
        announce(CreditClaimed(review_item_id=item.pk))


def settle_claim(*, review_item_id: UUID) -> Credit | None:
    """The credit that the claim names pays the folio, if there is no doubt. Again is harmless."""
    item = ReviewItem.objects.get(pk=review_item_id)
    folio = Folio.objects.system("claim").get(pk=folio_of(item.key))
    credit = _the_credit(item, folio)
    if item.resolved_at is not None or credit is None or not folio_balance(folio.pk).owed.is_positive:
        return None
    if claims_of(credit) != [folio.pk] or _names_another(credit, folio):
        return None
    try:
        return allocate_credit(actor=Actor.system("claimed by its payer"), credit_id=credit.pk, folio_id=folio.pk)
    except (Conflict, TemporarilyUnavailable):
        return None  # it stands at the desk, beside the money


def _the_credit(item: ReviewItem, folio: Folio) -> Credit | None:
    unmatched = Credit.objects.filter(
        company_id=folio.company_id,
        state=Credit.State.UNMATCHED,
        trusted=True,
        direction="credit",
        currency=folio.currency,
    )
    fitting = [credit for credit in unmatched if movement(credit) == movement_of(item.key)]
    return fitting[0] if len(fitting) == 1 else None


def _names_another(credit: Credit, folio: Folio) -> bool:
    others = Folio.objects.company(folio.company_id).exclude(pk=folio.pk)
    return others.filter(reference__in=references_in(credit.reference)).exists()
