"""Somebody says which address is theirs: it is one of their account's when its owner has followed the mailed link."""

from allauth.account.models import EmailAddress
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import request_mail
from freehold.accounts.models import User
from freehold.accounts.selectors import has_second_factor
from freehold.accounts.step_up import StepUpRequired, has_stepped_up
from freehold.core.actor import Actor
from freehold.core.errors import BadInput

MOST_UNCONFIRMED = 5


def change_email(*, actor: Actor, session: SessionBase, email: str) -> bool:
    """Whether `email` is the actor's main address now. It is when it is confirmed; else a link is mailed to it, and
    the address before goes on to be the main one. An account without any gets its first by following the link.

    Whether somebody else has the address is told to nobody. Raises StepUpRequired where a second factor is set up and
    was not shown lately, BadInput with too many addresses that wait to be confirmed.
    """
    user_id = actor.own_hand()
    email = email.strip().lower()
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        if user.email == email:
            return True
        if has_second_factor(user=user) and not has_stepped_up(user=user, session=session):
            raise StepUpRequired.of(user)
        known = EmailAddress.objects.filter(user=user, email=email).first()
        if known is not None and known.verified:
            before = user.email
            known.set_as_primary()
            if before:
                request_mail(AccountMailRequested(mail="email_changed", to=before, user_id=user.pk, about=email))
            return True
        address = known or _add(user, email)
        request_mail(AccountMailRequested(mail="email_confirmation", to=email, user_id=user.pk, address_id=address.pk))
        return False


def _add(user: User, email: str) -> EmailAddress:
    if EmailAddress.objects.filter(user=user, verified=False).count() >= MOST_UNCONFIRMED:
        raise BadInput("Confirm one of your other addresses first.", code="too_many_unconfirmed", attr="email")
    address: EmailAddress = EmailAddress.objects.create(user=user, email=email, primary=False, verified=False)
    return address
