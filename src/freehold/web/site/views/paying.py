"""Between our page and the provider's: what the payer does next, whichever kind of provider it is.

Every page here can be reloaded, left and come back to: what it shows comes from the payment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from freehold.core.errors import FreeholdError
from freehold.core.outside import connector
from freehold.domain.money import Money
from freehold.domain.payment_states import UNSETTLED
from freehold.payments.accounts import accepting
from freehold.payments.models import Payment
from freehold.payments.modes import payments_in_test_mode
from freehold.payments.next_action import payers_action
from freehold.ports.payment_gateway import PaymentProvider
from freehold.web.site.present.providers import provider_choices
from freehold.web.site.present.stay import Stay
from freehold.web.ui.pages import actor_of, guest_page, see_other

TEMPLATES = {
    "redirect": "site/pay_redirect.html",
    "client_sdk": "site/pay_script.html",
    "phone_prompt": "site/pay_phone.html",
    "instructions": "site/pay_instructions.html",
}
WAITING_KINDS = frozenset({"phone_prompt", "instructions"})
"""The payer acts elsewhere, while our page waits."""


def to_gateway(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    """Opens the attempt. Where to go on is another page, so that no form is redirected to another site."""
    start_booking_payment(
        actor=actor_of(request),
        booking_id=booking_id,
        provider=request.POST.get("provider", ""),
        return_url=request.build_absolute_uri(reverse("site:returned", args=[booking_id])),
        phone=request.POST.get("phone", ""),
    )
    return see_other("site:paying", booking_id)


def takers_of(stay: Stay, amount: Money) -> dict[str, PaymentProvider]:
    """Who takes this amount at this place."""
    return accepting(company_id=stay.booking.company_id, amount=amount)


def ways_to_pay(
    request: HttpRequest,
    stay: Stay,
    gateways: Mapping[str, PaymentProvider],
    *,
    last: Payment | None = None,
    failed: str = "",
    refusal: FreeholdError | None = None,
) -> dict[str, Any]:
    """What `site/pay_options.html` shows: selected is what was chosen just now, else what was tried last.

    A telephone that cannot be asked is told at its field, what else went wrong above the form (`failed`).
    """
    chosen = request.POST.get("provider") or (last.provider if last is not None else "")
    country = stay.items[0].listing.property.country
    providers = provider_choices(gateways, chosen=chosen, country=country)
    problem = ""
    if refusal is not None:
        failed = refusal.detail
        if refusal.errors[0].attr == "phone" and any(each.needs_phone for each in providers):
            failed, problem = "", failed
    return {"typed": request.POST, "providers": providers, "failed": failed, "phone_problem": problem}


@dataclass(frozen=True, slots=True)
class Ways:
    """Where the payer goes from here: back from the provider, to another way to pay, and, who has one, to the trip."""

    returned: str
    pay: str
    trip: str = ""


@require_GET
@guest_page
def paying(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    stay = Stay(booking_detail(actor=actor_of(request), booking_id=booking_id))
    payment = latest_payment(stay)
    if payment is None:
        return redirect("site:pay", booking_id)
    context = {"booking": stay, "city": stay.city, "step": 3, "step_name": "pay"}
    return next_page(request, payment, stay, layout=layout_of(stay), ways=ways_of(stay), context=context)


def next_page(
    request: HttpRequest, payment: Payment, stay: Stay, *, layout: str, ways: Ways, context: dict[str, Any]
) -> HttpResponse:
    """What the payer does next; nothing any more leads to where the provider would send the browser."""
    action = payers_action(payment)
    template = TEMPLATES.get(action["kind"])
    if template is None or payment.state not in UNSETTLED:
        return redirect(ways.returned)
    shown = {**context, "layout": layout, "ways": ways, "zone": stay.time_zone, "is_held": stay.is_held}
    response = render(request, template, {**shown, **_context(request, payment, action, ways)})
    if action["kind"] == "client_sdk":
        _admit_script(response, payment.provider, action["client"])
    return response


def layout_of(stay: Stay) -> str:
    """A hold is in the checkout; what is paid later stands by itself."""
    return "site/checkout.html" if stay.is_held else "site/pay_later.html"


def ways_of(stay: Stay) -> Ways:
    pay = reverse("site:pay", args=[stay.id])
    if stay.is_requested:
        pay = reverse("site:hold_payment", args=[stay.reference])
    elif stay.pending_change is not None:
        pay = reverse("site:change_pay", args=[stay.reference])
    elif not stay.is_held:
        pay = reverse("site:balance", args=[stay.reference])
    return Ways(reverse("site:returned", args=[stay.id]), pay, reverse("site:trip", args=[stay.reference]))


def latest_payment(stay: Stay) -> Payment | None:
    """The booker's own: who pays by a link, and what is left as a deposit, have pages of their own."""
    own = (each for each in stay.booking.folio.payments.all() if each.link_id is None and _is_charge(each))
    return max(own, key=lambda payment: payment.attempt, default=None)


def _is_charge(payment: Payment) -> bool:
    return payment.purpose == Payment.Purpose.CHARGE


def is_waiting(payment: Payment) -> bool:
    """Whether the payer has been told what to do, and may still do it."""
    kind = (payment.next_action or {}).get("kind")
    return kind in WAITING_KINDS and payment.state in UNSETTLED and not payment.error_code


def _context(request: HttpRequest, payment: Payment, action: dict[str, Any], ways: Ways) -> dict[str, Any]:
    return {
        "now": clock.now(),
        "payment": payment,
        "action": action,
        "amount": Money(payment.amount_minor, payment.currency),
        "provider": provider_choices([payment.provider])[0],
        "lines": _lines(action.get("client", {})) if action["kind"] == "instructions" else [],
        "poll_s": max(2, int(action.get("poll_after_s") or 3)),
        "return_url": request.build_absolute_uri(ways.returned),
        "script_part": f"site/pay_script_{payment.provider}.html",
        "is_test": payment.pk in payments_in_test_mode([payment]),
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
    sources = list(connector(provider)[0].script_origins)
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
