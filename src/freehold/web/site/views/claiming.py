"""A guest has paid, and the trip reads unpaid: they say by which receipt."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from freehold.bookings.services.claim_payment import claim_payment
from freehold.core.errors import BadInput, TooManyRequests
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.payments.services.claim_credit import LONGEST_CODE
from freehold.web.site.views.trips import find_stay
from freehold.web.ui.pages import actor_of, guest_page

MOST_DIGITS = 20


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def claim(request: HttpRequest, reference: str) -> HttpResponse:
    stay = find_stay(request, reference)
    problem, status = "", 200
    if request.method == "POST":
        typed = request.POST.get("amount", "").replace("\x00", "").strip()[:MOST_DIGITS]
        try:
            claim_payment(
                actor=actor_of(request),
                booking_id=stay.id,
                code=request.POST.get("code", ""),
                amount=Money.parse(typed, stay.booking.currency),
            )
        except (BadInput, TooManyRequests, DomainError) as refusal:
            problem, status = refusal.detail, getattr(refusal, "status", 400)
        else:
            messages.success(
                request,
                gettext("Thank you. If this money has come, your trip shows it in a moment; if not, somebody looks."),
            )
            return redirect("site:trip", stay.reference)
    context = {
        "booking": stay,
        "city": stay.city,
        "problem": problem,
        "typed": request.POST,
        "longest_code": LONGEST_CODE,
    }
    return render(request, "site/claim.html", context, status=status)
