"""Between our page and the provider's: what the payer does next, whichever kind of provider it is.

Every page here can be reloaded, left and come back to: what it shows comes from the payment.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from freehold.bookings.selectors import booking_detail
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import UNSETTLED
from freehold.payments.models import Payment
from freehold.payments.next_action import payers_action
from freehold.web.site.present.providers import provider_choices
from freehold.web.site.present.stay import Stay
from freehold.web.ui.pages import actor_of, guest_page

TEMPLATES = {
    "redirect": "site/pay_redirect.html",
    "client_sdk": "site/pay_script.html",
    "phone_prompt": "site/pay_phone.html",
    "instructions": "site/pay_instructions.html",
}
WAITING_KINDS = frozenset({"phone_prompt", "instructions"})
"""The payer acts elsewhere, while our page waits."""

STRIPE_SCRIPT = "https://js.stripe.com/v3/"
# What the scripts of these providers load and talk to. Nobody else's script runs on our pages.
SCRIPT_SOURCES = {
    "stripe": ("https://js.stripe.com", "https://*.stripe.com"),
    "razorpay": ("https://checkout.razorpay.com", "https://*.razorpay.com"),
}


def to_gateway(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Opens the attempt. Where to go on is another page, so that no form is redirected to another site."""
    start_booking_payment(
        actor=actor_of(request),
        booking_id=booking_id,
        provider=request.POST.get("provider", ""),
        return_url=request.build_absolute_uri(reverse("site:returned", args=[booking_id])),
        phone=request.POST.get("phone", ""),
    )
    response = redirect("site:paying", booking_id)
    response.status_code = 303
    return response


@require_GET
@guest_page
def paying(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    stay = Stay(booking_detail(actor=actor_of(request), booking_id=booking_id))
    payment = latest_payment(stay)
    if payment is None:
        return redirect("site:pay", booking_id)
    action = payers_action(payment)
    template = TEMPLATES.get(action["kind"])
    if template is None or payment.state not in UNSETTLED:
        return redirect("site:returned", booking_id)
    response = render(request, template, _context(request, stay, payment, action))
    if action["kind"] == "client_sdk":
        _admit_script(response, payment.provider, action["client"])
    return response


def latest_payment(stay: Stay) -> Payment | None:
    return max(stay.booking.folio.payments.all(), key=lambda payment: payment.attempt, default=None)


def is_waiting(payment: Payment) -> bool:
    """Whether the payer has been told what to do, and may still do it."""
    kind = (payment.next_action or {}).get("kind")
    return kind in WAITING_KINDS and payment.state in UNSETTLED and not payment.error_code


def _context(request: HttpRequest, stay: Stay, payment: Payment, action: dict[str, Any]) -> dict[str, Any]:
    return {
        "booking": stay,
        "city": stay.city,
        "step": 3,
        "step_name": "pay",
        "now": clock.now(),
        "payment": payment,
        "action": action,
        "amount": Money(payment.amount_minor, payment.currency),
        "provider": provider_choices([payment.provider])[0],
        "lines": _lines(action.get("client", {})) if action["kind"] == "instructions" else [],
        "poll_s": max(2, int(action.get("poll_after_s") or 3)),
        "return_url": request.build_absolute_uri(reverse("site:returned", args=[stay.id])),
        "stripe_script": action.get("client", {}).get("script") or STRIPE_SCRIPT,
    }


def _lines(shown: dict[str, str]) -> list[tuple[str, str]]:
    names = {
        "account_holder": gettext("Account holder"),
        "bank_name": gettext("Bank"),
        "iban": gettext("IBAN"),
        "account_number": gettext("Account number"),
        "bic": gettext("BIC"),
        "branch": gettext("Branch"),
        "paybill": gettext("Paybill"),
        "till": gettext("Till"),
        "amount": gettext("Amount"),
        "reference": gettext("Reference"),
    }
    return [(names[name], value) for name, value in shown.items() if name in names]


def _admit_script(response: HttpResponse, provider: str, client: dict[str, str]) -> None:
    """This page alone lets the provider's script run, in which the payer types what we never see."""
    sources = list(SCRIPT_SOURCES.get(provider, ()))
    if script := client.get("script"):
        parts = urlsplit(script)
        sources.append(f"{parts.scheme}://{parts.netloc}")
    policy = {name: list(allowed) for name, allowed in settings.SECURE_CSP.items()}
    for name in ("script-src", "connect-src", "img-src", "form-action"):
        policy[name] += sources
    # Their windows bring styles of their own.
    policy["style-src"] = [CSP.SELF, CSP.UNSAFE_INLINE]
    policy["frame-src"] = [CSP.SELF, *sources]
    response._csp_config = policy  # type: ignore[attr-defined]
