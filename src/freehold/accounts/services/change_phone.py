"""Somebody who is signed in proves a number, and has it from then on."""

from uuid import UUID

from django.db import IntegrityError, transaction

from freehold.accounts import phone_codes
from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import request_mail
from freehold.accounts.models import PhoneCode, User
from freehold.accounts.phones import PhoneNumber, read_phone
from freehold.accounts.sms_budget import credit
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict


class PhoneTaken(Conflict):
    """The number signs in another account, and the actor has just proved to hold it.

    The code stays good: whatever joins the two accounts can take it as the proof of the second one.
    """

    default_code = "phone_taken"


def change_phone(*, actor: Actor, phone: str, code: str) -> User:
    """Makes `phone` the actor's number; the one before identifies nobody any more.

    Raises AccessDenied for nobody, BadInput ("invalid_code") for a code that is wrong, used, too old or somebody
    else's, and PhoneTaken.
    """
    user_id = actor.own_hand()
    number, guess = read_phone(phone), phone_codes.read_code(code)
    try:
        with transaction.atomic():
            is_right = phone_codes.take(phone=number, purpose=PhoneCode.Purpose.CHANGE, guess=guess, user=actor.user)
            user = _take_over(user_id, number) if is_right else None
    except IntegrityError:  # somebody else proved the number in this moment
        raise _taken() from None
    if user is None:
        raise BadInput("This code is wrong, used, or too old.", code="invalid_code", attr="code")
    credit(phone=number)
    return user


def _take_over(user_id: UUID, number: PhoneNumber) -> User:
    """Raises PhoneTaken, which rolls back that the code was used."""
    people = User.objects.select_for_update().order_by("pk")
    found = {user.pk: user for user in people.filter(phone=number.e164) | people.filter(pk=user_id)}
    me = found.pop(user_id)
    for other in found.values():
        if other.phone_verified_at is not None or not (other.email or other.username):
            raise _taken()
        # It never proved the number, and has another identifier.
        other.phone = None
        other.save(update_fields=["phone", "updated_at"])
    me.phone, me.phone_verified_at = number.e164, clock.now()
    me.save(update_fields=["phone", "phone_verified_at", "updated_at"])
    if me.email:
        request_mail(AccountMailRequested(mail="phone_changed", to=me.email, user_id=me.pk, about=number.e164))
    return me


def _taken() -> PhoneTaken:
    return PhoneTaken("This number belongs to another account. Sign out and sign in with it.", attr="phone")
