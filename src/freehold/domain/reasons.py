"""Why something cannot be booked: the words that every rule, page and answer shares."""

from dataclasses import dataclass
from enum import StrEnum


class ReasonCode(StrEnum):
    """The rules of a listing. What closes the calendar itself has codes of its own (`inventory.reasons`)."""

    IN_PAST = "in_past"
    BEYOND_WINDOW = "beyond_booking_window"
    LEAD_TIME = "lead_time"
    CUT_OFF = "cut_off"
    CLOSED_TO_ARRIVAL = "closed_to_arrival"
    ARRIVAL_WEEKDAY = "arrival_weekday"
    CLOSED_TO_DEPARTURE = "closed_to_departure"
    DEPARTURE_WEEKDAY = "departure_weekday"
    MIN_NIGHTS = "min_nights"
    MAX_NIGHTS = "max_nights"
    CAPACITY = "capacity"
    MAX_ADULTS = "max_adults"
    MAX_CHILDREN = "max_children"
    MIN_GUEST_AGE = "min_guest_age"
    PROPERTY_CAPACITY = "property_capacity"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something cannot be booked: `code` for programs, `detail` for people."""

    code: str
    detail: str

    def to_json(self) -> dict[str, str]:
        return {"code": str(self.code), "detail": self.detail}


def counted(number: int, noun: str) -> str:
    """1 night, 2 nights."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
