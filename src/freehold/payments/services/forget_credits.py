"""Who is erased is not remembered as the sender of money either. The money, and when it came, stays."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from freehold.payments.models import Credit


def forget_credits(*, folio_ids: Iterable[UUID] | QuerySet[Any]) -> None:
    """Needs a transaction. Blanks what the credits of these folios say of a person; their trail never held it."""
    Credit.objects.filter(payment__folio_id__in=folio_ids).update(reference="", payer_name="", payer_phone="", raw={})
