"""Somebody forgot a password. Whether the address is known is not to be learned from here."""

from allauth.account.internal.userkit import filter_users_by_email

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.mails import PASSWORD_RESET, request_mail


def request_password_reset(*, email: str) -> None:
    """Announces a mail with a link to each active account of the address.

    An unknown address gets none, but costs the same statements: its event is written, and dropped when it is read.
    """
    email = email.strip().lower()
    users = filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True)
    for user_id in [user.pk for user in users] or [None]:
        request_mail(AccountMailRequested(mail=PASSWORD_RESET, to=email, user_id=user_id))
