"""Pay links of one booking at the desk: send one, take one back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from freehold.bookings.pay_links import booking_links
from freehold.bookings.services.send_pay_link import send_pay_link
from freehold.bookings.services.take_back_pay_link import take_back_pay_link
from freehold.core.errors import BadInput, Conflict, NotFound, TooManyRequests
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.booking import DeskBooking
from freehold.web.console.views.bookings import find


@require_POST
@console_page
def send(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    shown = find(desk, reference)
    name, email, typed = (
        request.POST.get(field, "").replace("\x00", "").strip() for field in ("payer_name", "payer_email", "amount")
    )
    try:
        amount = Money.parse(typed, shown.booking.currency) if typed else None
        link = send_pay_link(
            actor=desk.actor, booking_id=shown.booking.pk, amount=amount, payer_name=name, payer_email=email
        )
    except (BadInput, Conflict, TooManyRequests, DomainError) as refusal:
        messages.error(request, refusal.detail)
    else:
        says = gettext("The link is made. Copy it below, and send it to whoever pays.")
        if link.payer_email:
            says = gettext("The link is on its way to %(email)s.") % {"email": link.payer_email}
        messages.success(request, says)
    return _back(shown)


@require_POST
@console_page
def take_back(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    shown = find(desk, reference)
    wanted = request.POST.get("take_back", "")
    mine = {str(link.pk) for link in booking_links(actor=desk.actor, booking_id=shown.booking.pk)}
    if wanted not in mine:
        raise NotFound
    try:
        take_back_pay_link(actor=desk.actor, link_id=UUID(wanted))
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, gettext("The link is taken back. Nobody can pay by it any more."))
    return _back(shown)


def _back(shown: DeskBooking) -> HttpResponse:
    return redirect(f"{shown.url}#links")
