"""A trip's damage deposit: leave it, come back from the provider, see what became of it. And a request's payment, which
the guest's bank may hold while the host thinks about it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from freehold.bookings.deposits import deposit_of, may_be_left
from freehold.bookings.models import DamageDeposit
from freehold.bookings.services.choose_capture import who_holds
from freehold.bookings.services.leave_deposit import deposit_options, start_deposit_payment
from freehold.core import clock
from freehold.core.errors import BadInput, Conflict, NotFound, TemporarilyUnavailable
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.payments.services.confirm_return import confirm_return
from freehold.web.site.present.deposit import TripDeposit
from freehold.web.site.present.providers import provider_choices
from freehold.web.site.present.stay import Stay
from freehold.web.site.views.book import TO_TRY_AGAIN
from freehold.web.site.views.paying import Ways, is_waiting, latest_payment, next_page, to_gateway, ways_to_pay
from freehold.web.site.views.trips import find_stay
from freehold.web.ui.pages import actor_of, brought_back, guest_page, see_other, wants_part

LAYOUT = "site/pay_later.html"
LEFT = (PaymentState.AUTHORIZED, PaymentState.PAID)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def deposit(request: HttpRequest, reference: str) -> HttpResponse:
    """How much, why, and how to leave it."""
    stay, found = _find(request, reference)
    if not may_be_left(found, at=clock.now()):
        messages.info(request, gettext("There is no deposit to leave for this trip now."))
        return redirect("site:trip", stay.reference)
    refusal = None
    if request.method == "POST":
        try:
            return _to_gateway(request, stay)
        except (Conflict, BadInput, TemporarilyUnavailable) as error:
            refusal = error
    _deposit, gateways = deposit_options(actor=actor_of(request), booking_id=stay.id)
    context = {
        **_context(stay),
        "deposit": TripDeposit(found),
        **ways_to_pay(request, stay, gateways, last=_latest(found), refusal=refusal),
        "held_by": [each.name for each in provider_choices(_only_holding(gateways))],
    }
    return render(request, "site/deposit.html", context, status=refusal.status if refusal else 200)


@require_GET
@guest_page
def paying(request: HttpRequest, reference: str) -> HttpResponse:
    stay, found = _find(request, reference)
    payment = _latest(found)
    if payment is None:
        return redirect("site:deposit", stay.reference)
    return next_page(request, payment, stay, layout=LAYOUT, ways=_ways(stay), context=_context(stay))


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def returned(request: HttpRequest, reference: str) -> HttpResponse:
    """The provider's page sends the browser here. That is a hint, no proof: the provider itself is asked."""
    stay, found = _find(request, reference)
    payment = _latest(found)
    if payment is None:
        return redirect("site:deposit", stay.reference)
    if not wants_part(request) and payment.state not in LEFT:
        payment = confirm_return(actor=actor_of(request), payment_id=payment.pk, params=brought_back(request))
    target = _after(stay, payment)
    if target is None and not wants_part(request):
        if is_waiting(payment):
            return redirect("site:deposit_paying", stay.reference)
        return render(request, "site/paying.html", {**_context(stay), "ways": _ways(stay)})
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target} if target else None)
    if payment.state in LEFT:
        messages.success(request, TripDeposit(_find(request, reference)[1]).thanks(stay.time_zone))
    else:
        messages.error(request, gettext("The deposit was not left. Nothing was charged: try again, or another way."))
    return redirect(target or "site:trips")


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def hold_payment(request: HttpRequest, reference: str) -> HttpResponse:
    """Lets the guest's bank hold the payment of a request: it is taken when the host says yes, and let go else."""
    stay = find_stay(request, reference)
    if not stay.held.may_be:
        return redirect("site:trip", stay.reference)
    refusal = None
    if request.method == "POST":
        try:
            return to_gateway(request, stay.booking.pk)
        except (Conflict, BadInput, TemporarilyUnavailable) as error:
            refusal = error
    context = {
        **_context(stay),
        "amount": stay.price.due_now,
        **ways_to_pay(
            request, stay, who_holds(stay.booking, stay.price.due_now), last=latest_payment(stay), refusal=refusal
        ),
    }
    return render(request, "site/hold_payment.html", context, status=refusal.status if refusal else 200)


def _find(request: HttpRequest, reference: str) -> tuple[Stay, DamageDeposit]:
    stay = find_stay(request, reference)
    found = deposit_of(stay.booking)
    if found is None:
        raise NotFound
    return stay, found


def _only_holding(gateways: dict[str, Any]) -> list[str]:
    return [slug for slug, gateway in gateways.items() if gateway.caps.manual_capture]


def _to_gateway(request: HttpRequest, stay: Stay) -> HttpResponse:
    start_deposit_payment(
        actor=actor_of(request),
        booking_id=stay.id,
        provider=request.POST.get("provider", ""),
        return_url=request.build_absolute_uri(reverse("site:deposit_returned", args=[stay.reference])),
        phone=request.POST.get("phone", ""),
    )
    return see_other("site:deposit_paying", stay.reference)


def _latest(found: DamageDeposit) -> Payment | None:
    return found.folio.payments.order_by("-attempt").first()


def _after(stay: Stay, payment: Payment) -> str | None:
    """Where to go now that the provider has answered; None while it has not."""
    if payment.state in LEFT:
        return reverse("site:trip", args=[stay.reference])
    if payment.state in TO_TRY_AGAIN and not is_waiting(payment):
        return reverse("site:deposit", args=[stay.reference])
    return None


def _ways(stay: Stay) -> Ways:
    names = ("deposit_returned", "deposit", "trip")
    returned_to, pay, trip = (reverse(f"site:{name}", args=[stay.reference]) for name in names)
    return Ways(returned_to, pay, trip)


def _context(stay: Stay) -> dict[str, Any]:
    return {"booking": stay, "city": stay.city, "now": clock.now()}
