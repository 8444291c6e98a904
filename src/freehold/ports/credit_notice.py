"""Money that a bank or a wallet reports on an account of ours, without a request of ours behind it.

A payer typed a reference somewhere, at a counter or on a phone, and the bank tells us that the money is there. All
such messages, whatever the vendor, become the same notice; who it belongs to is decided by `domain.references`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from freehold.domain.money import Money

type Direction = Literal["credit", "debit"]


@dataclass(frozen=True, slots=True)
class CreditNotice:
    """One movement on one of our accounts. Unique by `source`, the connected account that was told, and
    `external_id`: record it once. `account` is what the message says, and vouches for nothing.

    A `debit` is never ours to allocate; it is kept for the books. `raw` is the vendor's message with telephone
    numbers masked.
    """

    source: str  # the slug of the reader: "jenga", "kcb", "mpesa_c2b", "bkash_ipn"
    external_id: str  # the bank's own name of the movement
    account: str  # where the money landed: an account number, a paybill, a till
    amount: Money  # positive in both directions
    reference: str  # as the payer typed it, unchanged; may be empty
    payer_name: str = ""
    payer_phone: str = ""  # digits as the vendor writes them; some vendors send a masked or hashed number
    value_time: datetime | None = None  # aware
    direction: Direction = "credit"
    raw: Mapping[str, object] = field(default_factory=dict)
