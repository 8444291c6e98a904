"""How I sign in: what there is, and Google and Apple to be connected and disconnected."""

from __future__ import annotations

from typing import cast

from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freehold.accounts.models import User
from freehold.accounts.phones import phone_for_people
from freehold.accounts.selectors import connected_providers, ways_in
from freehold.accounts.services.connect_identity import connect_identity, disconnect_identity
from freehold.accounts.social.identities import Identity
from freehold.accounts.social.providers import NAMES, offered
from freehold.core.errors import Conflict
from freehold.web.site.views.social import leave_for, require_offered
from freehold.web.ui.pages import actor_of, guest_page, step_up


@require_safe
@guest_page
def ways(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    connected = connected_providers(user=user)
    has = ways_in(user=user)
    context = {
        "has": has,
        "is_last": len(has) == 1,
        "phone": phone_for_people(user.phone) if user.phone and user.phone_verified_at else "",
        "providers": [(name, NAMES[name], name in connected, connected.get(name, "")) for name in offered()],
    }
    return render(request, "site/ways.html", context)


@require_POST
@guest_page
@step_up
def connect(request: HttpRequest, provider: str) -> HttpResponse:
    require_offered(provider)
    actor_of(request).own_hand()
    return leave_for(request, provider, process=AuthProcess.CONNECT, following=reverse("sign_in_ways"))


@require_POST
@guest_page
@step_up
def disconnect(request: HttpRequest, provider: str) -> HttpResponse:
    require_offered(provider)
    try:
        disconnect_identity(actor=actor_of(request), provider=provider)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, gettext("%(name)s opens your account no more.") % {"name": NAMES[provider]})
    return redirect("sign_in_ways")


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def join(request: HttpRequest) -> HttpResponse:
    """Somebody came from a provider with the address of an account, and has signed in to an account now."""
    identity = Identity.kept(request.session)
    if identity is None:
        return redirect("sign_in_ways")
    if request.method == "POST":
        return _join(request, identity)
    return render(request, "site/ways_join.html", {"identity": identity, "name": NAMES[identity.provider]})


@step_up
def _join(request: HttpRequest, identity: Identity) -> HttpResponse:
    Identity.forget(request.session)
    try:
        connect_identity(actor=actor_of(request), identity=identity)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        text = gettext("From now on you can sign in with %(name)s.")
        messages.success(request, text % {"name": NAMES[identity.provider]})
    return redirect("sign_in_ways")
