"""Choices that look varied and are fixed: everything derives from the listing's own id."""

from collections.abc import Sequence
from hashlib import blake2s


class Choices:
    """A deck of decisions for one listing. The same id and question always give the same answer, on any
    machine.
    """

    def __init__(self, source_id: str) -> None:
        self._source_id = source_id

    def number(self, question: str, below: int) -> int:
        """A whole number from 0 to `below` - 1."""
        digest = blake2s(f"{self._source_id}/{question}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % below

    def one_of[T](self, question: str, options: Sequence[T]) -> T:
        return options[self.number(question, len(options))]

    def happens(self, question: str, percent: int) -> bool:
        """True for about `percent` of all listings."""
        return self.number(question, 100) < percent

    def shuffled[T](self, question: str, options: Sequence[T]) -> list[T]:
        """The options in this listing's own order."""
        order = sorted(range(len(options)), key=lambda place: self.number(f"{question}/{place}", 1 << 32))
        return [options[place] for place in order]
