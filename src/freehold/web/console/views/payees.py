"""Who a company pays: the list, one of them with places, payments and the owner's account, and who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freehold.companies.policies import require
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.finance.outgoings import (
    WantedOutgoings,
    entries_of_owner,
    find_payee,
    outgoings_of,
    owner_balances,
    payees_of,
)
from freehold.finance.policies import MAKE, VIEW
from freehold.finance.services.add_payee import add_payee, change_payee
from freehold.finance.services.adjust_owner import charge_owner, credit_owner
from freehold.web.console.forms_payees import NameForm, OwnerAccountForm, PayeeForm, PayeesForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.payees import DeskPayee, owner_line
from freehold.web.console.present.payouts import DeskOutgoing
from freehold.web.console.views.payouts import frame_of
from freehold.web.ui.paging import numbered, page_of

if TYPE_CHECKING:
    from django import forms

    from freehold.finance.models import Payee

PER_PAGE = 25
LATEST = 10


@require_GET
@console_page
def payees(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = PayeesForm(request.GET)
    found = payees_of(actor=desk.actor, company_id=desk.company.company_id, **form.wanted)
    page = page_of(request, found, size=PER_PAGE)
    context = {
        **frame_of(desk),
        "form": form,
        **numbered(page),
        "payees": [DeskPayee(each) for each in page.object_list],
        "is_filtered": form.has_changed(),
    }
    return render(request, "console/payees.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def add(request: HttpRequest, desk: Desk) -> HttpResponse:
    require(actor=desk.actor, permission=MAKE, company_id=desk.company.company_id)
    form = PayeeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = add_payee(actor=desk.actor, company_id=desk.company.company_id, **form.cleaned_data)
        except BadInput as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, gettext("Added. Now say where the money goes."))
            return redirect("console:payee", made.pk)
    intro = gettext("An owner is paid what is due to them; to suppliers and staff go expenses.")
    return typed(request, desk, form, title=gettext("New payee"), intro=intro, button=gettext("Add"))


@require_GET
@console_page
def payee(request: HttpRequest, desk: Desk, payee_id: UUID) -> HttpResponse:
    found = own_payee(desk, payee_id)
    mine = {"company_id": found.company_id, "payee_id": found.pk}
    context = {**frame_of(desk), "payee": DeskPayee(found, desk.actor.user_id)}
    if found.kind == "owner":
        page = page_of(request, entries_of_owner(**mine), size=PER_PAGE)
        context |= {
            "balances": list(owner_balances(**mine).values()),
            **numbered(page),
            "lines": [owner_line(each) for each in page.object_list],
        }
    wanted = WantedOutgoings(payee_id=found.pk)
    latest = outgoings_of(actor=desk.actor, company_id=found.company_id, wanted=wanted)[:LATEST]
    context["outgoings"] = [DeskOutgoing(each) for each in latest]
    return render(request, "console/payee.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def rename(request: HttpRequest, desk: Desk, payee_id: UUID) -> HttpResponse:
    found = own_payee(desk, payee_id, permission=MAKE)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": found.name})
    if form.is_valid():
        try:
            change_payee(actor=desk.actor, payee_id=found.pk, name=form.cleaned_data["name"])
        except (BadInput, Conflict) as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, gettext("Changed."))
            return redirect("console:payee", found.pk)
    title = gettext("Another name for %(name)s") % {"name": found.name}
    return typed(request, desk, form, title=title, button=gettext("Change"), payee=found)


@require_POST
@console_page
def switch(request: HttpRequest, desk: Desk, payee_id: UUID) -> HttpResponse:
    found = own_payee(desk, payee_id, permission=MAKE)
    is_active = request.POST.get("is_active") == "yes"
    change_payee(actor=desk.actor, payee_id=found.pk, is_active=is_active)
    off = gettext("Switched off: nothing more is approved for this payee.")
    messages.success(request, gettext("Switched on.") if is_active else off)
    return redirect("console:payee", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def adjust(request: HttpRequest, desk: Desk, payee_id: UUID) -> HttpResponse:
    """An owner is due a share of what was taken, or bears a cost."""
    found = own_payee(desk, payee_id, permission=MAKE)
    if found.kind != "owner":
        raise NotFound
    form = OwnerAccountForm(
        request.POST if request.method == "POST" else None,
        initial={"kind": "credit", "currency": desk.company.currency},
    )
    if form.is_valid():
        given = form.cleaned_data
        act = credit_owner if given["kind"] == "credit" else charge_owner
        try:
            act(
                actor=desk.actor,
                payee_id=found.pk,
                amount=given["money"],
                key=given["key"],
                reason=given["reason"],
            )
        except (BadInput, Conflict) as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, gettext("Done. It stands in the books now."))
            return redirect("console:payee", found.pk)
    title = gettext("What %(name)s is due") % {"name": found.name}
    return typed(request, desk, form, title=title, button=gettext("Write it down"), payee=found)


def own_payee(desk: Desk, payee_id: UUID, *, permission: str = VIEW) -> Payee:
    """Of the company that is looked at. Raises NotFound, AccessDenied."""
    found = find_payee(actor=desk.actor, payee_id=payee_id, permission=permission)
    if found.company_id != desk.company.company_id:
        raise NotFound
    return found


def typed(
    request: HttpRequest,
    desk: Desk,
    form: forms.Form,
    *,
    title: str,
    button: str,
    intro: str = "",
    payee: Payee | None = None,
    back: tuple[str, str] | None = None,
    **more: object,
) -> HttpResponse:
    """A page with one form. `back` is where it leads, and its name: the payee, if nothing else is said."""
    if back is None and payee is not None:
        back = (reverse("console:payee", args=[payee.pk]), payee.name)
    address, name = back or (reverse("console:payees"), gettext("Payees"))
    context = {
        **frame_of(desk),
        "form": form,
        "title": title,
        "intro": intro,
        "button": button,
        "back": address,
        "back_name": name,
        **more,
    }
    return render(request, "console/payout_form.html", context, status=422 if form.is_bound else 200)
