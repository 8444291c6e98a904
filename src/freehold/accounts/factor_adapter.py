"""Where allauth's second factors meet this platform: sealed secrets, names, and the site that passkeys belong to."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from freehold.core.secrets import seal, unseal


class FactorAdapter(DefaultMFAAdapter):
    """Set as MFA_ADAPTER."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This is wrong, or was used already."),
        "unverified_email": _("Confirm your email address first: a second step protects an address that is yours."),
        "cannot_generate_recovery_codes": _("Set up an app or a passkey first."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)

    def get_totp_label(self, user: Any) -> str:
        return str(user.email or user.username or user.phone)

    def get_totp_issuer(self) -> str:
        return self._get_site_name()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey") if not count else gettext("Passkey %(number)s") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """In production the configured site, never what a request claims to be its host."""
        host = settings.ENV.site_host if settings.ENV.is_production else context.request.get_host().partition(":")[0]
        return {"id": host, "name": self._get_site_name()}

    def _get_site_name(self) -> str:
        return str(settings.ENV.site_host) if settings.ENV.is_production else "Freehold"
