"""Reductions of one booking at the desk: grant one, and the credit note to print."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from freehold.bookings.reductions import find_note
from freehold.bookings.services.grant_reduction import grant_reduction
from freehold.companies.policies import require
from freehold.core.errors import BadInput, Conflict
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.views.bookings import find
from freehold.web.site.present.credit_notes import ShownNote
from freehold.web.ui import formats


@require_POST
@console_page
def grant(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    shown = find(desk, reference)
    typed, cause, reason, key = (
        request.POST.get(field, "").replace("\x00", "").strip() for field in ("amount", "cause", "reason", "key")
    )
    try:
        note = grant_reduction(
            actor=desk.actor,
            booking_id=shown.booking.pk,
            amount=Money.parse(typed, shown.booking.currency),
            cause=cause,
            reason=reason,
            key=key,
        )
    except (BadInput, Conflict, DomainError) as refusal:
        messages.error(request, refusal.detail)
    else:
        words = {"amount": formats.money(ShownNote(note).amount), "number": note.document_number}
        messages.success(request, gettext("%(amount)s is granted, by credit note %(number)s.") % words)
    return redirect(f"{shown.url}#reductions")


@require_GET
@console_page
def credit_note(request: HttpRequest, desk: Desk, reference: str, number: str) -> HttpResponse:
    shown = find(desk, reference)
    require(actor=desk.actor, permission="payments.view", company_id=shown.booking.company_id)
    context = {
        "desk": shown.desk,
        "section": "console",
        "booking": shown,
        "booker": shown.booker,
        "note": ShownNote(find_note(shown.booking, number)),
        "back_url": f"{shown.url}#reductions",
    }
    return render(request, "site/credit_note.html", context)
