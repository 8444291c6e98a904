"""Who works in several companies looks at one of them at a time."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from freehold.core.errors import NotFound
from freehold.web.console.frame import CHOSEN, Desk, console_page


@require_POST
@console_page
def company(request: HttpRequest, desk: Desk) -> HttpResponse:
    wanted = request.POST.get("company", "")
    if wanted not in {each.slug for each in desk.companies}:
        raise NotFound
    request.session[CHOSEN] = next(str(each.company_id) for each in desk.companies if each.slug == wanted)
    return redirect("console:today")
