"""Who may be signed in at all: asked at sign-in and again for every session and token."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings


class AccountBackend(AuthenticationBackend):
    """allauth's backend; a demonstration account, whose password is published, never works in production."""

    def user_can_authenticate(self, user: Any) -> bool:
        if user.is_demo and settings.ENV.is_production:
            return False
        return bool(super().user_can_authenticate(user))
