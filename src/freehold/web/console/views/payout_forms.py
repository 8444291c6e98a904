"""A payment out is typed: whom it is for, a new one, and one that is changed before somebody approves it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from freehold.companies.policies import require
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.domain.outgoing_states import OutgoingState
from freehold.finance.outgoings import OwnerBalance, find_outgoing, owner_balances, payees_of
from freehold.finance.policies import MAKE
from freehold.finance.services.draft_outgoing import draft_outgoing, edit_outgoing
from freehold.finance.services.submit_outgoing import submit_outgoing
from freehold.web.console.forms_payees import OutgoingForm, PayeesForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.payees import DeskPayee
from freehold.web.console.present.payouts import DeskOutgoing
from freehold.web.console.views.payees import PER_PAGE, own_payee, typed
from freehold.web.console.views.payouts import frame_of
from freehold.web.ui.paging import numbered, page_of

if TYPE_CHECKING:
    from freehold.finance.models import Outgoing, Payee


@require_GET
@console_page
def choose(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """Whom it is for: an owner for a payout, anybody for an expense."""
    require(actor=desk.actor, permission=MAKE, company_id=desk.company.company_id)
    title = _title(kind)
    form = PayeesForm(request.GET)
    wanted = {**form.wanted, "is_active": True}
    # Who is switched off is paid nothing, and payouts are for owners: nothing to filter by.
    del form.fields["state"]
    if kind == "payout":
        wanted["kind"] = "owner"
        del form.fields["kind"]
    found = payees_of(actor=desk.actor, company_id=desk.company.company_id, **wanted)
    page = page_of(request, found, size=PER_PAGE)
    context = {
        **frame_of(desk),
        "choosing": kind,
        "title": title,
        "form": form,
        **numbered(page),
        "payees": [DeskPayee(each) for each in page.object_list],
        "is_filtered": form.has_changed(),
    }
    return render(request, "console/payees.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def draft(request: HttpRequest, desk: Desk, payee_id: UUID, kind: str) -> HttpResponse:
    payee = own_payee(desk, payee_id, permission=MAKE)
    title = _title(kind)
    if kind == "payout" and payee.kind != "owner":
        raise NotFound
    balances = _balances(payee, kind)
    currency = balances[0].left.currency if balances else desk.company.currency
    form = OutgoingForm(request.POST if request.method == "POST" else None, payee=payee, currency=currency)
    if form.is_valid():
        try:
            made = draft_outgoing(actor=desk.actor, company_id=payee.company_id, kind=kind, **form.given)
        except (BadInput, Conflict) as refusal:
            form.refuse(refusal)
        else:
            return _kept(request, desk, made)
    return typed(
        request,
        desk,
        form,
        title=gettext("%(title)s for %(name)s") % {"title": title, "name": payee.name},
        button=gettext("Keep as a draft"),
        payee=payee,
        balances=balances,
        submits=True,
        lacks_place=None if payee.destinations.all() else payee,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def edit(request: HttpRequest, desk: Desk, outgoing_id: UUID) -> HttpResponse:
    row = find_outgoing(actor=desk.actor, outgoing_id=outgoing_id, permission=MAKE)
    payee = own_payee(desk, row.payee_id, permission=MAKE)
    if not DeskOutgoing(row).may_edit:
        messages.error(request, gettext("This was decided already: it is not changed any more."))
        return redirect("console:payout", row.pk)
    form = OutgoingForm(request.POST if request.method == "POST" else None, payee=payee, row=row)
    if form.is_valid():
        try:
            changed = edit_outgoing(actor=desk.actor, outgoing_id=row.pk, **form.given)
        except (BadInput, Conflict) as refusal:
            form.refuse(refusal)
        else:
            return _kept(request, desk, changed)
    was_submitted = gettext("It waits to be approved. Changed, it is a draft again, and you will not approve it.")
    return typed(
        request,
        desk,
        form,
        title=gettext("Change %(reference)s") % {"reference": row.reference},
        intro=was_submitted if row.state == OutgoingState.SUBMITTED else "",
        button=gettext("Keep as a draft"),
        back=(reverse("console:payout", args=[row.pk]), row.reference),
        balances=_balances(payee, row.kind),
        submits=True,
    )


def _kept(request: HttpRequest, desk: Desk, row: Outgoing) -> HttpResponse:
    """What was typed is kept, whether or not it can be submitted."""
    if "submit" in request.POST and row.state == OutgoingState.DRAFT:
        try:
            submit_outgoing(actor=desk.actor, outgoing_id=row.pk)
        except (BadInput, Conflict) as refusal:
            messages.error(request, gettext("Kept as a draft: %(why)s") % {"why": refusal.detail})
        else:
            messages.success(request, gettext("Submitted. Somebody else approves it."))
    else:
        messages.success(request, gettext("Kept. Nobody is asked before you submit it."))
    return redirect("console:payout", row.pk)


def _balances(payee: Payee, kind: str) -> list[OwnerBalance]:
    if kind != "payout":
        return []
    return list(owner_balances(company_id=payee.company_id, payee_id=payee.pk).values())


def _title(kind: str) -> str:
    """Raises NotFound."""
    titles = {"payout": gettext("New payout"), "expense": gettext("New expense")}
    if kind not in titles:
        raise NotFound
    return titles[kind]
