"""What a repeated import may change: the third column of a three-way merge.

A value may be replaced when it still is what the import wrote. Otherwise somebody of the company changed it since, and
theirs stands, whatever the source says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one listing, before and after."""

    source_id: str
    name: str
    old: Any
    new: Any


@dataclass(slots=True)
class Merge:
    """`changes` are to be written, `kept` are other people's. `remembered` is what the import stands by afterwards."""

    changes: dict[str, Any] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    remembered: dict[str, Any] = field(default_factory=dict)


def merge(*, said: Mapping[str, Any], written: Mapping[str, Any], current: Mapping[str, Any]) -> Merge:
    """`said` by the source now, `written` by the last import, `current` in the tables; names as in `facts`."""
    result = Merge(remembered=dict(written))
    for name, value in said.items():
        if name not in current:
            continue
        if current[name] == value:
            result.remembered[name] = value
        elif name in written and written[name] == current[name]:
            result.changes[name] = result.remembered[name] = value
        else:
            result.kept.append(name)
    _keep_limits_in_order(result, written, current)
    return result


_SHORTEST, _LONGEST = "listing.min_nights", "listing.max_nights"


def _keep_limits_in_order(result: Merge, written: Mapping[str, Any], current: Mapping[str, Any]) -> None:
    """A source's new limit beside a host's own one may contradict it: then neither moves."""
    after = {**current, **result.changes}
    if after[_LONGEST] >= after[_SHORTEST]:
        return
    for name in (_SHORTEST, _LONGEST):
        if name in result.changes:
            del result.changes[name]
            result.remembered[name] = written[name]
            result.kept.append(name)
