"""Where payers send their money."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PLACES = ("iban", "account_number", "paybill", "till")


@dataclass(frozen=True, slots=True, kw_only=True)
class BankTransferSettings:
    """`details` are shown to the payer as they stand, in this order: names of `connector.FIELDS` and their values."""

    account: str
    details: Mapping[str, str] = field(default_factory=dict)
    currencies: frozenset[str] = frozenset()  # empty: any

    def __post_init__(self) -> None:
        if not any(self.details.get(place) for place in PLACES):
            raise ValueError(f"iban: one of {', '.join(PLACES)} is needed")
