"""Giving back a payment, or a part of it."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from freehold.companies.policies import require
from freehold.core.errors import BadInput, Conflict
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.payments.desk import company_payment
from freehold.payments.services.refund_payment import PERMISSION, refund_payment, refundable_of
from freehold.web.console.forms_refund import RefundForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.money import desk_payments
from freehold.web.ui.formats import money


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def refund(request: HttpRequest, desk: Desk, payment_id: UUID) -> HttpResponse:
    require(actor=desk.actor, permission=PERMISSION, company_id=desk.company.company_id)
    payment = company_payment(actor=desk.actor, company_id=desk.company.company_id, payment_id=payment_id)
    allowed = refundable_of(payment)
    # Sent twice, the form is one refund: its key was made when the page was. The amount is never proposed, since who
    # comes back to the page has a new one.
    form = RefundForm(request.POST if request.method == "POST" else None, initial={"key": uuid4().hex})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = refund_payment(
                actor=desk.actor,
                payment_id=payment.pk,
                amount=Money.parse(given["amount"], payment.currency),
                reason=given["reason"],
                key=given["key"].hex,
            )
        except (BadInput, Conflict, DomainError) as refusal:
            attr = getattr(refusal, "attr", None) or "amount"
            form.add_error(attr if attr in form.fields else None, refusal.detail)
        else:
            going = money(Money(made.amount_minor, made.currency))
            messages.success(request, gettext("%(amount)s goes back to the payer.") % {"amount": going})
            return redirect("console:payment", payment.pk)
    context = {"desk": desk, "payment": desk_payments([payment])[0], "allowed": allowed, "form": form}
    return render(request, "console/refund.html", context, status=422 if form.is_bound else 200)
