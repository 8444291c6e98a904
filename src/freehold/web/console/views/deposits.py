"""Damage deposits at the desk: what is held, until when, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from freehold.bookings.deposits import MANAGE, company_deposits, find_deposit
from freehold.bookings.services.end_deposit import (
    LONGEST_NOTE,
    LONGEST_REASON,
    claim_deposit,
    release_deposit,
    waive_deposit,
)
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.domain.deposits import DepositState
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.payments.services.request_capture import capture_payment
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.deposits import DeskDeposit, deposit_status
from freehold.web.ui.paging import numbered, page_of

PER_PAGE = 25


@require_GET
@console_page
def deposits(request: HttpRequest, desk: Desk) -> HttpResponse:
    wanted = request.GET.get("state", "")
    state = wanted if wanted in set(DepositState) else ""
    found = company_deposits(actor=desk.actor, company_id=desk.company.company_id, state=state)
    page = page_of(request, found, size=PER_PAGE)
    context = {
        "desk": desk,
        "may_manage": desk.may(MANAGE),
        **numbered(page),
        "deposits": [DeskDeposit(deposit) for deposit in page.object_list],
        "states": [(each.value, deposit_status(each).label) for each in DepositState],
        "state": state,
    }
    return render(request, "console/deposits.html", context)


@require_POST
@console_page
def step(request: HttpRequest, desk: Desk, deposit_id: UUID, step: str) -> HttpResponse:
    deposit = find_deposit(actor=desk.actor, deposit_id=deposit_id)

    def claim() -> object:
        return claim_deposit(
            actor=desk.actor,
            deposit_id=deposit_id,
            amount=Money.parse(_typed(request, "amount", 20), deposit.currency),
            reason=_typed(request, "reason", LONGEST_REASON),
            note=_typed(request, "note", LONGEST_NOTE),
        )

    steps: dict[str, tuple[Callable[[], object], str]] = {
        "claim": (claim, gettext("Claimed. The guest is told, and the rest goes back.")),
        "release": (
            lambda: release_deposit(actor=desk.actor, deposit_id=deposit_id),
            gettext("Released. The guest is told."),
        ),
        "waive": (
            lambda: waive_deposit(actor=desk.actor, deposit_id=deposit_id),
            gettext("This booking needs no deposit any more."),
        ),
    }
    if step not in steps:
        raise NotFound
    act, done = steps[step]
    try:
        act()
    except (BadInput, Conflict, DomainError) as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, done)
    return redirect("console:booking", deposit.booking.reference)


@require_POST
@console_page
def capture(request: HttpRequest, desk: Desk, payment_id: UUID) -> HttpResponse:
    """Takes what a guest's bank holds for a booking."""
    try:
        capture_payment(actor=desk.actor, payment_id=payment_id)
    except (BadInput, Conflict) as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, gettext("The provider is told to take it. It shows here when it has."))
    return redirect("console:payment", payment_id)


def _typed(request: HttpRequest, name: str, longest: int) -> str:
    return request.POST.get(name, "").replace("\x00", "")[:longest].strip()
