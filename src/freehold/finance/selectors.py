"""Reads of the books."""

from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Coalesce

from freehold.core.errors import NotFound
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.finance.types import FolioBalance


def folio_balance(folio_id: UUID) -> FolioBalance:
    """The folio's receivables, in one query. Raises NotFound."""
    sums = (
        Folio.objects.system("folio balance")
        .filter(pk=folio_id)
        .values("id", "currency")
        .annotate(
            charged=Coalesce(Sum("receivables__amount_minor"), 0),
            written_off=Coalesce(Sum("receivables__written_off_minor"), 0),
            settled=Coalesce(Sum("receivables__settled_minor"), 0),
        )
        .first()
    )
    if sums is None:
        raise NotFound
    charged, written_off, settled = (
        Money(int(sums[name]), sums["currency"]) for name in ("charged", "written_off", "settled")
    )
    return FolioBalance(charged, written_off, settled, owed=charged - written_off - settled)
