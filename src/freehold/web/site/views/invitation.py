"""The page behind the link of an invitation: who asks, as what, and yes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from freehold.companies.invitation_link import find_invitation
from freehold.companies.services.accept_invitation import accept_invitation, is_for, require_open
from freehold.core.errors import Conflict
from freehold.web.ui.pages import actor_of, error_page, guest_page, open_page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@open_page
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST":
        return _accept(request, token)
    found = find_invitation(token)
    if found is None:
        return _over(request)
    try:
        require_open(found, found.company)
    except Conflict:
        return _over(request)
    is_mine = request.user.is_authenticated and is_for(actor_of(request), found)
    return render(request, "site/invitation.html", {"invitation": found, "is_mine": is_mine})


@guest_page
def _accept(request: HttpRequest, token: str) -> HttpResponse:
    member = accept_invitation(actor=actor_of(request), token=token)
    messages.success(request, gettext("Welcome to %(name)s.") % {"name": member.company.name})
    return redirect("console:today")


def _over(request: HttpRequest) -> HttpResponse:
    """The same for what was never there."""
    text = gettext("It was accepted, taken back, replaced by a later one, or its week is over. Ask for another one.")
    return error_page(request, 404, gettext("This invitation is over"), text)
