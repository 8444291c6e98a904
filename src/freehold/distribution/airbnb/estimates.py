"""Fill what a source leaves empty with the middle of comparable places, from the narrowest group that is
large enough.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from statistics import median_low

# Below this many comparable places a median says more about one host than about the market.
SMALLEST_GROUP = 3


@dataclass(slots=True)
class MedianByGroup:
    """Medians of whole numbers over groups that narrow down. Keys are given from the narrowest to the widest."""

    smallest_group: int = SMALLEST_GROUP
    _values: dict[Hashable, list[int]] = field(default_factory=dict)
    _medians: dict[Hashable, int] = field(default_factory=dict)

    def add(self, keys: Sequence[Hashable], value: int) -> None:
        for key in keys:
            self._values.setdefault(key, []).append(value)

    def of(self, keys: Sequence[Hashable]) -> int | None:
        """Low median of the first group with enough members; None when none has."""
        for key in keys:
            values = self._values.get(key, ())
            if len(values) >= self.smallest_group:
                if key not in self._medians:
                    self._medians[key] = median_low(values)
                return self._medians[key]
        return None
