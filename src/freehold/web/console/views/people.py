"""Who works here and in which role, who was asked to, and asking somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from freehold.accounts.selectors import who_have_second_factor
from freehold.companies.models import Role
from freehold.companies.selectors import invitations_of, members_of
from freehold.companies.services.change_role import change_role
from freehold.companies.services.invite_member import invite_member, resend_invitation, revoke_invitation
from freehold.companies.services.remove_member import remove_member
from freehold.core import clock
from freehold.core.errors import BadInput, Conflict, TooManyRequests
from freehold.web.console.forms import InvitationForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.ui.pages import step_up
from freehold.web.ui.paging import numbered, page_of

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def people(request: HttpRequest, desk: Desk) -> HttpResponse:
    # Whether somebody may see them is asked first, whatever they send.
    members = members_of(actor=desk.actor, company_id=desk.company.company_id)
    if request.method != "POST":
        return _page(request, desk, members, InvitationForm())
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, desk, members, form, status=400)
    return _invite(request, desk, members, form)


@step_up
def _invite(request: HttpRequest, desk: Desk, members: list[Any], form: InvitationForm) -> HttpResponse:
    given = form.cleaned_data
    try:
        sent = invite_member(
            actor=desk.actor, company_id=desk.company.company_id, email=given["email"], role=Role(given["role"])
        )
    except (BadInput, Conflict, TooManyRequests) as refusal:
        form.add_error("email", refusal.detail)
        return _page(request, desk, members, form, status=refusal.status)
    messages.success(request, gettext("A mail is on its way to %(email)s.") % {"email": sent.email})
    return redirect("console:people")


@require_POST
@console_page
@step_up
def role(request: HttpRequest, desk: Desk, membership_id: UUID) -> HttpResponse:
    wanted = request.POST.get("role", "")
    if wanted not in Role.values:
        raise BadInput("There is no such role.", attr="role")
    return _do(
        request,
        lambda: change_role(
            actor=desk.actor, company_id=desk.company.company_id, membership_id=membership_id, role=Role(wanted)
        ),
        gettext("The role is changed."),
    )


@require_POST
@console_page
@step_up
def remove(request: HttpRequest, desk: Desk, membership_id: UUID) -> HttpResponse:
    return _do(
        request,
        lambda: remove_member(actor=desk.actor, company_id=desk.company.company_id, membership_id=membership_id),
        gettext("This person works here no more."),
    )


@require_POST
@console_page
def resend(request: HttpRequest, desk: Desk, invitation_id: UUID) -> HttpResponse:
    return _do(
        request,
        lambda: resend_invitation(actor=desk.actor, company_id=desk.company.company_id, invitation_id=invitation_id),
        gettext("Another mail is on its way. The link of the one before is void."),
    )


@require_POST
@console_page
def revoke(request: HttpRequest, desk: Desk, invitation_id: UUID) -> HttpResponse:
    return _do(
        request,
        lambda: revoke_invitation(actor=desk.actor, company_id=desk.company.company_id, invitation_id=invitation_id),
        gettext("The invitation is taken back: its link opens nothing any more."),
    )


def _do(request: HttpRequest, service: Callable[[], Any], done: str) -> HttpResponse:
    try:
        service()
    except (Conflict, TooManyRequests) as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, done)
    return redirect("console:people")


def _page(
    request: HttpRequest, desk: Desk, members: list[Any], form: InvitationForm, *, status: int = 200
) -> HttpResponse:
    having = who_have_second_factor(user_ids=[member.user_id for member in members])
    found = invitations_of(actor=desk.actor, company_id=desk.company.company_id)
    page = page_of(request, found, size=PER_PAGE)
    now = clock.now()
    context = {
        "desk": desk,
        "form": form,
        "people": [(member, member.user_id in having, member.user_id == desk.actor.user_id) for member in members],
        "roles": Role.choices,
        **numbered(page),
        "invitations": [(each, each.state_at(now)) for each in page.object_list],
    }
    return render(request, "console/people.html", context, status=status)
