"""When a stay was delivered, what was charged for it is revenue. Posted once, and taken back with the departure."""

from datetime import datetime

from freehold.bookings.models import Booking
from freehold.domain import ledger
from freehold.domain.ledger import Account, EntryKind
from freehold.finance.models import Folio
from freehold.finance.selectors import account_balances
from freehold.finance.services.post_entry import post_entry


def earn_locked(*, folio: Folio, booking: Booking, moment: datetime) -> None:
    """Everything that is still unearned on the folio. Needs the folio locked."""
    unearned = -account_balances(folio)[Account.UNEARNED]
    if unearned.is_positive:
        key = f"earned:{booking.pk}:{_times_earned(folio) + 1}"
        post_entry(folio=folio, key=key, entry=ledger.stay_earned(unearned), occurred_at=moment)


def unearn_locked(*, folio: Folio, booking: Booking, moment: datetime) -> None:
    """The stay goes on: its revenue is unearned again. Needs the folio locked."""
    earned = -account_balances(folio)[Account.REVENUE]
    if earned.is_positive:
        key = f"earned:{booking.pk}:{_times_earned(folio)}:undone"
        entry = ledger.reversal(ledger.stay_earned(earned))
        post_entry(folio=folio, key=key, entry=entry, occurred_at=moment)


def _times_earned(folio: Folio) -> int:
    return folio.entries.filter(kind=EntryKind.STAY_EARNED).count()
