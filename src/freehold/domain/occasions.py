"""When somebody wants a place: some nights, a slot, or from now until cancelled."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from freehold.domain.periods import PeriodError, nights


class Occasion(StrEnum):
    """The three kinds of wish, as they are stored."""

    NIGHTS = "nights"
    SLOT = "slot"
    UNTIL_CANCELLED = "until_cancelled"


@dataclass(frozen=True, slots=True)
class Nights:
    """From the check-in time of one date to the check-out time of another, by the place's clock."""

    check_in: date
    check_out: date

    @property
    def count(self) -> int:
        """How many nights; PeriodError when these dates make no stay."""
        return nights(self.check_in, self.check_out)


@dataclass(frozen=True, slots=True)
class Slot:
    """From one instant to another. Raises PeriodError for naive instants and for an empty slot."""

    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        if self.start_at.tzinfo is None or self.end_at.tzinfo is None:
            raise PeriodError("naive_datetime", "A slot needs instants with a time zone.")
        if self.start_at >= self.end_at:
            raise PeriodError("empty_period", "The end must come after the start.")


@dataclass(frozen=True, slots=True)
class UntilCancelled:
    """From now on, with no end."""


When = Nights | Slot | UntilCancelled


def occasion_of(when: When) -> Occasion:
    match when:
        case Nights():
            return Occasion.NIGHTS
        case Slot():
            return Occasion.SLOT
    return Occasion.UNTIL_CANCELLED
