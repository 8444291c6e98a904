"""Pay links: their addresses, and how they stand.

The secret of an address is made of the link's id and the installation's key, so that it can be shown again to whoever
may send it, and is stored nowhere. With another key than at its making the old address still opens the page, and can
be copied no more.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.crypto import salted_hmac

from freehold.core import clock
from freehold.core.errors import NotFound
from freehold.domain.money import Money
from freehold.domain.shares import LinkFacts, LinkState, link_state
from freehold.payments.models import OPEN_STATES, PayLink, Payment, Refund
from freehold.payments.selectors import GONE

_TOKENS = "freehold.payments: addresses of pay links"
LONGEST_TOKEN = 100


def token_of(link_id: UUID) -> str:
    return salted_hmac(_TOKENS, link_id.hex, algorithm="sha256").hexdigest()


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def url_of(link: PayLink) -> str:
    """The address to send; empty when the installation's key was changed since."""
    token = token_of(link.pk)
    return f"{settings.SITE_URL}/pay/{token}/" if digest_of(token) == link.token_digest else ""


def find_link(token: str) -> PayLink:
    """The link of this address, with its money. Raises NotFound."""
    if len(token) > LONGEST_TOKEN:
        raise NotFound
    link = with_money(PayLink.objects.system("by its secret")).filter(token_digest=digest_of(token)).first()
    if link is None:
        raise NotFound
    return link


def get_link(link_id: UUID) -> PayLink:
    """With its money. Raises NotFound."""
    link = with_money(PayLink.objects.system("by id")).filter(pk=link_id).first()
    if link is None:
        raise NotFound
    return link


def with_money(links: QuerySet[PayLink]) -> QuerySet[PayLink]:
    """With `came_minor` and `back_minor`: what the folio was told of, and what of it went back or is on its way."""
    payments = Payment.objects.system("money of links").filter(link=OuterRef("pk")).order_by().values("link")
    refunds = Refund.objects.system("money of links").filter(~Q(state__in=GONE), payment__link=OuterRef("pk"))
    came = Subquery(payments.annotate(sum=Sum("announced_minor")).values("sum"), output_field=BigIntegerField())
    back = refunds.filter(payment__announced_minor__gt=0).order_by().values("payment__link")
    gone = Subquery(back.annotate(sum=Sum("amount_minor")).values("sum"), output_field=BigIntegerField())
    return links.select_related("folio", "company").annotate(came_minor=Coalesce(came, 0), back_minor=Coalesce(gone, 0))


def links_of(folio_id: UUID) -> QuerySet[PayLink]:
    """All links of the folio with their money, in the order in which they were made."""
    return with_money(PayLink.objects.system("links of a folio").filter(folio_id=folio_id)).order_by("created_at", "id")


def state_of(link: PayLink, *, at: datetime | None = None) -> LinkState:
    """How a link that was read with its money stands."""
    return link_state(
        LinkFacts(
            came=link.came_minor,  # type: ignore[attr-defined]
            stayed=link.came_minor - link.back_minor,  # type: ignore[attr-defined]
            is_revoked=link.revoked_at is not None,
            expires_at=link.expires_at,
        ),
        at=at or clock.now(),
    )


def amount_of(link: PayLink) -> Money:
    return Money(link.amount_minor, link.currency)


def came_by(link: PayLink) -> Money | None:
    """What came by a link that was read with its money: who paid all that was missing paid more than was asked."""
    came: int = link.came_minor  # type: ignore[attr-defined]
    return Money(came, link.currency) if came else None


def was_paid_otherwise(payment: Payment) -> bool:
    """Whether the link of this payment was paid by another one, whose money stayed."""
    if payment.link_id is None:
        return False
    others = Payment.objects.company(payment.company_id).filter(link_id=payment.link_id, announced_minor__gt=0)
    gone = Sum("refunds__amount_minor", filter=~Q(refunds__state__in=GONE))
    kept = others.exclude(pk=payment.pk).annotate(gone=Coalesce(gone, 0)).filter(announced_minor__gt=F("gone"))
    return kept.exists()


def forget_link_payers(*, folio_ids: Iterable[UUID] | QuerySet[Payment]) -> None:
    """Needs a transaction. Who was asked to pay, and by whom it was paid, is forgotten; the trail never held it."""
    links = PayLink.objects.system("account erased").filter(folio_id__in=folio_ids)
    links.update(payer_name="", payer_email="")
    # An attempt that is over is not told to a gateway again.
    over = Payment.objects.system("account erased").filter(link__in=links).exclude(state__in=OPEN_STATES)
    history: Any = Payment._meta.get_field("history").related_model
    history.objects.filter(pgh_obj_id__in=over.values("pk")).update(request={})
    over.update(request={})
