"""The forms of the second factor. allauth decides; what is added counts exactly, however many processes there are.

allauth remembers used codes in the cache, which each process has for itself here. These forms count them where limits
are counted: a code of an app is good once. Wrong codes meet pauses that grow, whichever form they come by.
"""

from collections.abc import Callable
from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from freehold.accounts.adapter import AccountAdapter
from freehold.accounts.factor_adapter import FactorAdapter
from freehold.core.errors import TooManyRequests
from freehold.core.ratelimit import Backoff, RateLimit, attempt, consume, forget

TRIES = Backoff(free=5)
TRIES_A_DAY = RateLimit(40, 86_400)
# Longer than any code is valid: three steps of half a minute.
ONE_USE = RateLimit(1, 120)
MAX_CODE = 32
MAX_NAME = 60
_TRIES = "factor:tries"
_TRIES_A_DAY = "factor:tries-a-day"
_SPENT = "factor:spent"
# What of a credential is kept; the rest is the browser's text.
_KEPT = ("id", "rawId", "type", "authenticatorAttachment")


def check_counted(user: Any, check: Callable[[], str]) -> str:
    """Runs `check` if the person has a try left; a good code gives all tries back. Raises ValidationError."""
    identity = str(user.pk)
    verdict = attempt(scope=_TRIES, identity=identity, backoff=TRIES)
    if verdict.allowed:
        verdict = consume(scope=_TRIES_A_DAY, identity=identity, limit=TRIES_A_DAY)
    if not verdict.allowed:
        refusal = TooManyRequests("Too many wrong codes. Try again later.", retry_after=verdict.retry_after or 1)
        AccountAdapter(context.request).refuse(context.request, refusal)
    code = check()
    forget(scope=_TRIES, identity=identity)
    forget(scope=_TRIES_A_DAY, identity=identity)
    return code


def spend(user: Any, code: str) -> None:
    """A code of an app is good once, also for two requests at once. Raises ValidationError."""
    identity = f"{user.pk}:{normalize_user_code(code)}"
    if not consume(scope=_SPENT, identity=identity, limit=ONE_USE).allowed:
        raise FactorAdapter().validation_error("incorrect_code")


def _ask_for_code(field: forms.Field) -> None:
    field.label = _("Code")
    field.help_text = _("From your authenticator app, or one of your recovery codes.")
    field.max_length = MAX_CODE  # type: ignore[attr-defined]
    field.widget.attrs = {"autocomplete": "one-time-code", "autocapitalize": "none", "maxlength": str(MAX_CODE)}


class _CodeForm(base.BaseAuthenticateForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _ask_for_code(self.fields["code"])

    def clean_code(self) -> str:
        return check_counted(self.user, self._check)

    def _check(self) -> str:
        if len(self.cleaned_data["code"]) > MAX_CODE:
            raise FactorAdapter().validation_error("incorrect_code")
        try:
            code: str = super().clean_code()
        except Authenticator.DoesNotExist:  # recovery codes that were replaced while this one was looked at
            raise FactorAdapter().validation_error("incorrect_code") from None
        if self.authenticator.type == Authenticator.Type.TOTP:
            spend(self.user, code)
        return code


class AuthenticateForm(_CodeForm, base.AuthenticateForm):
    """The second step of signing in: a code of the app, or a recovery code."""


class ReauthenticateForm(_CodeForm, base.ReauthenticateForm):
    """The same, by somebody who is signed in and about to do something sensitive."""


class ActivateTOTPForm(totp.ActivateTOTPForm):
    """The first code of a new app. It is spent: it signs nobody in afterwards."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _ask_for_code(self.fields["code"])
        self.fields["code"].help_text = _("The six digits that the app shows now.")
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        return check_counted(self.user, self._check)

    def _check(self) -> str:
        code: str = super().clean_code()
        spend(self.user, code)
        return code


class _Credential:
    """What a browser sends of a passkey is anybody's JSON: whatever the parser stumbles over is a wrong credential."""

    def _read[T](self, read: Callable[[], T]) -> T:
        try:
            return read()
        except ValidationError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
            raise FactorAdapter().validation_error("incorrect_code") from None


class AddWebAuthnForm(_Credential, webauthn.AddWebAuthnForm):
    """A new passkey. Only what is needed to check it later is kept."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        name = self.fields["name"] = forms.CharField(label=_("Name"), required=False, max_length=MAX_NAME)
        name.help_text = _("So that you know it again, such as “My phone”.")
        self.fields["passwordless"].label = _("Sign in with it alone")
        self.fields["passwordless"].help_text = _("Without a password. The device then asks for a PIN or a finger.")
        self.fields["passwordless"].initial = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self._read(super().clean)
        if credential := cleaned.get("credential"):
            cleaned["credential"] = _kept(credential)
        return cleaned


class AuthenticateWebAuthnForm(_Credential, webauthn.AuthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        return self._read(super().clean_credential)


class ReauthenticateWebAuthnForm(_Credential, webauthn.ReauthenticateWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        return self._read(super().clean_credential)


class LoginWebAuthnForm(_Credential, webauthn.LoginWebAuthnForm):
    def clean_credential(self) -> Authenticator:
        return self._read(super().clean_credential)


class EditWebAuthnForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=MAX_NAME)


def _kept(credential: dict[str, Any]) -> dict[str, Any]:
    response = credential["response"]
    properties = (credential.get("clientExtensionResults") or {}).get("credProps") or {}
    is_resident = properties.get("rk")
    return {
        **{name: credential[name] for name in _KEPT if isinstance(credential.get(name), str)},
        "response": {name: response[name] for name in ("clientDataJSON", "attestationObject")},
        "clientExtensionResults": {"credProps": {"rk": is_resident}} if isinstance(is_resident, bool) else {},
    }
