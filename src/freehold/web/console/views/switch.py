"""Who works in several companies looks at one of them at a time."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from freehold.core.errors import NotFound
from freehold.web.console.frame import CHOSEN, Desk, ask_for_factor, console_page


@require_POST
@console_page
def company(request: HttpRequest, desk: Desk) -> HttpResponse:
    slug = request.POST.get("company", "")
    wanted = next((each for each in desk.companies if each.slug == slug), None)
    if wanted is None:
        raise NotFound
    if wanted.needs_second_factor:
        return ask_for_factor(request, wanted)
    request.session[CHOSEN] = str(wanted.company_id)
    return redirect("console:today")
