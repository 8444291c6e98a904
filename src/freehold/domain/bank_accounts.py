"""Numbers of bank accounts that tell when a digit is wrong."""

import re

IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")


def is_iban(text: str) -> bool:
    """The checksum of ISO 13616: letters are numbers from 10, and the whole is 1 modulo 97."""
    if not IBAN.fullmatch(text):
        return False
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1
