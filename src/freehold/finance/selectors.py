"""Reads of the books."""

from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from freehold.core.errors import NotFound
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.domain.references import references_in
from freehold.finance.models import CreditNote, Folio, Posting, Receivable
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


def something_owed(folio_id: UUID | OuterRef) -> Exists:
    """A condition for queries of other rooms: on that folio a receivable is still open."""
    is_open = Q(amount_minor__gt=F("settled_minor") + F("written_off_minor"))
    return Exists(Receivable.objects.system("something owed").filter(is_open, folio_id=folio_id))


def account_balances(folio: Folio) -> dict[Account, Money]:
    """What each account of the journal holds for this folio, debit positive, in one query. Untouched ones are zero."""
    sums = (
        Posting.objects.filter(entry__folio=folio, currency=folio.currency)
        .values_list("account__code")
        .annotate(total=Sum("amount_minor"))
    )
    balances = dict.fromkeys(Account, Money.zero(folio.currency))
    return {**balances, **{Account(code): Money(int(total), folio.currency) for code, total in sums}}


def credited(folio: Folio) -> Money:
    """What was granted on the folio in all, by credit notes."""
    total = folio.credit_notes.aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"]
    return Money(int(total), folio.currency)


def credit_notes_of(folio: Folio) -> QuerySet[CreditNote]:
    """The folio's credit notes with who issued them, the oldest first."""
    return folio.credit_notes.select_related("issuer").order_by("issued_at", "number")


def find_folio(*, company_id: UUID, reference: str) -> Folio:
    """The company's folio of this reference, however a person typed it. Raises NotFound."""
    names = {reference.strip(), *references_in(reference)}
    folio = Folio.objects.company(company_id).filter(reference__in=names).first()
    if folio is None:
        raise NotFound("There is no such booking here.")
    return folio
