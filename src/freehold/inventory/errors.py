"""How the calendar refuses."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from freehold.core.errors import Conflict, ErrorItem
from freehold.domain.reasons import Reason
from freehold.inventory.types import Alternative, SlotAlternative, Wanted


class Unavailable(Conflict):
    """The space is taken. `reasons` say by what (never by whom), `alternatives` when else it could be had.

    `wanted` is what was refused, where that was nights. `similar` places are looked for by whoever shows the refusal,
    after the transaction that it ended: see `inventory.offers`. `claim_ids` are those in the way, where that is known;
    they are told to nobody.
    """

    default_code = "unavailable"

    def __init__(
        self,
        reasons: Sequence[Reason],
        alternatives: Sequence[Alternative | SlotAlternative] = (),
        wanted: Wanted | None = None,
        claim_ids: Collection[UUID] | None = None,
    ) -> None:
        self.reasons = tuple(reasons)
        self.alternatives = tuple(alternatives)
        self.wanted = wanted
        self.claim_ids = claim_ids
        extra = {
            "reasons": [reason.to_json() for reason in self.reasons],
            "alternatives": [alternative.to_json() for alternative in self.alternatives],
        }
        super().__init__("These dates are not available.", extra={**extra, "similar": []})

    def add(self, **extra: Any) -> None:
        """Says more than was known when the refusal was made."""
        known: Mapping[str, Any] = self.errors[0].extra
        self.errors = [ErrorItem(self.code, self.detail, extra={**known, **extra})]


class ClaimLapsed(Conflict):
    """The hold ran out or was released; what it held may belong to somebody else by now."""

    default_code = "hold_expired"

    def __init__(self) -> None:
        super().__init__("The hold has expired.")
