"""An administrator who acts as somebody is themself again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from freehold.accounts.impersonating import SESSION_KEY
from freehold.accounts.services.end_impersonation import end_impersonation
from freehold.core.errors import NotFound
from freehold.web.ui.pages import actor_of, guest_page


@require_POST
@guest_page
def stop(request: HttpRequest) -> HttpResponse:
    """Here the request is the administrator's own; see the middleware."""
    pk = request.session.pop(SESSION_KEY, None)
    if pk is None:
        raise NotFound
    end_impersonation(actor=actor_of(request), impersonation_id=pk)
    messages.success(request, gettext("You are yourself again."))
    return redirect("admin:accounts_user_changelist")
