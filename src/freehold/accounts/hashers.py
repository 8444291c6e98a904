"""Passwords that were hashed elsewhere: which of them can be checked here, and how weak ones are kept.

New passwords are hashed with Argon2; one that was hashed in another way is hashed anew when its owner signs in. A hash
that could be guessed quickly (MD5, SHA-1) is never stored as it came: it is hashed once more, with PBKDF2, as Django
recommends for passwords that nobody knows. https://docs.djangoproject.com/en/stable/topics/auth/passwords/
"""

import re
from collections.abc import Callable
from hashlib import md5, sha1

from django.contrib.auth.hashers import (
    PBKDF2PasswordHasher,
    get_hasher,
    identify_hasher,
    is_password_usable,
    make_password,
    verify_password,
)
from django.utils.crypto import get_random_string

from freehold.core.errors import BadInput

LONGEST_HASH = 128
_SALT = 22
# Above these, checking one password takes so long or so much memory that trying to sign in is an attack.
_MOST_ITERATIONS = 10_000_000
_MOST_SCRYPT = {"work_factor": 2**20, "block_size": 32, "parallelism": 16}
_MOST_ARGON2 = {"m": 2**20, "t": 20, "p": 16}

_PBKDF2 = re.compile(r"pbkdf2_sha(?:256|1)\$([1-9][0-9]{0,9})\$[^$]+\$[A-Za-z0-9+/=]+")
_PBKDF2_ROUNDS = re.compile(r"^(pbkdf2_sha(?:256|1)\$)[0-9]+\$")
_SCRYPT = re.compile(r"scrypt\$([1-9][0-9]{0,9})\$[^$]+\$([1-9][0-9]{0,5})\$([1-9][0-9]{0,5})\$[A-Za-z0-9+/=]+")
_ARGON2 = re.compile(
    r"argon2\$argon2(?:id|i|d)\$(?:v=[0-9]{1,3}\$)?m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,5}),p=([1-9][0-9]{0,5})"
    r"\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
)
_WEAK = re.compile(r"(?:(md5|sha1)\$([^$]*)\$)?([0-9a-f]{32}|[0-9a-f]{40})")
_HEX_DIGITS = {"md5": 32, "sha1": 40}


_DIGESTS: dict[str, Callable[[bytes], str]] = {
    "md5": lambda text: md5(text, usedforsecurity=False).hexdigest(),
    "sha1": lambda text: sha1(text, usedforsecurity=False).hexdigest(),
}


class _Wrapped(PBKDF2PasswordHasher):
    """PBKDF2 of what a weak hasher made of the password. The salt of the weak one, if it had any, serves both."""

    digest_name = ""
    is_salted = True

    def wrap(self, weak: str, salt: str) -> str:
        return super().encode(weak, salt)

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        weak = _DIGESTS[self.digest_name](((salt if self.is_salted else "") + password).encode())
        return super().encode(weak, salt, iterations)


class WrappedMD5(_Wrapped):
    algorithm = "pbkdf2_wrapped_md5"
    digest_name = "md5"


class WrappedUnsaltedMD5(_Wrapped):
    algorithm = "pbkdf2_wrapped_unsalted_md5"
    digest_name = "md5"
    is_salted = False


class WrappedSHA1(_Wrapped):
    algorithm = "pbkdf2_wrapped_sha1"
    digest_name = "sha1"


class WrappedUnsaltedSHA1(_Wrapped):
    algorithm = "pbkdf2_wrapped_unsalted_sha1"
    digest_name = "sha1"
    is_salted = False


def keep_hash(encoded: str) -> str:
    """What to store of a hash that Django made elsewhere, so that the same password goes on working.

    A password that was unusable there stays so. Raises BadInput for a hash that cannot be checked here, or that would
    take too long to check; its owner then has to choose another password.
    """
    if not encoded or not is_password_usable(encoded):
        return ""
    weak = _WEAK.fullmatch(encoded)
    if weak is not None:
        return _wrap(weak)
    if len(encoded) > LONGEST_HASH or not (_is_cheap_enough(encoded) and _passes_a_trial(encoded)):
        raise BadInput("The password was hashed in a way that is not known here.", code="unknown_hash", attr="password")
    return encoded


def _wrap(found: re.Match[str]) -> str:
    name, salt, digest = found.groups()
    if name is None:
        name = "md5" if len(digest) == _HEX_DIGITS["md5"] else "sha1"
    if len(digest) != _HEX_DIGITS[name] or (salt and len(salt) > _SALT):
        raise BadInput("The password was hashed in a way that is not known here.", code="unknown_hash", attr="password")
    hasher = _WRAPPERS[name, bool(salt)]()
    return hasher.wrap(digest, salt or get_random_string(_SALT))


def even_out(password: str, encoded: str) -> None:
    """After a wrong password: the work that an unknown name costs, once more where the hash was made elsewhere.

    Checking such a hash may cost next to nothing; who guesses names must not see that by an early refusal.
    """
    try:
        was_made_elsewhere = identify_hasher(encoded).algorithm != get_hasher().algorithm
    except ValueError:
        return  # An unusable password, or an unknown hash: Django has hashed already.
    if was_made_elsewhere:
        make_password(password)


def _passes_a_trial(encoded: str) -> bool:
    """Whether a password can be compared with it at all: what raises here would raise whenever its owner signs in.

    For instance, OpenSSL refuses scrypt's work factor unless it is a power of two that fits its memory. The rounds of
    PBKDF2 change nothing but the time, which for thousands of people is hours: one will do.
    """
    try:
        verify_password("", _PBKDF2_ROUNDS.sub(r"\g<1>1$", encoded))
    except Exception:  # Each library has its own.
        return False
    return True


def _is_cheap_enough(encoded: str) -> bool:
    if found := _PBKDF2.fullmatch(encoded):
        return int(found[1]) <= _MOST_ITERATIONS
    if found := _SCRYPT.fullmatch(encoded):
        return all(int(said) <= most for said, most in zip(found.groups(), _MOST_SCRYPT.values(), strict=True))
    if found := _ARGON2.fullmatch(encoded):
        return all(int(said) <= most for said, most in zip(found.groups(), _MOST_ARGON2.values(), strict=True))
    return False


_WRAPPERS: dict[tuple[str, bool], type[_Wrapped]] = {
    ("md5", True): WrappedMD5,
    ("md5", False): WrappedUnsaltedMD5,
    ("sha1", True): WrappedSHA1,
    ("sha1", False): WrappedUnsaltedSHA1,
}
