"""A link by which somebody without an account may pay one amount of one folio."""

from dataclasses import dataclass
from datetime import datetime

from freehold.core.actor import Actor
from freehold.core.events import announce
from freehold.core.ids import uuid7
from freehold.domain.money import Money
from freehold.finance.models import Folio, Receivable
from freehold.payments.events import PayLinkMade
from freehold.payments.models import PayLink
from freehold.payments.pay_links import digest_of, token_of


@dataclass(frozen=True, slots=True)
class LinkWish:
    """What a link asks for, and of whom, as far as that is known."""

    amount: Money
    label: str
    expires_at: datetime
    payer_name: str = ""
    payer_email: str = ""
    is_share: bool = False
    receivable: Receivable | None = None


def add_pay_link(*, actor: Actor, folio: Folio, wish: LinkWish) -> PayLink:
    """The caller has checked what `actor` may ask for, and has the folio locked. A payer with an address is told."""
    link_id = uuid7()
    link = PayLink.objects.create(
        id=link_id,
        company_id=folio.company_id,
        folio=folio,
        receivable=wish.receivable,
        token_digest=digest_of(token_of(link_id)),
        label=wish.label,
        currency=wish.amount.currency,
        amount_minor=wish.amount.minor,
        is_share=wish.is_share,
        payer_name=wish.payer_name,
        payer_email=wish.payer_email,
        expires_at=wish.expires_at,
        created_by_id=actor.user_id,
    )
    if link.payer_email:
        announce(PayLinkMade(link_id=link.pk))
    return link
