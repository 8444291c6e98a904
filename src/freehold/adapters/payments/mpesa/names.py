"""How refunds and payouts are named at M-Pesa, and found again.

A payment to a customer carries a conversation id of ours, which M-Pesa takes once only. A reversal and a payment to a
business get one from M-Pesa; ours stands before it. A reversal is executed once for a receipt, however often it is
asked for; a payment to a business is not, and is therefore never repeated.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

type Way = Literal["rf", "rv", "po", "bb"]  # refund to the customer, reversal, payout, to a business

OURS: frozenset[str] = frozenset({"rf", "po"})


@dataclass(frozen=True, slots=True)
class Name:
    way: Way
    our_id: str  # a UUID
    theirs: str = ""  # M-Pesa's conversation id, for those that get one

    def __str__(self) -> str:
        ours = f"{self.way}-{UUID(self.our_id).hex}"
        return ours if self.way in OURS else f"{ours}:{self.theirs}"

    @property
    def conversation(self) -> str:
        """What a question about it names, as OriginalConversationID."""
        return str(self) if self.way in OURS else self.theirs


def read_name(text: str) -> Name | None:
    ours, _, theirs = text.partition(":")
    way, _, digits = ours.partition("-")
    try:
        our_id = str(UUID(hex=digits))
    except ValueError:
        return None
    match way:
        case "rf" | "po":
            return Name(way, our_id)
        case "rv" | "bb":
            return Name(way, our_id, theirs)
        case _:
            return None
