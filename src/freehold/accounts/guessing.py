"""How often a password may be guessed: exactly, from everywhere, and never so that its owner is locked out for good.

Every attempt is counted before the password is looked at, so that a burst gets as many guesses as one after the other.

| counted for                                          | limit                                             |
|------------------------------------------------------|---------------------------------------------------|
| one address, whatever accounts                       | PER_ADDRESS                                       |
| one account from one address or known device         | PER_PAIR: five, then pauses of 1, 2, 4 ... 15 min |
| one account from all strange addresses together      | PER_ACCOUNT: twenty, then the same pauses         |
| all accounts from all strange addresses together     | the setting SIGN_IN_FAILURES_EVERYWHERE           |

The last two are what many addresses run into. They pass by whoever is known: a device that carries the cookie of an
earlier sign-in to this account, or an address from which one succeeded in the last months. So an attacker slows
strangers down, never the owner at home; and who resets the password is known from then on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

import structlog
from django.conf import settings
from django.core import signing
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from freehold.accounts.models import KnownAddress, User
from freehold.core.addresses import counted_ip
from freehold.core.errors import TooManyRequests
from freehold.core.ids import uuid7
from freehold.core.ratelimit import Backoff, RateLimit, attempt, consume, forget, give_back

log = structlog.get_logger(__name__)

PER_ADDRESS = RateLimit(20, 60)
PER_PAIR = Backoff(free=5)
PER_ACCOUNT = Backoff(free=20)
ALARM = RateLimit(1, 60)

_ADDRESS, _PAIR, _ACCOUNT, _EVERYWHERE = (f"sign-in:{name}" for name in ("address", "pair", "account", "everywhere"))
_ALL = "all"

COOKIE_AGE = timedelta(days=365)
ADDRESS_KNOWN = timedelta(days=180)
_SALT = "freehold.known-device"
_PEOPLE_PER_DEVICE = 5

_NOTE_ADDRESS = """
    INSERT INTO accounts_knownaddress (id, user_id, address_hash, seen_at) VALUES (%s, %s, %s, clock_timestamp())
    ON CONFLICT (user_id, address_hash) DO UPDATE SET seen_at = EXCLUDED.seen_at
"""
_FORGET_ADDRESSES = "DELETE FROM accounts_knownaddress WHERE seen_at < clock_timestamp() - %s"


@dataclass(frozen=True, slots=True)
class Guess:
    """One attempt that was counted. `account` is the person where there is one, else what was typed."""

    account: str
    place: str
    address: str
    is_known_here: bool

    def went_well(self) -> None:
        """It was no guess: what was counted in advance is taken back."""
        forget(scope=_PAIR, identity=self._pair)
        give_back(scope=_ADDRESS, identity=self.address)
        if not self.is_known_here:
            give_back(scope=_ACCOUNT, identity=self.account)
            give_back(scope=_EVERYWHERE, identity=_ALL)

    @property
    def _pair(self) -> str:
        return f"{self.account}|{self.place}"


def count_guess(request: HttpRequest, *, kind: str, identifier: str) -> Guess:
    """Counts an attempt to sign in. `kind` is "email", "username" or "phone". Raises TooManyRequests."""
    address = counted_ip(request)
    verdict = consume(scope=_ADDRESS, identity=address, limit=PER_ADDRESS)
    if not verdict.allowed:
        raise _refusal(verdict.retry_after)
    guess = _guess(request, kind, identifier, address)
    verdict = attempt(scope=_PAIR, identity=guess._pair, backoff=PER_PAIR)
    if not verdict.allowed:
        raise _refusal(verdict.retry_after)
    if not guess.is_known_here:
        _count_stranger(guess)
    return guess


def _count_stranger(guess: Guess) -> None:
    verdict = attempt(scope=_ACCOUNT, identity=guess.account, backoff=PER_ACCOUNT)
    if not verdict.allowed:
        give_back(scope=_PAIR, identity=guess._pair)
        raise _refusal(verdict.retry_after)
    limit = RateLimit.parse(settings.SIGN_IN_FAILURES_EVERYWHERE)  # type: ignore[misc]
    verdict = consume(scope=_EVERYWHERE, identity=_ALL, limit=limit)
    if not verdict.allowed:
        give_back(scope=_PAIR, identity=guess._pair)
        give_back(scope=_ACCOUNT, identity=guess.account)
        if consume(scope="sign-in:alarm", identity=_ALL, limit=ALARM).allowed:
            log.warning("sign_in_failures_everywhere", limit=limit.amount, seconds=limit.seconds)
        raise _refusal(verdict.retry_after)


def _guess(request: HttpRequest, kind: str, identifier: str, address: str) -> Guess:
    """One query, the same for people who exist and people who do not."""
    known = KnownAddress.objects.filter(user=OuterRef("pk"), address_hash=_address_hash(address))
    found = (
        User.objects.filter(**{kind: identifier}).annotate(is_known=Exists(known)).values_list("pk", "is_known").first()
    )
    device, people = _read_cookie(request)
    if found is None:
        return Guess(f"name:{identifier}", address, address, is_known_here=False)
    pk, is_address_known = found
    if device and _person_hash(pk) in people:
        return Guess(f"user:{pk}", f"device:{device}", address, is_known_here=True)
    return Guess(f"user:{pk}", address, address, is_known_here=is_address_known)


# --- being known ---


def note_known(request: HttpRequest, user: User, response: HttpResponse | None = None) -> None:
    """Somebody has proved to be `user`: their address is known from now on, and their browser by `response`."""
    note_address(user.pk, counted_ip(request))
    if response is None:
        return
    device, people = _read_cookie(request)
    people = [_person_hash(user.pk), *(each for each in people if each != _person_hash(user.pk))][:_PEOPLE_PER_DEVICE]
    response.set_cookie(
        settings.KNOWN_DEVICE_COOKIE_NAME,
        signing.dumps([device or token_urlsafe(16), people], salt=_SALT),
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def note_address(user_id: UUID, address: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_ADDRESS, [uuid7(), user_id, _address_hash(address)])


def is_new_device(request: HttpRequest, user: User, *, is_program: bool) -> bool:
    """Whether somebody who has signed in before does so now with a browser that was never theirs.

    Programs keep no cookies: for them, an address. Ask before `note_known`. One query.
    """
    here = Count("pk", filter=Q(address_hash=_address_hash(counted_ip(request))))
    seen = KnownAddress.objects.filter(user=user).aggregate(ever=Count("pk"), here=here)
    if not seen["ever"]:
        return False
    return not seen["here"] if is_program else _person_hash(user.pk) not in _read_cookie(request)[1]


def forget_guesses(user_id: UUID) -> None:
    """The password is another one: what was guessed before counts no more."""
    forget(scope=_ACCOUNT, identity=f"user:{user_id}")


def forget_old_addresses() -> int:
    """Addresses from which nobody signed in for months are forgotten. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_ADDRESSES, [ADDRESS_KNOWN])
        return int(cursor.rowcount)


def _read_cookie(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        device, people = signing.loads(
            request.COOKIES.get(settings.KNOWN_DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=COOKIE_AGE
        )
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return device, people


def _person_hash(pk: UUID) -> str:
    return hashlib.sha256(pk.bytes).hexdigest()[:16]


def _address_hash(address: str) -> str:
    """Keyed, so that the table is no list of who was where."""
    return salted_hmac("freehold.known-address", address, algorithm="sha256").hexdigest()


def _refusal(retry_after: int | None) -> TooManyRequests:
    return TooManyRequests("Too many failed attempts. Try again later.", retry_after=retry_after or 1)
