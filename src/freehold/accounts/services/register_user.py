"""Somebody makes an account with an e-mail address. What the caller learns never depends on who is known."""

import re

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import ALREADY_EXISTS, request_mail
from freehold.accounts.models import User
from freehold.core.errors import BadInput, ErrorItem

# What has an @ is an address to whoever signs in, and what begins with + a telephone number.
_USERNAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,59}")


def register_user(
    *, email: str, password: str, first_name: str = "", last_name: str = "", username: str | None = None
) -> None:
    """Makes the account and asks to confirm the address; an address that is known gets a mail saying so.

    The address is unverified until its owner follows the link; it may sign in before that, with the username too, if
    one is given. Raises BadInput for a password that the validators refuse, and for a username that is none or taken:
    usernames are public, addresses are not.
    """
    email = email.strip().lower()
    username = _free_username(username, email)
    user = User(email=email, username=username, first_name=first_name, last_name=last_name)
    require_good_password(password, user, attr="password")
    # Hashed whether the address is known or not: the answer takes as long.
    user.password = make_password(password)
    with transaction.atomic():
        known = account_with(email)
        if known is None:
            try:
                with transaction.atomic():
                    user.save(force_insert=True)
                    address = EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
            except IntegrityError:  # somebody was faster with the same address, or the same username
                known = account_with(email)
                if known is None:
                    _free_username(username, email)
                    raise
        if known is not None:
            request_mail(AccountMailRequested(mail=ALREADY_EXISTS, to=email, user_id=known.pk))
        else:
            request_mail(
                AccountMailRequested(mail="email_confirmation_signup", to=email, user_id=user.pk, address_id=address.pk)
            )


def _free_username(username: str | None, email: str) -> str | None:
    """As it is stored; None where the address serves. Raises BadInput."""
    username = (username or "").strip().lower()
    if username in ("", email):
        return None
    if not _USERNAME.fullmatch(username):
        text = "A username has at most 60 letters, digits and _ . + -, and begins with a letter, a digit or _."
        raise BadInput(text, attr="username")
    if User.objects.filter(username=username).exists():
        raise BadInput("A user with that username already exists.", code="unique", attr="username")
    return username


def require_good_password(password: str, user: User, *, attr: str) -> None:
    """Raises BadInput with everything that the validators say."""
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        raise BadInput.of(
            [ErrorItem(item.code or "invalid", " ".join(item.messages), attr) for item in refusal.error_list]
        ) from None


def account_with(email: str) -> User | None:
    """The account that the address leads to, as its own or as a verified further one."""
    return (
        User.objects.filter(email=email).first()
        or User.objects.filter(emailaddress__email=email, emailaddress__verified=True).first()
    )
