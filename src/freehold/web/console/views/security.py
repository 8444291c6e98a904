"""What the company asks of its people when they sign in, and who of them has it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from freehold.accounts.selectors import who_have_second_factor
from freehold.companies.selectors import members_of
from freehold.companies.services.ask_for_second_factor import ask_for_second_factor
from freehold.core.errors import AccessDenied, Conflict
from freehold.web.console.frame import Desk, console_page
from freehold.web.ui.pages import step_up


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def security(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not desk.may("companies.edit"):
        raise AccessDenied(gettext("Your role in this company does not include this."))
    return _change(request, desk) if request.method == "POST" else _show(request, desk)


def _show(request: HttpRequest, desk: Desk) -> HttpResponse:
    members = members_of(actor=desk.actor, company_id=desk.company.company_id)
    having = who_have_second_factor(user_ids=[member.user_id for member in members])
    people = [(member, member.user_id in having) for member in members]
    context = {"desk": desk, "people": people, "has_own": desk.actor.user_id in having}
    return render(request, "console/security.html", context)


@step_up
def _change(request: HttpRequest, desk: Desk) -> HttpResponse:
    is_asked = request.POST.get("is_asked") == "yes"
    try:
        ask_for_second_factor(actor=desk.actor, company_id=desk.company.company_id, is_asked=is_asked)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        done = gettext("From now on everybody here needs a second step.")
        messages.success(request, done if is_asked else gettext("A second step is everybody's own choice again."))
    return redirect("console:security")
