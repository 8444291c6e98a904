"""Secrets that the database holds, unreadable without the keys of the environment.

The first of ENCRYPTION_KEYS writes, all of them read: a new key is put in front, `reseal` rewrites what is stored,
and then the old one may go. Each key is any text; what encrypts is derived from it.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"freehold: secrets at rest"


class UnreadableSecret(Exception):
    """None of the keys opens it: a key was taken away too early, or the row was changed."""


def seal(text: str) -> str:
    """The text as it may be stored: encrypted and authenticated, different at every call."""
    return _cipher(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises UnreadableSecret."""
    try:
        return _cipher(tuple(settings.ENCRYPTION_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise UnreadableSecret("No key of ENCRYPTION_KEYS opens this secret.") from None


def reseal(sealed: str) -> str:
    """The same secret under the key that writes today. Raises UnreadableSecret."""
    try:
        return _cipher(tuple(settings.ENCRYPTION_KEYS)).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise UnreadableSecret("No key of ENCRYPTION_KEYS opens this secret.") from None


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(key: str) -> bytes:
    """RFC 5869 (HKDF): 32 bytes for this purpose only, in the spelling that Fernet reads."""
    raw = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
    return base64.urlsafe_b64encode(raw)
