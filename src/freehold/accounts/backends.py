"""Who may be signed in at all: asked at sign-in and again for every session and token."""

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.db import connection

from freehold.accounts.models import User
from freehold.core.rows import Columns


@cache
def _account() -> Columns[User]:
    return Columns(User, "account")


class AccountBackend(AuthenticationBackend):
    """allauth's backend; a demonstration account, whose password is published, never works in production."""

    def user_can_authenticate(self, user: Any) -> bool:
        if user.is_demo and settings.ENV.is_production:
            return False
        return bool(super().user_can_authenticate(user))

    def get_user(self, user_id: Any) -> User | None:
        """By plain SQL: this is asked for each request of somebody who is signed in."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {_account().text} FROM accounts_user AS account WHERE id = %s", [user_id])  # noqa: S608 - names of columns
            row = cursor.fetchone()
        user = None if row is None else _account().instance(row)
        return user if user is not None and self.user_can_authenticate(user) else None
