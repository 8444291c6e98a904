"""Why a host lets a guest off a part of what was charged."""

from enum import StrEnum


class ReductionCause(StrEnum):
    GOODWILL = "goodwill"
    CORRECTION = "correction"  # too much was charged
