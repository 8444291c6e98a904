"""Somebody whom Google or Apple knows signs in; who is new has an account from then on.

The provider proves its own account, and nothing else. It opens the account of ours that it was connected to, or a new
one. It never opens one that merely has the same address: that one is proved first, and connected then.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import EmailAddress, Login
from allauth.core.exceptions import ImmediateHttpResponse
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from freehold.accounts.models import User
from freehold.accounts.own_session import fresh_session
from freehold.accounts.services.register_user import account_with
from freehold.accounts.services.sign_in import SignInRefused, tokens_of
from freehold.accounts.social.id_tokens import read_id_token
from freehold.accounts.social.identities import Identity
from freehold.accounts.social.providers import NAMES
from freehold.accounts.tokens import TokenPair
from freehold.core.errors import Conflict


class ProveAccountFirst(Conflict):
    """The address belongs to an account that is not connected. Told only to who has proved to have the address."""

    default_code = "account_exists"


def sign_in_socially(*, request: HttpRequest, provider: str, id_token: str, nonce: str = "") -> TokenPair:
    """For programs: tokens of a session of its own, for a token that the provider has made out for one of our apps.

    Raises NotFound for a provider that is not set up, SignInRefused for a token that is forged, over, used before or
    made out for somebody else, and as `account_of` and `sign_in.sign_in`.
    """
    identity = read_id_token(request, provider=provider, id_token=id_token, nonce=nonce)
    with fresh_session(request):
        user = account_of(request, identity)
        try:
            outcome = _log_in(request, user, identity)
        except ImmediateHttpResponse as early:
            outcome = early.response
        return tokens_of(request, outcome)


def sign_in_browser_socially(*, request: HttpRequest, identity: Identity, redirect_url: str | None) -> HttpResponse:
    """For pages: where to go on, be it `redirect_url` or the next step of signing in. Raises as `account_of`."""
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    return _log_in(request, account_of(request, identity), identity, redirect_url=redirect_url)


def account_of(request: HttpRequest, identity: Identity) -> User:
    """The account that the identity opens, made now if there is none. Nobody is signed in by this alone.

    Raises ProveAccountFirst, and SignInRefused "unverified_address" when the provider does not vouch for the address:
    the same whether somebody has it here or not.
    """
    holder = identity.holder
    if holder is not None:
        return holder
    name = NAMES[identity.provider]
    if not (identity.email and identity.is_email_verified):
        raise SignInRefused(
            f"{name} has not confirmed your email address. Confirm it there, or sign up with a password here.",
            code="unverified_address",
        )
    try:
        with transaction.atomic():
            return _new_account(request, identity)
    except IntegrityError:  # the same person, in another window, was faster
        holder = identity.holder
        if holder is None:
            raise _prove_first(name) from None
        return holder


def _new_account(request: HttpRequest, identity: Identity) -> User:
    if account_with(identity.email) is not None:
        raise _prove_first(NAMES[identity.provider])
    if not get_adapter(request).is_open_for_signup(request):
        raise SignInRefused("New accounts are not made here at the moment.", code="sign_up_closed")
    user = User(email=identity.email, first_name=identity.first_name, last_name=identity.last_name)
    user.set_unusable_password()
    user.save(force_insert=True)
    EmailAddress.objects.create(user=user, email=identity.email, primary=True, verified=True)
    identity.connect_to(user)
    return user


def _prove_first(name: str) -> ProveAccountFirst:
    return ProveAccountFirst(
        f"There is an account with this email address already. Sign in to it once, and connect {name} then."
    )


def _log_in(request: HttpRequest, user: User, identity: Identity, *, redirect_url: str | None = None) -> HttpResponse:
    record_authentication(request, user, method="socialaccount", provider=identity.provider, uid=identity.uid)
    answer: Any = perform_login(request, Login(user=user, redirect_url=redirect_url))
    response: HttpResponse = answer
    return response
