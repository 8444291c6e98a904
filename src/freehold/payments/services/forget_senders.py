"""Who is erased is not remembered as the sender of money either. The money, and when it came, stays."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from freehold.payments.models import Credit, GatewayEvent, Payment


def forget_senders(*, folio_ids: Iterable[UUID] | QuerySet[Any]) -> None:
    """Needs a transaction. Blanks what credits and messages about these folios say of a person; the credits' trail
    never held it. A message without its text can be read again only by asking the provider."""
    Credit.objects.filter(payment__folio_id__in=folio_ids).update(reference="", payer_name="", payer_phone="", raw={})
    payments = Payment.objects.system("account erased").filter(folio_id__in=folio_ids).values("pk")
    about = GatewayEvent.objects.filter(Q(payment__in=payments) | Q(addressed_to__in=payments))
    about.update(body=b"", headers={}, query={})
