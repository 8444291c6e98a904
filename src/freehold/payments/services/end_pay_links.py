"""Nobody should pay by these links any more. What was paid by them stays what it is."""

from uuid import UUID

from django.db.models import QuerySet

from freehold.core import clock
from freehold.core.events import announce_all
from freehold.payments.events import PaymentCloseRequested
from freehold.payments.models import OPEN_STATES, PayLink, Payment


def end_pay_links(*, folio_id: UUID, only_shares: bool = False) -> None:
    """Takes back every link of the folio by which no money came, and asks for their attempts to be closed. Needs the
    folio locked."""
    links = PayLink.objects.system("end links").filter(folio_id=folio_id)
    end_these(links.filter(is_share=True) if only_shares else links)


def end_these(links: QuerySet[PayLink]) -> int:
    """The same for these links, whose folios are locked. Returns how many it were."""
    told = Payment.objects.system("end links").filter(link__in=links, announced_minor__gt=0)
    unpaid = links.filter(revoked_at=None).exclude(pk__in=told.values("link_id"))
    ended = [link.pk for link in unpaid.only("pk")]
    if not ended:
        return 0
    PayLink.objects.system("end links").filter(pk__in=ended).update(revoked_at=clock.now(), updated_at=clock.now())
    attempts = Payment.objects.system("end links").filter(link_id__in=ended, state__in=OPEN_STATES)
    announce_all(PaymentCloseRequested(payment_id=payment_id) for payment_id in attempts.values_list("pk", flat=True))
    return len(ended)
