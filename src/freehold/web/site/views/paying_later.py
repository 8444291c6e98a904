"""A trip that is booked or held: pay its balance, and let others pay by links."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from freehold.bookings.pay_links import booking_links
from freehold.bookings.services.send_pay_link import send_pay_link
from freehold.bookings.services.split_payment import Share, split_payment
from freehold.bookings.services.start_payment import OWING
from freehold.bookings.services.take_back_pay_link import take_back_pay_link
from freehold.core import clock
from freehold.core.errors import BadInput, Conflict, NotFound, TemporarilyUnavailable, TooManyRequests
from freehold.domain.shares import MOST_SHARES
from freehold.web.site.present.pay_links import ShownLink
from freehold.web.site.present.stay import Stay
from freehold.web.site.views.book import last_failure
from freehold.web.site.views.paying import latest_payment, takers_of, to_gateway, ways_to_pay
from freehold.web.site.views.trips import find_stay
from freehold.web.ui.pages import actor_of, guest_page


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def balance(request: HttpRequest, reference: str) -> HttpResponse:
    """What is still owed may be paid at any time, not only on its day."""
    stay = find_stay(request, reference)
    if stay.is_held:
        return redirect("site:book", stay.id)
    if stay.pending_change is not None:
        return redirect("site:change_pay", stay.reference)
    if stay.waits_for_held:
        messages.info(request, gettext("What your bank holds for this trip is taken first. You need not pay it again."))
        return redirect("site:trip", stay.reference)
    if stay.state not in OWING or not stay.dues.owed.minor:
        messages.info(request, gettext("There is nothing to pay for this trip."))
        return redirect("site:trip", stay.reference)
    gateways, last = takers_of(stay, stay.dues.owed), latest_payment(stay)
    failed, refusal = last_failure(last, has_choice=len(gateways) > 1, is_held=False), None
    if request.method == "POST":
        try:
            return to_gateway(request, stay.booking.pk)
        except (Conflict, BadInput, TemporarilyUnavailable) as error:
            refusal = error
    context = {
        "booking": stay,
        "city": stay.city,
        **ways_to_pay(request, stay, gateways, last=last, failed=failed, refusal=refusal),
        "now": clock.now(),
    }
    return render(request, "site/balance.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def share(request: HttpRequest, reference: str) -> HttpResponse:
    """The links of this trip, and how to make more of them."""
    stay = find_stay(request, reference)
    problem, status = "", 200
    if request.method == "POST":
        try:
            messages.success(request, _act(request, stay))
            return redirect("site:share", stay.reference)
        except (BadInput, Conflict, TooManyRequests) as refusal:
            problem, status = refusal.detail, refusal.status
    links = [ShownLink(link) for link in booking_links(actor=actor_of(request), booking_id=stay.id)]
    context: dict[str, Any] = {
        "booking": stay,
        "city": stay.city,
        "now": clock.now(),
        "links": links,
        "missing": stay.missing,
        "most_shares": MOST_SHARES,
        "problem": problem,
        "typed": request.POST,
    }
    return render(request, "site/share.html", context, status=status)


def _act(request: HttpRequest, stay: Stay) -> str:
    """What was done, in words."""
    actor, typed = actor_of(request), request.POST
    if "take_back" in typed:
        take_back_pay_link(actor=actor, link_id=_link_id(typed["take_back"]))
        return gettext("The link is taken back. Nobody can pay by it any more.")
    if "people" in typed:
        count = int(typed["people"]) if typed["people"].isascii() and typed["people"].isdigit() else 0
        made = split_payment(actor=actor, booking_id=stay.id, shares=[Share()] * min(count, MOST_SHARES + 1))
        return gettext("Here are %(count)s links. Send one to everybody who pays.") % {"count": len(made)}
    name, email = _words(typed.get("payer_name", "")), _words(typed.get("payer_email", ""))
    link = send_pay_link(actor=actor, booking_id=stay.id, payer_name=name, payer_email=email)
    if link.payer_email:
        return gettext("The link is on its way to %(email)s.") % {"email": link.payer_email}
    return gettext("Here is the link. Send it to whoever pays.")


def _words(typed: str) -> str:
    return typed.replace("\x00", "").strip()


def _link_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
