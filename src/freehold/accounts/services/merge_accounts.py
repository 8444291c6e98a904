"""An account that knows only a phone number becomes one with the account of the person who proves that number."""

from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.files.storage import default_storage
from django.db import transaction

from freehold.accounts import phone_codes
from freehold.accounts.events import AccountMailRequested, AccountsMerged
from freehold.accounts.mails import request_mail
from freehold.accounts.models import KnownAddress, PhoneCode, User
from freehold.accounts.phones import read_phone
from freehold.accounts.services.set_avatar import FOLDER
from freehold.accounts.sessions import end_all_sessions
from freehold.accounts.sms_budget import credit
from freehold.core import clock, events
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict

_FROM_THE_OTHER = ("first_name", "last_name", "date_of_birth", "gender", "time_zone")


def merge_accounts(*, actor: Actor, phone: str, code: str) -> User:
    """Moves everything of the account that `phone` signs in to the actor's, with the number; returns the actor's.

    The code is the one that `request_phone_change` has sent, so both are proved: the actor's account by being signed
    in (afresh: `accounts.step_up`), the other one by its phone, which is all that it asks for. Raises AccessDenied for
    nobody, BadInput ("invalid_code"), and Conflict "not_mergeable" for an account with another way in, a second
    factor or rights on the platform: it is not the phone alone that opens it.
    """
    user_id = actor.own_hand()
    number, guess = read_phone(phone), phone_codes.read_code(code)
    with transaction.atomic():
        is_right = phone_codes.take(phone=number, purpose=PhoneCode.Purpose.CHANGE, guess=guess, user=actor.user)
        user = _join(user_id, number.e164) if is_right else None
    if user is None:
        raise BadInput("This code is wrong, used, or too old.", code="invalid_code", attr="code")
    credit(phone=number)
    return user


def _join(user_id: UUID, number: str) -> User:
    """Raises Conflict, which rolls back that the code was used."""
    people = User.objects.select_for_update().order_by("pk")
    found = {user.pk: user for user in people.filter(phone=number) | people.filter(pk=user_id)}
    me = found.pop(user_id)
    other = next(iter(found.values()), None)
    if other is None:
        raise Conflict("No other account has this number.", code="nothing_to_merge", attr="phone")
    _require_mergeable(other)
    events.announce(AccountsMerged(kept_id=me.pk, merged_id=other.pk))
    end_all_sessions(other.pk)
    nothing_said = User()
    for name in _FROM_THE_OTHER:
        setattr(me, name, getattr(me, name) or getattr(other, name))
        setattr(other, name, getattr(nothing_said, name))
    _move_avatar(me, other)
    KnownAddress.objects.filter(user=other).delete()
    other.username, other.phone = f"merged-{other.pk.hex[-12:]}", None
    other.is_active, other.merged_into = False, me
    other.save()
    me.phone, me.phone_verified_at = number, clock.now()
    me.save()
    if me.email:
        request_mail(AccountMailRequested(mail="phone_changed", to=me.email, user_id=me.pk, about=number))
    return me


def _move_avatar(me: User, other: User) -> None:
    if other.avatar and me.avatar:
        path = f"{FOLDER}/{other.avatar}"
        transaction.on_commit(lambda: default_storage.delete(path))
    me.avatar, other.avatar = me.avatar or other.avatar, ""


def _require_mergeable(other: User) -> None:
    has_more = bool(other.email or other.username or other.has_usable_password())
    has_rights = other.is_staff or other.is_superuser or not other.is_active
    has_ways = any(rows.objects.filter(user=other).exists() for rows in (Authenticator, SocialAccount))
    if has_more or has_rights or has_ways:
        raise Conflict("This account has other ways in. Sign in with it first.", code="not_mergeable", attr="phone")
