"""The money desk: payments, what happened to one, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freehold.bookings.credit_candidates import credit_candidates
from freehold.companies.policies import require
from freehold.core.errors import BadInput, Conflict, FreeholdError, NotFound
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.finance.selectors import find_folio, folio_balance
from freehold.payments.desk import company_payment, company_payments, entries_of, what_waits
from freehold.payments.services.allocate_credit import allocate_credit, dismiss_credit
from freehold.payments.services.end_charged_back import end_charged_back
from freehold.payments.services.record_money import record_money
from freehold.payments.services.record_refund_by_hand import record_refund_by_hand
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.refund_reviewed import refund_reviewed
from freehold.payments.services.replay_event import replay_event
from freehold.payments.services.resolve_review import resolve_review
from freehold.payments.services.retry_refund import retry_refund
from freehold.ports.payment_gateway import ProviderError
from freehold.web.console.forms_money import PaymentsForm, RecordForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.money import DeskCredit, DeskReview, DeskStuck, booked, desk_payments
from freehold.web.ui.paging import numbered, page_of

if TYPE_CHECKING:
    from freehold.finance.models import Folio

PER_PAGE = 25
MAX_NOTE = 500


@require_GET
@console_page
def payments(request: HttpRequest, desk: Desk) -> HttpResponse:
    form = PaymentsForm(request.GET)
    mine = desk.company
    found = company_payments(actor=desk.actor, company_id=mine.company_id, wanted=form.wanted, zone=mine.time_zone)
    page = page_of(request, found, size=PER_PAGE)
    context = {
        **_frame(desk),
        "form": form,
        **numbered(page),
        "payments": desk_payments(page.object_list),
        "is_filtered": form.has_changed(),
    }
    return render(request, "console/payments.html", context)


@require_GET
@console_page
def payment(request: HttpRequest, desk: Desk, payment_id: UUID) -> HttpResponse:
    found = company_payment(actor=desk.actor, company_id=desk.company.company_id, payment_id=payment_id)
    context = {
        **_frame(desk),
        "payment": desk_payments([found])[0],
        "entries": [booked(each) for each in entries_of(found)],
        "may_refund": desk.may("payments.refund") and found.announced_minor,
    }
    return render(request, "console/payment.html", context)


@require_POST
@console_page
def ask(request: HttpRequest, desk: Desk, payment_id: UUID) -> HttpResponse:
    """Asks the provider now instead of at the next turn."""
    found = company_payment(actor=desk.actor, company_id=desk.company.company_id, payment_id=payment_id)
    try:
        refresh_payment(payment_id=found.pk)
    except (ProviderError, FreeholdError):
        messages.warning(request, gettext("The provider does not answer. It is asked again by itself."))
    else:
        messages.success(request, gettext("Asked: this is what the provider says."))
    return redirect("console:payment", payment_id)


@require_GET
@console_page
def waiting(request: HttpRequest, desk: Desk) -> HttpResponse:
    mine = {"actor": desk.actor, "company_id": desk.company.company_id}
    waits = what_waits(**mine)
    likely = credit_candidates(**mine, credits=waits.credits)
    context = {
        **_frame(desk),
        "waits": waits,
        "reviews": [DeskReview.of(item) for item in waits.reviews],
        "credits": [DeskCredit.of(credit, likely.get(credit.pk, ())) for credit in waits.credits],
        "stuck": [DeskStuck.of(each) for each in waits.stuck],
    }
    return render(request, "console/money_waiting.html", context)


@require_POST
@console_page
def review(request: HttpRequest, desk: Desk, item_id: UUID, step: str) -> HttpResponse:
    note = _note(request)
    steps: dict[str, Callable[[], object]] = {
        "settle": lambda: resolve_review(actor=desk.actor, item_id=item_id, resolution=note),
        "send-back": lambda: refund_reviewed(actor=desk.actor, item_id=item_id),
    }
    return _do(request, steps.get(step), gettext("Done. It is written down."))


@require_POST
@console_page
def refund(request: HttpRequest, desk: Desk, refund_id: UUID, step: str) -> HttpResponse:
    note = _note(request)
    steps: dict[str, Callable[[], object]] = {
        "by-hand": lambda: record_refund_by_hand(actor=desk.actor, refund_id=refund_id, reference=note),
        "again": lambda: retry_refund(actor=desk.actor, refund_id=refund_id),
        "charged-back": lambda: end_charged_back(actor=desk.actor, refund_id=refund_id),
    }
    return _do(request, steps.get(step), gettext("Done. It is written down."))


@require_POST
@console_page
def replay(request: HttpRequest, desk: Desk, event_id: UUID) -> HttpResponse:
    """Reads a message of a provider once more, because what stood in its way was mended."""
    return _do(
        request,
        lambda: replay_event(actor=desk.actor, event_id=event_id),
        gettext("It is being read once more; what comes of it stands here in a moment."),
    )


@require_POST
@console_page
def credit(request: HttpRequest, desk: Desk, credit_id: UUID, step: str) -> HttpResponse:
    note = _note(request)

    def allocate() -> object:
        folio = _named(desk, note)
        return allocate_credit(actor=desk.actor, credit_id=credit_id, folio_id=folio.pk)

    steps: dict[str, Callable[[], object]] = {
        "allocate": allocate,
        "dismiss": lambda: dismiss_credit(actor=desk.actor, credit_id=credit_id, reason=note),
    }
    return _do(request, steps.get(step), gettext("Done. The money is where you said."))


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def record(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Cash at the desk, or a transfer seen on the statement."""
    require(actor=desk.actor, permission="payments.record", company_id=desk.company.company_id)
    form = RecordForm(
        request.POST if request.method == "POST" else None, initial={"reference": request.GET.get("booking", "")[:20]}
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            folio = _named(desk, given["reference"])
            amount = Money.parse(given["amount"], folio.currency)
            form.check_against(folio_balance(folio.pk).owed, amount)
            paid = record_money(
                actor=desk.actor, folio_id=folio.pk, method=given["method"], amount=amount, reference=given["receipt"]
            )
        except (BadInput, Conflict, DomainError) as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, gettext("Recorded. It stands in the books now."))
            return redirect("console:payment", paid.pk)
    if form.is_bound and form.errors:
        status = 422
    return render(request, "console/money_record.html", {**_frame(desk), "form": form}, status=status)


def _named(desk: Desk, reference: str) -> Folio:
    """Raises BadInput: a mistyped reference is told beside what was typed."""
    try:
        return find_folio(company_id=desk.company.company_id, reference=reference)
    except NotFound as error:
        raise BadInput(error.detail, code="no_such_booking", attr="reference") from error


def _note(request: HttpRequest) -> str:
    return request.POST.get("note", "").replace("\x00", "")[:MAX_NOTE].strip()


def _do(request: HttpRequest, step: Callable[[], object] | None, done: str) -> HttpResponse:
    if step is None:
        raise NotFound
    try:
        step()
    except (BadInput, Conflict) as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, done)
    return redirect("console:money_waiting")


def _frame(desk: Desk) -> dict[str, object]:
    return {"desk": desk, "may_review": desk.may("payments.review"), "may_record": desk.may("payments.record")}
