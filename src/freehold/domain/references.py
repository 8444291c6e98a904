"""Booking references that people read aloud: "FH-7K2Q9M".

Crockford's base 32 leaves out I, L, O and U, so that nothing looks like a 1 or a 0. The caller brings the
random bits (this room has no randomness); 30 bits make six characters, and a busy year may take more.

The same references come back typed by hand on bank forms and telephones. What was typed decides by itself only when it
names exactly one commitment; a telephone number, an amount or a slip of the finger only make a suggestion to a person.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from freehold.domain.errors import DomainError
from freehold.domain.money import Money

PREFIX = "FH"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MIN_CHARACTERS = 6
MAX_CHARACTERS = 10
RANDOM_BITS = 5 * MIN_CHARACTERS
"""How many random bits the shortest reference holds; `secrets.randbits(RANDOM_BITS)` is what callers pass."""

_CODE = re.compile(rf"[{ALPHABET}]{{{MIN_CHARACTERS},{MAX_CHARACTERS}}}")
_SEPARATORS = re.compile(r"[\s\-_.\u2010-\u2015]+")
_LOOKALIKES = str.maketrans("OIL", "011")


class InvalidReference(DomainError):
    """Text that cannot be a booking reference."""

    def __init__(self) -> None:
        super().__init__("invalid_reference", f"A reference looks like {PREFIX}-7K2Q9M.")


def booking_reference(random_bits: int) -> str:
    """The reference that a random number below 2**50 stands for; numbers below 2**30 take six characters."""
    if not 0 <= random_bits < 1 << (5 * MAX_CHARACTERS):
        raise InvalidReference
    characters: list[str] = []
    while random_bits or len(characters) < MIN_CHARACTERS:
        random_bits, digit = divmod(random_bits, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return f"{PREFIX}-{''.join(reversed(characters))}"


def normalise_reference(text: str) -> str:
    """The canonical form of what a person typed: any case, spaces or dashes, O for 0, I or L for 1, and with
    or without the prefix. Raises InvalidReference when it cannot be a reference."""
    code = _SEPARATORS.sub("", text).upper()
    # A code may itself begin with FH: it is the prefix when something separates it, or enough follows.
    separated = _SEPARATORS.match(text.strip(), len(PREFIX)) is not None
    if code.startswith(PREFIX) and (separated or len(code) >= len(PREFIX) + MIN_CHARACTERS):
        code = code.removeprefix(PREFIX)
    code = code.translate(_LOOKALIKES)
    if _CODE.fullmatch(code) is None:
        raise InvalidReference
    return f"{PREFIX}-{code}"


def gateway_reference(reference: str) -> str:
    """The reference as payment gateways accept it: 6 to 12 of A-Z and 0-9, no dash ("FH7K2Q9M")."""
    return normalise_reference(reference).replace("-", "")


# --- money that came with a typed reference ------------------------------------------------------------------

PHONE_DIGITS = 9
"""How many last digits tell telephone numbers apart, however the country and a leading zero are written."""

LONGEST_TEXT = 300
"""Narrations are short; what is beyond this is not searched."""

_WORDS = re.compile(r"[A-Z0-9]+")
_MASKS = re.compile(r"[*xX#]")
_NOT_DIGITS = re.compile(r"[^0-9]+")
_NAME = re.compile(r"[^\W\d_]{2,}")
_PARTS = 4


class Clue(StrEnum):
    REFERENCE = "reference"  # the text names it
    SIMILAR = "similar"  # one character wrong, missing, too many or swapped
    PHONE = "phone"
    AMOUNT = "amount"
    NAME = "name"  # two names in common
    CLAIMED = "claimed"  # who owes it says that this money is theirs


WEIGHTS = {Clue.REFERENCE: 8, Clue.SIMILAR: 4, Clue.PHONE: 3, Clue.AMOUNT: 2, Clue.NAME: 2, Clue.CLAIMED: 6}
_NAMES_IN_COMMON = 2


@dataclass(frozen=True, slots=True)
class Owed:
    """A commitment that may be waiting for money: its reference, what is open on it and in which parts, its people's
    numbers and names."""

    reference: str
    amount: Money
    phones: frozenset[str] = frozenset()
    parts: frozenset[Money] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    owed: Owed
    clues: frozenset[Clue]

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[clue] for clue in self.clues)


def references_in(text: str) -> tuple[str, ...]:
    """Every reference that the text may mean, the likelier first: the whole text, then words with the prefix, then
    words without. Words may be torn apart by spaces and dashes ("pay fh 7k2 q9m thanks")."""
    text = text[:LONGEST_TEXT]
    whole = _reference_or_none(text)
    prefixed: list[str] = []
    bare: list[str] = []
    words = _WORDS.findall(_SEPARATORS.sub(" ", text.upper()))
    for first in range(len(words)):
        for last in range(first + 1, min(first + _PARTS, len(words)) + 1):
            joined = "".join(words[first:last])
            found = _reference_or_none(f"{words[first]} {joined[len(words[first]) :]}".strip())
            if found is not None:
                (prefixed if joined.startswith(PREFIX) else bare).append(found)
    found_all = ([whole] if whole else []) + prefixed + bare
    return tuple(dict.fromkeys(found_all))


def phone_key(text: str) -> str | None:
    """What two ways to write one telephone number have in common; None when the number is masked or too short."""
    digits = _NOT_DIGITS.sub("", text)
    if _MASKS.search(text) or not PHONE_DIGITS <= len(digits) <= PHONE_DIGITS + 6:
        return None
    return digits[-PHONE_DIGITS:]


def named_by(text: str, owed: Iterable[Owed], *, currency: str) -> Owed | None:
    """The one commitment in this currency that the text names; None when it names none, or several."""
    wanted = set(references_in(text))
    named = [each for each in owed if each.reference in wanted and each.amount.currency == currency]
    return named[0] if len(named) == 1 else None


def candidates(
    *, text: str, phone: str, amount: Money, owed: Iterable[Owed], name: str = "", claimed: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """Who may have sent this money, the likeliest first. Only for a person's eyes: `named_by` is what may decide."""
    wanted = set(references_in(text))
    written, caller = _SEPARATORS.sub("", text[:LONGEST_TEXT]).upper().translate(_LOOKALIKES), phone_key(phone)
    called = _names(name)
    found = []
    for each in owed:
        if each.amount.currency != amount.currency:
            continue
        clues = set()
        if each.reference in wanted:
            clues.add(Clue.REFERENCE)
        elif _one_slip(written, _code(each.reference)) or _one_slip(written, PREFIX + _code(each.reference)):
            clues.add(Clue.SIMILAR)
        if caller is not None and caller in {phone_key(one) for one in each.phones}:
            clues.add(Clue.PHONE)
        if amount == each.amount or amount in each.parts:
            clues.add(Clue.AMOUNT)
        if any(len(called & _names(one)) >= _NAMES_IN_COMMON for one in each.names):
            clues.add(Clue.NAME)
        if each.reference in claimed:
            clues.add(Clue.CLAIMED)
        if clues:
            found.append(Candidate(each, frozenset(clues)))
    return tuple(sorted(found, key=lambda one: (-one.weight, one.owed.reference)))


def _reference_or_none(text: str) -> str | None:
    try:
        return normalise_reference(text)
    except InvalidReference:
        return None


def _code(reference: str) -> str:
    return reference.partition("-")[2]


def _names(text: str) -> frozenset[str]:
    return frozenset(_NAME.findall(text.casefold()))


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one wrong, missing, superfluous or swapped pair of characters lies between the two."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    left, right = typed[start:], meant[start:]
    swapped = left[1::-1] + left[2:] == right if len(left) == len(right) else False
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
