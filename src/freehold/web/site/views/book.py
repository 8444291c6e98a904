"""From a hold to a paid booking: hold, name the guests, review, pay, come back. Each step has its own address, and
all that was typed is kept on the booking, so that back and reload lose nothing.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freehold.bookings.selectors import booking_detail
from freehold.bookings.services.extend_hold import EXTEND_MINUTES, extend_hold
from freehold.bookings.services.set_guests import set_guests
from freehold.core import clock
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.domain.booking_states import BookingState
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.payments.services.confirm_return import confirm_return
from freehold.web.site.forms import GuestRoom, GuestsForm
from freehold.web.site.present.providers import failure_words
from freehold.web.site.present.stay import Stay
from freehold.web.site.views.paying import (
    is_waiting,
    latest_payment,
    takers_of,
    to_gateway,
    ways_of,
    ways_to_pay,
)
from freehold.web.ui import formats
from freehold.web.ui.pages import actor_of, brought_back, guest_page, wants_part

# The gateway has answered, or waits for the guest: there is nothing to wait for here. A declined card leaves the
# attempt pending, so that another one can be tried.
TO_TRY_AGAIN = {PaymentState.PENDING, PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED}


def load_stay(request: HttpRequest, booking_id: UUID) -> Stay:
    return Stay(booking_detail(actor=actor_of(request), booking_id=booking_id))


@require_GET
@guest_page
def book(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Where this booking goes on."""
    stay = load_stay(request, booking_id)
    if stay.is_requested and not stay.guest_names:
        return redirect("site:guests", booking_id)
    if (elsewhere := _beyond_checkout(request, stay)) is not None:
        return elsewhere
    return redirect("site:review" if stay.guest_names else "site:guests", booking_id)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def guests(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    stay = load_stay(request, booking_id)
    if not stay.is_requested and (elsewhere := _beyond_checkout(request, stay)) is not None:
        return elsewhere
    form = GuestsForm(
        request.POST if request.method == "POST" else None,
        rooms=_guest_rooms(stay, booker=actor_of(request).user.get_full_name()),
        note=stay.note,
    )
    if request.method == "POST" and form.is_valid():
        try:
            set_guests(
                actor=actor_of(request), booking_id=booking_id, guests=form.guests, note=form.cleaned_data["note"]
            )
        except BadInput as refusal:
            form.add_error(None, refusal.detail)
        else:
            if not stay.is_requested:
                return redirect("site:review", booking_id)
            return redirect("site:hold_payment" if stay.held.may_be else "site:trip", stay.reference)
    status = 422 if form.is_bound else 200
    return render(request, "site/checkout_guests.html", {**_context(stay, 1), "form": form}, status=status)


def _guest_rooms(stay: Stay, *, booker: str) -> list[GuestRoom]:
    """The booker is who is asked for first, until somebody says otherwise."""
    has_names = bool(stay.guest_names)
    return [
        GuestRoom(
            item=part.position,
            title=part.title,
            party=part.party,
            names=part.names if has_names else [booker] if index == 0 else [],
            is_first=index == 0,
        )
        for index, part in enumerate(stay.parts)
    ]


@require_GET
@guest_page
def review(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    stay = load_stay(request, booking_id)
    if (elsewhere := _beyond_checkout(request, stay)) is not None:
        return elsewhere
    if not stay.guest_names:
        return redirect("site:guests", booking_id)
    return render(request, "site/checkout_review.html", _context(stay, 2))


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def pay(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    stay = load_stay(request, booking_id)
    if (elsewhere := _beyond_checkout(request, stay)) is not None:
        return elsewhere
    if not stay.guest_names:
        return redirect("site:guests", booking_id)
    gateways, last = takers_of(stay, stay.dues.now), latest_payment(stay)
    failed, refusal = last_failure(last, has_choice=len(gateways) > 1, is_held=True), None
    if request.method == "POST":
        try:
            return to_gateway(request, booking_id)
        except (Conflict, BadInput, TemporarilyUnavailable) as error:
            refusal = error
    context = {**_context(stay, 3), **ways_to_pay(request, stay, gateways, last=last, failed=failed, refusal=refusal)}
    return render(request, "site/checkout_pay.html", context, status=refusal.status if refusal else 200)


@require_POST
@guest_page
def extend(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    try:
        extend_hold(actor=actor_of(request), booking_id=booking_id)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        text = gettext("You have %(minutes)s more minutes.") % {"minutes": EXTEND_MINUTES}
        messages.success(request, text)
    step = request.POST.get("step")
    return redirect(f"site:{step}" if step in {"guests", "review", "pay"} else "site:book", booking_id)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def returned(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """The gateway's page sends the browser here. That is a hint, no proof: the gateway itself is asked.

    With POST when a provider's script has ended in our page.
    """
    stay = load_stay(request, booking_id)
    payment = latest_payment(stay)
    if payment is None:
        return redirect("site:book", booking_id)
    if not wants_part(request) and payment.state != PaymentState.PAID:
        confirm_return(actor=actor_of(request), payment_id=payment.pk, params=brought_back(request))
        stay = load_stay(request, booking_id)
        payment = latest_payment(stay) or payment
    target = _after_payment(stay, payment)
    if target is None:
        if is_waiting(payment) and not wants_part(request):
            return redirect("site:paying", booking_id)
        if wants_part(request):
            return HttpResponse(status=204)
        return render(request, "site/paying.html", {**_context(stay, 3), "ways": ways_of(stay)})
    if payment.state == PaymentState.PAID and _is_paid_later(stay, payment):
        paid = formats.money(Money(payment.received_minor, payment.currency))
        messages.success(request, gettext("Thank you: %(amount)s is paid.") % {"amount": paid})
    if wants_part(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def _after_payment(stay: Stay, payment: Payment) -> str | None:
    """Where to go now that the gateway has answered; None while it has not."""
    if _is_paid_later(stay, payment) and payment.state != PaymentState.PAID and not stay.review_words:
        is_over = payment.state in TO_TRY_AGAIN and not is_waiting(payment)
        return ways_of(stay).pay if is_over else None
    if stay.is_requested and payment.state == PaymentState.AUTHORIZED:
        return reverse("site:trip", args=[stay.reference])
    if stay.is_requested and payment.state in TO_TRY_AGAIN:
        return reverse("site:hold_payment", args=[stay.reference])
    if stay.is_confirmed:
        was_confirmed = bool(stay.changes) or _is_paid_later(stay, payment)
        return reverse("site:trip" if was_confirmed else "site:confirmed", args=[stay.reference])
    if stay.state == BookingState.CANCELLED or stay.refund_events or stay.review_words:
        return reverse("site:trip", args=[stay.reference])
    if payment.state in TO_TRY_AGAIN and not is_waiting(payment):
        return reverse("site:pay", args=[stay.id])
    return None


def _is_paid_later(stay: Stay, payment: Payment) -> bool:
    """A balance, or what a change costs: begun when the booking was confirmed already."""
    confirmed_at = stay.booking.confirmed_at
    return confirmed_at is not None and payment.created_at > confirmed_at


def _beyond_checkout(request: HttpRequest, stay: Stay) -> HttpResponse | None:
    """A booking that is held stays in the checkout; any other has a better page."""
    if stay.is_held:
        return None
    if stay.state != BookingState.EXPIRED or stay.is_unanswered:
        return redirect("site:trip", stay.reference)
    return render(request, "site/expired.html", {"booking": stay}, status=410)


def last_failure(payment: Payment | None, *, has_choice: bool, is_held: bool) -> str:
    """Why the attempt before this went wrong; of what is paid without a hold, only while that could still be paid."""
    if payment is None or payment.state not in TO_TRY_AGAIN or not (is_held or payment.expires_at > clock.now()):
        return ""
    return failure_words(payment, has_choice=has_choice, is_held=is_held)


def _context(stay: Stay, step: int) -> dict[str, Any]:
    now = clock.now()
    return {
        "booking": stay,
        "city": stay.city,
        "step": step,
        "step_name": ("guests", "review", "pay")[step - 1],
        "now": now,
        "refund_steps": stay.refund_steps(now),
    }
