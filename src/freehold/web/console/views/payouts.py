"""Payments out at the money desk: the list, one of them with its story, and what somebody may do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.finance.outgoings import entries_of_outgoing, find_outgoing, outgoings_of, to_approve
from freehold.finance.services.decide_outgoing import approve_outgoing, cancel_outgoing, reject_outgoing
from freehold.finance.services.draft_outgoing import repeat_outgoing
from freehold.finance.services.submit_outgoing import submit_outgoing
from freehold.payments.services.begin_transfer import send_again
from freehold.payments.services.decide_transfer import Outcome, decide_transfer, record_payout_by_hand
from freehold.payments.transfers import transfer_of
from freehold.web.console.forms_payouts import OutgoingsForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.money import booked
from freehold.web.console.present.payouts import DeskOutgoing, export_head, export_row
from freehold.web.console.tables import table
from freehold.web.ui.pages import step_up
from freehold.web.ui.paging import numbered, page_of

if TYPE_CHECKING:
    from freehold.finance.models import Outgoing

PER_PAGE = 25
MOST_EXPORTED = 10_000
MAX_NOTE = 300
NEED_PROOF = frozenset({"approve", "went", "not-sent", "returned"})


@require_GET
@console_page
def payouts(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = OutgoingsForm(request.GET)
    mine = desk.company
    found = outgoings_of(actor=desk.actor, company_id=mine.company_id, kind=form.wanted_kind, wanted=form.wanted)
    page = page_of(request, found, size=PER_PAGE)
    context = {
        **frame_of(desk),
        "form": form,
        **numbered(page),
        "outgoings": [DeskOutgoing(each) for each in page.object_list],
        "to_approve": to_approve(actor=desk.actor, company_id=mine.company_id),
        "is_filtered": form.has_changed(),
    }
    return render(request, "console/payouts.html", context)


@require_GET
@console_page
def exported(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What the filters show, as a table for other programs."""
    form = OutgoingsForm(request.GET)
    found = outgoings_of(
        actor=desk.actor, company_id=desk.company.company_id, kind=form.wanted_kind, wanted=form.wanted
    )
    rows = (export_row(DeskOutgoing(each), desk.company.time_zone) for each in found[:MOST_EXPORTED])
    return table("payouts", desk=desk, head=export_head(), rows=rows)


@require_GET
@console_page
def payout(request: HttpRequest, desk: Desk, outgoing_id: UUID) -> HttpResponse:
    found = _found(desk, outgoing_id)
    shown = DeskOutgoing(found, transfer_of(found.pk), desk.actor.user_id)
    entries = [booked(each) for each in entries_of_outgoing(found)]
    context = {**frame_of(desk), "outgoing": shown, "entries": entries}
    return render(request, "console/payout.html", context)


@require_POST
@console_page
def act(request: HttpRequest, desk: Desk, outgoing_id: UUID, step: str) -> HttpResponse:
    _found(desk, outgoing_id)
    return (_proved if step in NEED_PROOF else _act)(request, desk, outgoing_id, step)


def _act(request: HttpRequest, desk: Desk, outgoing_id: UUID, step: str) -> HttpResponse:
    note = request.POST.get("note", "").replace("\x00", "")[:MAX_NOTE].strip()
    given: dict[str, Any] = {"actor": desk.actor, "outgoing_id": outgoing_id}
    steps: dict[str, Callable[[], Outgoing]] = {
        "submit": lambda: submit_outgoing(**given),
        "approve": lambda: approve_outgoing(**given, version=_version(request)),
        "reject": lambda: reject_outgoing(**given, note=note),
        "cancel": lambda: cancel_outgoing(**given, note=note),
        "repeat": lambda: repeat_outgoing(**given),
        "send": lambda: send_again(**given),
        "by-hand": lambda: record_payout_by_hand(**given, receipt=note),
        "went": lambda: decide_transfer(**given, outcome=Outcome.WENT, note=note),
        "not-sent": lambda: decide_transfer(**given, outcome=Outcome.FAILED, note=note),
        "returned": lambda: decide_transfer(**given, outcome=Outcome.RETURNED, note=note),
    }
    if step not in steps:
        raise NotFound
    try:
        done = steps[step]()
    except (BadInput, Conflict) as refusal:
        messages.error(request, refusal.detail)
        return redirect("console:payout", outgoing_id)
    except AccessDenied as refusal:
        if refusal.code != "own_work":
            raise
        messages.error(request, refusal.detail)
        return redirect("console:payout", outgoing_id)
    messages.success(request, gettext("Done. It is written down."))
    return redirect("console:payout", done.pk)


_proved = step_up(_act)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _found(desk: Desk, outgoing_id: UUID) -> Outgoing:
    """Of the company that is looked at. Raises NotFound, AccessDenied."""
    found = find_outgoing(actor=desk.actor, outgoing_id=outgoing_id)
    if found.company_id != desk.company.company_id:
        raise NotFound
    return found


def frame_of(desk: Desk) -> dict[str, object]:
    return {
        "desk": desk,
        "may_make": desk.may("payouts.make"),
        "may_approve": desk.may("payouts.approve"),
    }
