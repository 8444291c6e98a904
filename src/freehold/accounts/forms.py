"""The forms of the account pages, where they differ from allauth's: the work is done by services."""

import re
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.internal.flows.login import derive_login_method
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest, HttpResponse

from freehold.accounts.adapter import AccountAdapter
from freehold.accounts.services.register_user import register_user
from freehold.accounts.services.request_password_reset import request_password_reset

MAX_IDENTIFIER = 254
_PHONE = re.compile(r"\+[0-9 ().-]+")
_PUNCTUATION = re.compile(r"[ ().-]")


class LoginForm(allauth_forms.LoginForm):
    """E-mail, username or phone number, and the password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        login = self.fields["login"]
        login.label = "Email, username or phone"
        login.widget.attrs |= {"maxlength": str(MAX_IDENTIFIER), "autocapitalize": "none"}
        login.validators.append(MaxLengthValidator(MAX_IDENTIFIER))

    def clean_login(self) -> str:
        login: str = super().clean_login()
        return _PUNCTUATION.sub("", login) if _PHONE.fullmatch(login) else login

    def user_credentials(self) -> dict[str, str]:
        """One identifier, so that a password is looked at once: as long as for somebody who is unknown."""
        login: str = self.cleaned_data["login"]
        method = derive_login_method(login)
        return {method.value: login, "password": self.cleaned_data["password"]}


class SignupForm(allauth_forms.SignupForm):
    """Answers the same for a known and an unknown address, and signs nobody in."""

    def validate_unique_email(self, value: str) -> str:
        return value

    def try_save(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        register_user(email=self.cleaned_data["email"], password=self.cleaned_data["password1"])
        return None, AccountAdapter(request).respond_registered(request)


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def save(self, request: HttpRequest, **_options: Any) -> str:
        email: str = self.cleaned_data["email"]
        request_password_reset(email=email)
        return email
