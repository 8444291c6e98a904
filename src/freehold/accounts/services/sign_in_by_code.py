"""A number and the code that was sent to it sign somebody in; who is new has an account from then on.

The code proves the number and nothing else: a second factor, the session, devices and tokens are allauth's pipeline, as
after a password.
"""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from freehold.accounts import phone_codes
from freehold.accounts.models import PhoneCode, User
from freehold.accounts.own_session import fresh_session
from freehold.accounts.phones import PhoneNumber, read_phone
from freehold.accounts.services.sign_in import SignInRefused, tokens_of
from freehold.accounts.sms_budget import credit
from freehold.accounts.tokens import TokenPair
from freehold.core import clock
from freehold.core.errors import TooManyRequests
from freehold.core.ratelimit import Backoff, RateLimit, attempt, consume, forget, give_back

WRONG_PER_ADDRESS = RateLimit(30, 600)
WRONG_PER_PHONE = Backoff(free=phone_codes.MAX_TRIES)
"""Five, then pauses of 1, 2, 4 ... 15 minutes, whether or not a code is alive: who is told nothing by the answer is
told nothing by the limit either, and no new code buys new guesses."""
_WRONG = "phone-code:address"
_WRONG_FOR = "phone-code:phone"


def sign_in_by_code(*, request: HttpRequest, phone: str, code: str, address: str, region: str = "") -> TokenPair:
    """For programs: tokens of a session of its own. Raises as `prove_phone` and `sign_in.sign_in`."""
    with fresh_session(request):
        user = prove_phone(phone=phone, code=code, address=address, region=region)
        try:
            outcome = _log_in(request, user)
        except ImmediateHttpResponse as early:
            outcome = early.response
        return tokens_of(request, outcome)


def sign_in_browser_by_code(
    *, request: HttpRequest, phone: str, code: str, address: str, redirect_url: str | None
) -> HttpResponse:
    """For pages: where to go on, be it `redirect_url` or the next step of signing in. Raises as `prove_phone`."""
    return _log_in(request, prove_phone(phone=phone, code=code, address=address), redirect_url=redirect_url)


def prove_phone(*, phone: str, code: str, address: str, region: str = "") -> User:
    """The account of the number, made now if there is none. Nobody is signed in by this alone.

    Raises BadInput for what cannot be a number or a code, SignInRefused ("invalid_code", the same for wrong, used, old
    and never sent) and TooManyRequests when an address guesses too much, or a number is guessed at too much.
    """
    number, guess = read_phone(phone, region=region), phone_codes.read_code(code)
    _count_guess(number, address)
    with transaction.atomic():
        is_right = phone_codes.take(phone=number, purpose=PhoneCode.Purpose.SIGN_IN, guess=guess)
        user = _account_of(number) if is_right else None
    if user is None:
        raise SignInRefused("This code is wrong, used, or too old.", code="invalid_code")
    give_back(scope=_WRONG, identity=address)
    forget(scope=_WRONG_FOR, identity=number.e164)
    credit(phone=number)
    return user


def _count_guess(number: PhoneNumber, address: str) -> None:
    """Before the code is looked at, so that a burst gets as many guesses as one after the other."""
    verdict = consume(scope=_WRONG, identity=address, limit=WRONG_PER_ADDRESS)
    if verdict.allowed:
        verdict = attempt(scope=_WRONG_FOR, identity=number.e164, backoff=WRONG_PER_PHONE)
        if not verdict.allowed:
            give_back(scope=_WRONG, identity=address)
    if not verdict.allowed:
        raise TooManyRequests("Too many wrong codes. Try again later.", retry_after=verdict.retry_after or 1)


def _account_of(number: PhoneNumber) -> User:
    """Whoever holds the number now. Runs in the transaction that used the code up."""
    try:
        with transaction.atomic():
            return _settle(number)
    except IntegrityError:  # somebody took the number in this moment, having proved it just as well
        return _settle(number)


def _settle(number: PhoneNumber) -> User:
    holder = User.objects.select_for_update().filter(phone=number.e164).first()
    if holder is not None and holder.phone_verified_at is not None:
        return holder
    if holder is not None and not (holder.email or holder.username):
        # Written down by somebody else for a person with no other identifier: here is the person. Whatever password
        # was set meanwhile is not theirs, and its sessions end with it.
        holder.set_unusable_password()
        holder.phone_verified_at = clock.now()
        holder.save(update_fields=["password", "phone_verified_at", "updated_at"])
        return holder
    if holder is not None:
        # An account claims a number that it never proved.
        holder.phone = None
        holder.save(update_fields=["phone", "updated_at"])
    user = User(phone=number.e164, phone_verified_at=clock.now())
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def _log_in(request: HttpRequest, user: User, *, redirect_url: str | None = None) -> HttpResponse:
    record_authentication(request, user, method="code", phone=user.phone)
    answer: Any = perform_login(request, Login(user=user, redirect_url=redirect_url, phone=user.phone))
    response: HttpResponse = answer
    return response
