"""How the calendar refuses."""

from collections.abc import Sequence

from freehold.core.errors import Conflict
from freehold.domain.listing_rules import Reason
from freehold.inventory.types import Alternative


class Unavailable(Conflict):
    """The space is taken. `reasons` say by what (never by whom), `alternatives` what could be had instead."""

    default_code = "unavailable"

    def __init__(self, reasons: Sequence[Reason], alternatives: Sequence[Alternative] = ()) -> None:
        self.reasons = tuple(reasons)
        self.alternatives = tuple(alternatives)
        extra = {
            "reasons": [reason.to_json() for reason in self.reasons],
            "alternatives": [alternative.to_json() for alternative in self.alternatives],
        }
        super().__init__("These dates are not available.", extra=extra)


class ClaimLapsed(Conflict):
    """The hold ran out or was released; what it held may belong to somebody else by now."""

    default_code = "hold_expired"

    def __init__(self) -> None:
        super().__init__("The hold has expired.")
