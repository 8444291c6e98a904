"""The keys of the company's servers: which there are, a new one, and the end of one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from freehold.companies.models import ApiKey
from freehold.companies.selectors import api_keys_of
from freehold.companies.services.create_api_key import create_api_key
from freehold.companies.services.revoke_api_key import revoke_api_key
from freehold.core import clock
from freehold.core.errors import BadInput, Conflict
from freehold.web.console.forms import ApiKeyForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.ui.pages import step_up
from freehold.web.ui.paging import numbered, page_of

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def api_keys(request: HttpRequest, desk: Desk) -> HttpResponse:
    # Whether somebody may see them is asked first, whatever they send.
    found = api_keys_of(actor=desk.actor, company_id=desk.company.company_id)
    if request.method != "POST":
        return _page(request, desk, found, ApiKeyForm())
    form = ApiKeyForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, found, form, status=400)
    return _make(request, desk, form, found)


@step_up
def _make(request: HttpRequest, desk: Desk, form: ApiKeyForm, found: QuerySet[ApiKey]) -> HttpResponse:
    given = form.cleaned_data
    try:
        _key, text = create_api_key(
            actor=desk.actor,
            company_id=desk.company.company_id,
            name=given["name"],
            scopes=given["scopes"],
            days=int(given["days"]),
        )
    except (BadInput, Conflict) as refusal:
        form.add_error(refusal.errors[0].attr, refusal.detail)
        return _page(request, desk, found, form, status=refusal.status)
    # Not by way of a redirect: the key would have to be kept somewhere for that.
    return _page(request, desk, found, ApiKeyForm(), shown=text)


@require_POST
@console_page
def revoke(request: HttpRequest, desk: Desk, key_id: UUID) -> HttpResponse:
    key = revoke_api_key(actor=desk.actor, key_id=key_id)
    messages.success(request, gettext("Revoked. “%(name)s” opens nothing any more.") % {"name": key.name})
    return redirect("console:api-keys")


def _page(
    request: HttpRequest, desk: Desk, found: QuerySet[ApiKey], form: ApiKeyForm, *, shown: str = "", status: int = 200
) -> HttpResponse:
    page = page_of(request, found, size=PER_PAGE)
    now = clock.now()
    context = {
        "desk": desk,
        "form": form,
        **numbered(page),
        "keys": [(key, _state(key, now)) for key in page.object_list],
        "shown": shown,
    }
    return render(request, "console/api_keys.html", context, status=status)


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "over" if key.expires_at <= now else "live"
