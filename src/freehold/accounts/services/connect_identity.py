"""Somebody who is signed in adds an account at Google or Apple as a way in, or takes it away."""

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import request_mail
from freehold.accounts.models import User
from freehold.accounts.selectors import is_email_verified, ways_in
from freehold.accounts.social.id_tokens import read_id_token
from freehold.accounts.social.identities import Identity
from freehold.accounts.social.providers import NAMES
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound

CONNECTED, DISCONNECTED = "social_connected", "social_disconnected"


def connect_identity(*, actor: Actor, identity: Identity) -> SocialAccount:
    """The identity opens the actor's account from now on. Doing so again changes nothing.

    The caller has proved afresh who is calling, and the provider whose the identity is. Raises AccessDenied, and
    Conflict: "unverified_email" while the account's own address is not proved (whoever made an account with another's
    address would keep a way in), "identity_taken", "one_each".
    """
    user_id = actor.own_hand()
    name = NAMES[identity.provider]
    try:
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=user_id)
            if user.email and not is_email_verified(user=user):
                raise Conflict("Confirm your email address first.", code="unverified_email")
            mine = SocialAccount.objects.filter(user=user, provider=identity.provider).first()
            if mine is not None and mine.uid != identity.uid:
                raise Conflict(f"Disconnect your other account at {name} first.", code="one_each")
            if mine is not None:
                return mine
            made = identity.connect_to(user)
            _tell(user, CONNECTED, name)
            return made
    except IntegrityError:
        raise Conflict(f"This account at {name} opens somebody else's account.", code="identity_taken") from None


def connect_by_token(
    *, actor: Actor, request: HttpRequest, provider: str, id_token: str, nonce: str = ""
) -> SocialAccount:
    """For programs: the identity is whose the provider's token is. Raises as `read_id_token` and `connect_identity`."""
    actor.require_own_hand()
    identity = read_id_token(request, provider=provider, id_token=id_token, nonce=nonce)
    return connect_identity(actor=actor, identity=identity)


def disconnect_identity(*, actor: Actor, provider: str) -> None:
    """The actor signs in with the provider no more. The caller has proved afresh who is calling.

    Raises AccessDenied, NotFound, and Conflict "last_way_in".
    """
    user_id = actor.own_hand()
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        account = SocialAccount.objects.filter(user=user, provider=provider).first()
        if account is None:
            raise NotFound
        if not [way for way in ways_in(user=user) if way != provider]:
            raise Conflict("This is your only way in. Choose a password first.", code="last_way_in")
        account.delete()
        _tell(user, DISCONNECTED, NAMES.get(provider, provider))


def _tell(user: User, mail: str, name: str) -> None:
    if user.email:
        request_mail(AccountMailRequested(mail=mail, to=user.email, user_id=user.pk, about=name))
