"""An API key as its holder writes it: `<prefix>.<secret>`. The prefix is shown and looked up, the secret is neither."""

import hashlib
import hmac
import re
from secrets import choice, token_urlsafe
from string import ascii_lowercase, digits
from typing import NamedTuple

_MARK = "fhk_"
_PREFIX_LETTERS = 10
_SECRET_BYTES = 32
_KEY = re.compile(rf"({_MARK}[a-z0-9]{{{_PREFIX_LETTERS}}})\.([A-Za-z0-9_-]{{43}})")
_NOBODY_S = "0" * 64


class KeyText(NamedTuple):
    prefix: str
    secret: str

    def __str__(self) -> str:
        return f"{self.prefix}.{self.secret}"

    @property
    def secret_hash(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def opens(self, secret_hash: str | None) -> bool:
        """In the same time for every secret, and for a key that is not there."""
        return hmac.compare_digest(self.secret_hash, secret_hash or _NOBODY_S) and secret_hash is not None


def new_key() -> KeyText:
    letters = "".join(choice(ascii_lowercase + digits) for _ in range(_PREFIX_LETTERS))
    return KeyText(f"{_MARK}{letters}", token_urlsafe(_SECRET_BYTES))


def read_key(text: str) -> KeyText | None:
    match = _KEY.fullmatch(text)
    return KeyText(match[1], match[2]) if match else None
