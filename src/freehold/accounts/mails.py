"""The mails about an account: which template, which facts, which links.

Links carry one-time tokens and begin with SITE_URL, never with what a request claimed to be its host. They are
made here, while the mail is being sent, and stored nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from freehold.accounts.device_names import device_name
from freehold.accounts.events import AccountMailRequested
from freehold.accounts.models import User
from freehold.core import events
from freehold.core.ratelimit import RateLimit, consume

TEMPLATES = "account/email/"
CONFIRMATIONS = frozenset({"email_confirmation", "email_confirmation_signup"})
PASSWORD_RESET = "password_reset_key"  # noqa: S105 - a template's name
ALREADY_EXISTS = "account_already_exists"
NEW_DEVICE = "new_device"
MAILS_PER_ADDRESS = RateLimit(5, 300)


@dataclass(frozen=True, slots=True)
class AccountMail:
    """Templates `<template>_subject.txt`, `<template>_message.txt` and, if there is one, `_message.html`."""

    template: str
    to: str
    language: str
    context: Mapping[str, Any]


def request_mail(event: AccountMailRequested) -> None:
    """Announces the mail, unless its address got too many of the kind lately: nobody's mailbox is a target."""
    with transaction.atomic():
        if consume(scope=f"mail:{event.mail}", identity=event.to, limit=MAILS_PER_ADDRESS).allowed:
            events.announce(event)


def compose(event: AccountMailRequested) -> AccountMail | None:
    """The mail to send; None when it has become pointless (account gone, closed or never there, address confirmed)."""
    user = User.objects.filter(pk=event.user_id, is_active=True).first() if event.user_id else None
    if event.user_id and user is None:
        return None
    context: dict[str, Any] = {
        "user": user,
        "email": event.to,
        "site_url": settings.SITE_URL,
        "about": event.about,
        "ip": event.ip,
        "user_agent": event.user_agent,
        "device": device_name(event.user_agent),
        "devices_url": site_link("site:devices"),
        "login_url": site_link("account_login"),
        "signup_url": site_link("account_signup"),
        "password_reset_url": site_link("account_reset_password"),
    }
    if event.mail in CONFIRMATIONS:
        assert event.address_id is not None
        address = EmailAddress.objects.filter(pk=event.address_id, verified=False).first()
        if address is None:
            return None
        context["activate_url"] = confirmation_link(address)
    if event.mail == PASSWORD_RESET:
        if user is None:
            return None
        context["password_reset_url"] = password_reset_link(user)
    return AccountMail(TEMPLATES + event.mail, event.to, user.language if user else "", context)


def password_reset_link(user: User) -> str:
    """Good once, until the password or an address changes or PASSWORD_RESET_TIMEOUT is over."""
    key = default_token_generator.make_token(user)
    return site_link("site:new_password", uidb36=user_pk_to_url_str(user), key=key)


def confirmation_link(address: EmailAddress) -> str:
    return site_link("account_confirm_email", key=EmailConfirmationHMAC(address).key)


def site_link(name: str, **parts: str) -> str:
    return f"{settings.SITE_URL}{reverse(name, kwargs=parts)}"
