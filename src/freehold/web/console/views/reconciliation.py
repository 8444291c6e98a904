"""The providers' books against ours: day by day, with what can be done about each difference."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.payments.reconciling import (
    MOST_DIFFERENCES,
    comparisons_of,
    differences_of,
    is_under_way,
)
from freehold.payments.services.repair_difference import LONGEST_REASON, repair_difference
from freehold.payments.services.request_comparison import request_comparison
from freehold.web.console.forms_reconciliation import ComparisonsForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.reconciliation import (
    DeskComparison,
    DeskDifference,
    difference_head,
    difference_row,
)
from freehold.web.console.tables import table
from freehold.web.ui.paging import numbered, page_of

PER_PAGE = 30
MOST_EXPORTED = 50_000


@require_GET
@console_page
def days(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = ComparisonsForm(request.GET)
    company_id = desk.company.company_id
    found = comparisons_of(actor=desk.actor, company_id=company_id, wanted=form.wanted)
    page = page_of(request, found, size=PER_PAGE)
    open_ones = differences_of(actor=desk.actor, company_id=company_id)[:MOST_DIFFERENCES]
    context = {
        "desk": desk,
        "form": form,
        **numbered(page),
        "days": [DeskComparison.of(row) for row in page.object_list],
        "differences": [DeskDifference.of(row, desk.actor) for row in open_ones],
        "is_filtered": form.has_changed(),
        "is_under_way": is_under_way(company_id=company_id),
    }
    return render(request, "console/reconciliation.html", context)


@require_GET
@console_page
def exported(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every difference, open or settled, with both sides."""
    found = differences_of(actor=desk.actor, company_id=desk.company.company_id, is_open=None)
    zone = desk.company.time_zone
    rows = (difference_row(each, zone) for each in found[:MOST_EXPORTED].iterator(chunk_size=500))
    return table("differences", desk=desk, head=difference_head(), rows=rows)


@require_POST
@console_page
def compare(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Compares now instead of tonight."""
    queued = request_comparison(actor=desk.actor, company_id=desk.company.company_id)
    if queued:
        messages.success(request, gettext("The books are being compared. This page shows how far it is."))
    else:
        messages.warning(request, gettext("None of the providers that pay you shows its books."))
    return redirect("console:reconciliation")


@require_POST
@console_page
def repair(request: HttpRequest, desk: Desk, difference_id: UUID, step: str) -> HttpResponse:
    reason = request.POST.get("note", "").replace("\x00", "")[:LONGEST_REASON]
    try:
        row = repair_difference(actor=desk.actor, difference_id=difference_id, repair=step, reason=reason)
    except (BadInput, Conflict, TemporarilyUnavailable) as refusal:
        messages.error(request, refusal.detail)
    else:
        if row.review.resolved_at is not None:
            messages.success(request, gettext("Done. It is written down."))
        else:
            messages.info(request, gettext("Written down. The two books still differ: see what can be done next."))
    return redirect("console:reconciliation")
