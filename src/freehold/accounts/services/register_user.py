"""Somebody makes an account with an e-mail address. What the caller learns never depends on who is known."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import ALREADY_EXISTS, request_mail
from freehold.accounts.models import User
from freehold.core.errors import BadInput, ErrorItem


def register_user(*, email: str, password: str, first_name: str = "", last_name: str = "") -> None:
    """Makes the account and asks to confirm the address; an address that is known gets a mail saying so.

    The address is unverified until its owner follows the link; it may sign in before that. Raises BadInput for
    a password that the validators refuse.
    """
    email = email.strip().lower()
    user = User(email=email, first_name=first_name, last_name=last_name)
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
            except IntegrityError:  # somebody was faster with the same address
                known = account_with(email)
                if known is None:
                    raise
        if known is not None:
            request_mail(AccountMailRequested(mail=ALREADY_EXISTS, to=email, user_id=known.pk))
        else:
            request_mail(
                AccountMailRequested(mail="email_confirmation_signup", to=email, user_id=user.pk, address_id=address.pk)
            )


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
