"""The company's bookings: the list, one of them, and what the desk does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freehold.accounts.models import DataExport
from freehold.accounts.services.note_export import note_export
from freehold.bookings.deposits import MANAGE, deposit_of
from freehold.bookings.desk import company_booking, company_bookings
from freehold.bookings.models import Booking
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.check_in_booking import check_in_booking, undo_check_in
from freehold.bookings.services.check_out_booking import check_out_booking, undo_check_out
from freehold.bookings.services.decline_request import decline_request
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.bookings.services.preview_refund import preview_refund
from freehold.core.errors import AccessDenied, Conflict, NotFound
from freehold.finance.selectors import folio_balance
from freehold.web.console.forms import BookingsForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.booking import DeskBooking
from freehold.web.console.present.credit_notes import reductions_of
from freehold.web.console.present.deposits import DeskDeposit
from freehold.web.console.present.export import export_head, export_row
from freehold.web.console.present.pay_links import pay_links_of
from freehold.web.console.tables import table
from freehold.web.ui import formats
from freehold.web.ui.paging import numbered, page_of

PER_PAGE = 25
MOST_EXPORTED = 20_000
MAX_NOTE = 1000

# What each button does, and what is said when it was done.
STEPS: dict[str, tuple[Callable[..., Booking], Callable[[], str]]] = {
    "accept": (accept_request, lambda: gettext("Accepted. The guest is told.")),
    "decline": (decline_request, lambda: gettext("Declined. The guest is told, and the time is free.")),
    "check-in": (check_in_booking, lambda: gettext("Checked in.")),
    "undo-check-in": (undo_check_in, lambda: gettext("The check-in was taken back.")),
    "check-out": (check_out_booking, lambda: gettext("Checked out.")),
    "undo-check-out": (undo_check_out, lambda: gettext("The check-out was taken back.")),
    "no-show": (mark_no_show, lambda: gettext("Marked as a no-show. The time is free.")),
}
ANSWERS = frozenset({"accept", "decline"})


@require_GET
@console_page
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = BookingsForm(request.GET)
    found = company_bookings(actor=desk.actor, company_id=desk.company.company_id, wanted=form.wanted)
    page = page_of(request, found, size=PER_PAGE)
    context = {
        "desk": desk,
        "form": form,
        **numbered(page),
        "bookings": [DeskBooking(booking, desk) for booking in page.object_list],
        "is_filtered": form.has_changed(),
    }
    return render(request, "console/bookings.html", context)


@require_GET
@console_page
def exported(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The same list with the same filters as a table for other programs."""
    form = BookingsForm(request.GET)
    found = company_bookings(actor=desk.actor, company_id=desk.company.company_id, wanted=form.wanted)
    zone = desk.company.time_zone
    rows = [export_row(DeskBooking(each, desk), zone) for each in found[:MOST_EXPORTED].iterator(chunk_size=500)]
    answer = table("bookings", desk=desk, head=export_head(), rows=rows)
    note_export(
        actor=desk.actor, kind=DataExport.Kind.BOOKINGS, row_count=len(rows), company_id=desk.company.company_id
    )
    return answer


@require_GET
@console_page
def booking(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    shown = find(desk, reference)
    return render(request, "console/booking.html", _context(shown))


@require_POST
@console_page
def act(request: HttpRequest, desk: Desk, reference: str, step: str) -> HttpResponse:
    if step not in STEPS:
        raise NotFound
    shown = find(desk, reference)
    service, says = STEPS[step]
    note = {"note": request.POST.get("note", "").replace("\x00", "")[:MAX_NOTE].strip()} if step in ANSWERS else {}
    try:
        service(actor=desk.actor, booking_id=shown.booking.pk, **note)
    except Conflict as refusal:
        messages.error(request, f"{shown.reference}: {refusal.detail}")
    else:
        messages.success(request, f"{shown.guest}, {shown.reference}: {says()}")
    return redirect("console:today") if request.POST.get("back") == "today" else redirect(shown.url)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def cancel(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    shown = find(desk, reference)
    if not shown.desk.may("bookings.cancel"):
        raise AccessDenied(gettext("Your role in this company does not include this."))
    if not shown.may_cancel:
        messages.info(request, gettext("This booking cannot be cancelled any more."))
        return redirect(shown.url)
    preview = preview_refund(actor=desk.actor, booking_id=shown.booking.pk)
    # What the button promised must still be true: a tier may have passed while the page was open.
    if request.method == "POST" and request.POST.get("expected_refund") == preview.refund.amount_text():
        try:
            cancel_booking(actor=desk.actor, booking_id=shown.booking.pk, expected_refund=preview.refund)
        except Conflict as refusal:
            messages.error(request, refusal.detail)
        else:
            amount = {"amount": formats.money(preview.refund)}
            messages.success(request, gettext("Cancelled. The guest gets %(amount)s back.") % amount)
        return redirect(shown.url)
    if request.method == "POST":
        messages.warning(request, gettext("The refund has changed while this page was open. Please look again."))
    return render(request, "console/cancel.html", {**_context(shown), "preview": preview})


def find(desk: Desk, reference: str) -> DeskBooking:
    """The booking in whichever of the person's companies it is; what belongs to others is not there."""
    for company in sorted(desk.companies, key=lambda each: each.company_id != desk.company.company_id):
        here = desk.at(company.company_id)
        if here.may("bookings.view"):
            found = company_booking(actor=desk.actor, company_id=company.company_id, reference=reference)
            if found is not None:
                return DeskBooking(found, here)
    raise NotFound


def _context(shown: DeskBooking) -> dict[str, Any]:
    balance = folio_balance(shown.booking.folio_id)
    deposit = deposit_of(shown.booking)
    return {
        "desk": shown.desk,
        "booking": shown,
        "balance": balance,
        "city": shown.city,
        **pay_links_of(shown),
        **reductions_of(shown),
        "deposit": DeskDeposit(deposit) if deposit is not None else None,
        "may_manage": shown.desk.may(MANAGE),
        "may_see_money": shown.desk.may("payments.view"),
    }
