"""What is still open on a folio is asked for anew: a booking changed, and with it what is owed and when."""

from datetime import datetime

from freehold.core import clock
from freehold.core.errors import BadInput
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio, Receivable
from freehold.finance.selectors import folio_balance
from freehold.finance.services.add_receivable import add_receivable
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.write_off_open import write_off_open


def revise_receivables(*, folio: Folio, owed: Money, due_now: Money, later: datetime, label: str) -> Money:
    """Makes the folio's receivables sum to `owed`, without touching what is settled. Returns what is open afterwards.

    Of what is open `due_now` is due at once and the rest `later`. Raises CurrencyMismatch, and BadInput
    `settled_exceeds` when more is settled than is owed: that goes back first.
    """
    lock_folio(folio.pk)
    if owed.currency != folio.currency:
        raise CurrencyMismatch(folio.currency, owed.currency)
    rest = owed - folio_balance(folio.pk).settled
    if rest.is_negative:
        raise BadInput("More is settled than is owed.", code="settled_exceeds")
    write_off_open(folio=folio)
    at_once = min(due_now, rest)
    balance = rest - at_once
    if at_once.minor:
        kind = Receivable.Kind.DEPOSIT if balance.minor else Receivable.Kind.FULL
        add_receivable(folio=folio, kind=kind, label=label, amount=at_once, due_at=clock.now())
    if balance.minor:
        add_receivable(folio=folio, kind=Receivable.Kind.BALANCE, label="Balance", amount=balance, due_at=later)
    return rest
