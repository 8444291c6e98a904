"""Booking references that people read aloud: "FH-7K2Q9M".

Crockford's base 32 leaves out I, L, O and U, so that nothing looks like a 1 or a 0. The caller brings the
random bits (this room has no randomness); 30 bits make six characters, and a busy year may take more.
"""

import re

from freehold.domain.errors import DomainError

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
