"""The page behind a pay link: whoever has the address pays one amount, without an account.

It says what is paid for and to whom, and nothing of the booker. Nobody finds an address by trying: it holds 256 bits,
and who tries much is slowed down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import update_wrapper
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from freehold.bookings.models import Booking
from freehold.bookings.pay_links import Payable, find_payable
from freehold.bookings.selectors import with_details
from freehold.bookings.services.pay_by_link import confirm_link_return, link_options, start_link_payment
from freehold.core import clock
from freehold.core.addresses import counted_ip
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable, TooManyRequests
from freehold.core.ratelimit import RateLimit, consume
from freehold.domain.booking_states import BookingState
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.domain.shares import LinkState
from freehold.payments.models import Payment
from freehold.payments.pay_links import came_by
from freehold.web.site.present.providers import failure_words, provider_choices
from freehold.web.site.present.stay import Stay
from freehold.web.site.views.book import TO_TRY_AGAIN
from freehold.web.site.views.paying import Ways, is_waiting, next_page, ways_to_pay
from freehold.web.ui.pages import brought_back, open_page, see_other, wants_part

PER_ADDRESS = RateLimit(120, 60)
STARTS_PER_ADDRESS = RateLimit(20, 60)
LAYOUT = "site/pay_link_layout.html"

type View = Callable[[HttpRequest, str], HttpResponse]


@dataclass(frozen=True, slots=True)
class Receipt:
    amount: Money
    at: datetime
    provider: str
    number: str


def _guarded(view: View) -> View:
    @open_page
    def page(request: HttpRequest, token: str) -> HttpResponse:
        _count(request, "pay_link", PER_ADDRESS)
        response = view(request, token)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return update_wrapper(page, view)


@require_http_methods(["GET", "HEAD", "POST"])
@_guarded
def pay_link(request: HttpRequest, token: str) -> HttpResponse:
    payable = find_payable(token)
    payment = _latest(payable)
    failed, refusal = _failure(payment) if payable.is_open else "", None
    if request.method == "POST":
        _count(request, "pay_link_start", STARTS_PER_ADDRESS)
        try:
            return _to_gateway(request, token)
        except (Conflict, BadInput, TemporarilyUnavailable) as error:
            refusal = error
            payable = find_payable(token)
    elif payment is not None and is_waiting(payment):
        failed = ""
    facts = _facts(payable)
    gateways = link_options(payable) if payable.is_open else {}
    context = {
        **facts,
        **ways_to_pay(request, facts["booking"], gateways, last=payment, failed=failed, refusal=refusal),
        "receipt": _receipt(payable),
        **_over(payable),
    }
    return render(request, "site/pay_link.html", context, status=refusal.status if refusal else 200)


@require_GET
@_guarded
def paying(request: HttpRequest, token: str) -> HttpResponse:
    payable = find_payable(token)
    payment = _latest(payable)
    if payment is None:
        return redirect("site:pay_link", token)
    facts = _facts(payable)
    return next_page(request, payment, facts["booking"], layout=LAYOUT, ways=_ways(token), context=facts)


@require_http_methods(["GET", "HEAD", "POST"])
@_guarded
def returned(request: HttpRequest, token: str) -> HttpResponse:
    """The provider sends the browser here. That is a hint, no proof: the provider itself is asked."""
    payable = find_payable(token)
    payment = _latest(payable)
    home = reverse("site:pay_link", args=[token])
    if payment is None:
        return redirect(home)
    if not wants_part(request) and payment.state != PaymentState.PAID:
        payment = confirm_link_return(payable=payable, payment=payment, params=brought_back(request))
    is_answered = payment.state == PaymentState.PAID or (payment.state in TO_TRY_AGAIN and not is_waiting(payment))
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Redirect": home} if is_answered else {})
    if is_answered:
        return redirect(home)
    if is_waiting(payment):
        return redirect("site:pay_link_paying", token)
    return render(request, "site/paying.html", {**_facts(payable), "ways": _ways(token)})


def _to_gateway(request: HttpRequest, token: str) -> HttpResponse:
    start_link_payment(
        token=token,
        provider=request.POST.get("provider", ""),
        return_url=request.build_absolute_uri(_ways(token).returned),
        phone=request.POST.get("phone", ""),
        pays_all=request.POST.get("pays") == "all",
    )
    return see_other("site:pay_link_paying", token)


def _count(request: HttpRequest, scope: str, limit: RateLimit) -> None:
    verdict = consume(scope=scope, identity=counted_ip(request), limit=limit)
    if not verdict.allowed:
        raise TooManyRequests("That was too often. Try again later.", retry_after=verdict.retry_after or 1)


def _ways(token: str) -> Ways:
    return Ways(reverse("site:pay_link_returned", args=[token]), reverse("site:pay_link", args=[token]))


def _latest(payable: Payable) -> Payment | None:
    return payable.link.payments.order_by("-attempt").first()


def _facts(payable: Payable) -> dict[str, Any]:
    booking = with_details(Booking.objects.company(payable.booking.company_id)).get(pk=payable.booking.pk)
    stay = Stay(booking)
    return {
        "booking": stay,
        "city": stay.city,
        "company": booking.company.name,
        "label": payable.link.label,
        "asked": payable.amount,
        "of_link": came_by(payable.link) or payable.amount,
        "missing": payable.missing,
        "expires_at": payable.expires_at,
        "is_open": payable.is_open,
        "is_share": payable.link.is_share,
        "may_pay_all": payable.may_pay_all,
        "waits_for_others": payable.link.is_share and payable.missing.is_positive and booking.confirmed_at is None,
        "now": clock.now(),
    }


def _receipt(payable: Payable) -> Receipt | None:
    if payable.state is not LinkState.PAID:
        return None
    payment = payable.link.payments.filter(announced_minor__gt=0).order_by("paid_at", "attempt").first()
    if payment is None:
        return None
    return Receipt(
        amount=Money(payment.received_minor, payment.currency),
        at=payment.paid_at or payment.updated_at,
        provider=provider_choices([payment.provider])[0].name,
        number=payment.charge_id or payment.object_id,
    )


def _failure(payment: Payment | None) -> str:
    """The payer of a link holds nothing, and is told what was charged: nothing."""
    if payment is None or payment.state not in TO_TRY_AGAIN:
        return ""
    return failure_words(payment, has_choice=True, is_held=False)


def _over(payable: Payable) -> dict[str, str]:
    """Why this cannot be paid any more."""
    if payable.booking_state in (BookingState.EXPIRED, BookingState.CANCELLED, BookingState.DECLINED):
        words = gettext("The booking that this was for is over. Nothing is to be paid.")
    elif payable.state is LinkState.OPEN:
        words = gettext("So much is not owed for this booking any more. Ask whoever sent you the link.")
    else:
        words = gettext("Ask whoever sent you the link for a new one, if there is still something to pay.")
    if payable.state is LinkState.RETURNED:
        words = gettext("Your money goes back to where it came from. That takes a few days.")
    heading = {
        LinkState.RETURNED: gettext("Your payment comes back"),
        LinkState.REVOKED: gettext("This link was taken back"),
        LinkState.EXPIRED: gettext("The time of this link is over"),
    }.get(payable.state, gettext("This is not to be paid any more"))
    return {"heading": heading, "words": words}
