"""Where allauth's social sign-in meets this platform: allauth proves who it is, the services decide what that opens."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from freehold.accounts.services.connect_identity import connect_identity
from freehold.accounts.services.sign_in_socially import ProveAccountFirst, sign_in_browser_socially
from freehold.accounts.social.identities import Identity
from freehold.accounts.social.providers import NAMES
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError

log = structlog.get_logger(__name__)

STARTED_BY = "user"


class SocialAdapter(DefaultSocialAccountAdapter):
    """Set as SOCIALACCOUNT_ADAPTER."""

    def list_apps(self, request: HttpRequest | None, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """Of the settings alone: no row of a table opens another way in, and no page asks for such rows."""
        return [
            app for app in _apps() if provider in {None, app.provider} and (not client_id or app.client_id == client_id)
        ]

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """The provider has spoken; what follows is ours, the same as for programs."""
        identity = Identity.of(sociallogin)
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(_connect(request, identity, sociallogin.state))
        raise ImmediateHttpResponse(_sign_in(request, identity, sociallogin.state.get("next") or None))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Back to where it began, with a word. What the provider answered may hold secrets: only its kind is noted."""
        if error == AuthError.CANCELLED:
            messages.info(request, gettext("Nothing has happened: you stopped at %(name)s.") % _name(provider.id))
        else:
            log.info("social_sign_in_failed", provider=provider.id, error=type(exception).__name__)
            text = gettext("%(name)s did not tell us who you are. Please try it once more.")
            messages.error(request, text % _name(provider.id))
        state = (extra_context or {}).get("state") or {}
        is_connecting = state.get("process") == AuthProcess.CONNECT and request.user.is_authenticated
        raise ImmediateHttpResponse(_to_ways() if is_connecting else _to_sign_in(state.get("next") or ""))


def _apps() -> list[SocialApp]:
    facts = {name: settings.SOCIALACCOUNT_PROVIDERS[name].get("APP") for name in NAMES}
    return [SocialApp(provider=name, name=NAMES[name], **app) for name, app in facts.items() if app]


def _sign_in(request: HttpRequest, identity: Identity, following: str | None) -> HttpResponse:
    try:
        return sign_in_browser_socially(request=request, identity=identity, redirect_url=following)
    except ProveAccountFirst as refusal:
        identity.keep(request.session)
        messages.info(request, refusal.detail)
        return _to_sign_in(reverse("sign_in_ways_join"))
    except FreeholdError as refusal:
        messages.error(request, refusal.detail)
        return _to_sign_in(following or "")


def _connect(request: HttpRequest, identity: Identity, state: dict[str, Any]) -> HttpResponse:
    """Whoever came back is whoever set out, having proved themself then."""
    started_by = (state.get("data") or {}).get(STARTED_BY)
    if not request.user.is_authenticated or str(request.user.pk) != started_by:
        return _to_sign_in(reverse("sign_in_ways"))
    try:
        connect_identity(actor=Actor.of(request.user), identity=identity)
    except FreeholdError as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, gettext("From now on you can sign in with %(name)s.") % _name(identity.provider))
    return _to_ways()


def _name(provider: str) -> dict[str, str]:
    return {"name": NAMES[provider]}


def _to_ways() -> HttpResponse:
    return HttpResponseRedirect(reverse("sign_in_ways"))


def _to_sign_in(following: str) -> HttpResponse:
    query = f"?{urlencode({'next': following})}" if following else ""
    return HttpResponseRedirect(reverse("account_login") + query)
