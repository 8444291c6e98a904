"""Several people pay for one commitment, each by a link of their own: how an amount is split, and what arrives when.

A hold needs its whole `due now` to be confirmed, and does not care who brings it. What comes early waits on the folio;
when the time of the hold runs out before the rest is there, everybody gets their own money back, whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from freehold.domain.errors import DomainError
from freehold.domain.money import Money

FEWEST_SHARES, MOST_SHARES = 2, 20


class InvalidShares(DomainError):
    """Shares that cannot be paid, or are not the amount."""


def split_equally(amount: Money, shares: int) -> tuple[Money, ...]:
    """So many parts that sum exactly to the amount and differ by one minor unit at most, the larger ones first.

    Raises InvalidShares for too few, too many, or more shares than there are minor units.
    """
    _check_count(shares)
    if amount.minor < shares:
        raise InvalidShares("amount_too_small", f"{amount} cannot be split into {shares} shares.")
    return amount.allocate([1] * shares)


def check_shares(amount: Money, shares: Sequence[Money]) -> None:
    """Raises InvalidShares unless the shares are positive and sum exactly to the amount; CurrencyMismatch."""
    _check_count(len(shares))
    if not all(share.is_positive for share in shares):
        raise InvalidShares("share_not_positive", "Every share is more than nothing.")
    total = Money.sum(shares, amount.currency)
    if total != amount:
        raise InvalidShares("shares_do_not_sum", f"The shares sum to {total}, and {amount} is to be paid.")


def _check_count(shares: int) -> None:
    if not FEWEST_SHARES <= shares <= MOST_SHARES:
        raise InvalidShares("share_count", f"An amount is split among {FEWEST_SHARES} to {MOST_SHARES} people.")


def still_due(due: Money, *, arrived: Money) -> Money:
    """What is missing of what confirms; never less than nothing."""
    return max(due - arrived, Money.zero(due.currency))


class LinkState(StrEnum):
    OPEN = "open"
    PAID = "paid"
    RETURNED = "returned"  # it was paid, and all of it went back
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """What is known of a link: minor units that came by it and of those what stayed; whether and until when it counts.

    `came` is money that the folio was told of, at least what was asked.
    """

    came: int
    stayed: int
    is_revoked: bool
    expires_at: datetime


def link_state(facts: LinkFacts, *, at: datetime) -> LinkState:
    """Money comes first: a link that was paid stays paid, whatever happened to it afterwards."""
    if facts.came > 0:
        return LinkState.PAID if facts.stayed > 0 else LinkState.RETURNED
    if facts.is_revoked:
        return LinkState.REVOKED
    return LinkState.OPEN if facts.expires_at > at else LinkState.EXPIRED
