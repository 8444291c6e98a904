"""Who comes: adults, and children by their age, because prices and taxes may depend on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from freehold.domain.errors import DomainError

MAX_ADULTS = 1_000
"""More than any listing takes: how many may really come is the listing's to say (`domain.party_rules`)."""
MAX_CHILDREN = 50
"""Each comes with an age."""
MAX_CHILD_AGE = 17


class PartyError(DomainError):
    """A party that cannot travel; `code` says why."""


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


@dataclass(frozen=True, slots=True)
class Party:
    """1 to 1,000 adults, and up to 50 children given by their ages in full years (0 to 17)."""

    adults: int
    children: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "children", tuple(self.children))
        if not _is_whole(self.adults) or not 1 <= self.adults <= MAX_ADULTS:
            raise PartyError("invalid_adults", f"There must be 1 to {MAX_ADULTS} adults.")
        if len(self.children) > MAX_CHILDREN:
            raise PartyError("too_many_children", f"There may be at most {MAX_CHILDREN} children.")
        if not all(_is_whole(age) and 0 <= age <= MAX_CHILD_AGE for age in self.children):
            raise PartyError("invalid_child_age", f"A child's age is 0 to {MAX_CHILD_AGE}.")

    @property
    def size(self) -> int:
        """Everybody, babies included."""
        return self.adults + len(self.children)

    def chargeable(self, min_age: int) -> int:
        """People of at least `min_age`; adults always count."""
        return self.adults + sum(age >= min_age for age in self.children)

    def to_json(self) -> dict[str, int | list[int]]:
        """The API's shape: {"adults": 2, "children": [5]}."""
        return {"adults": self.adults, "children": list(self.children)}

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "Party":
        """Read the API's shape back. Raises PartyError."""
        adults, children = data.get("adults"), data.get("children") or ()
        if not isinstance(adults, int) or not isinstance(children, Sequence) or isinstance(children, str):
            raise PartyError("invalid_party", 'A party looks like {"adults": 2, "children": [5]}.')
        return cls(adults, tuple(children))
