"""A person's bookings and payments on one page, and where to book."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from freehold.bookings.selectors import own_payments
from freehold.bookings.selectors import trips as trips_of
from freehold.domain.money import Money
from freehold.domain.payment_states import UNSETTLED, PaymentState
from freehold.payments.models import Payment
from freehold.web.site.present.providers import provider_choices
from freehold.web.site.present.stay import Stay
from freehold.web.ui.pages import guest_page
from freehold.web.ui.paging import numbered, page_of
from freehold.web.ui.status import Status

BOOKINGS_PER_PAGE = 10
LATEST_PAYMENTS = 20


@dataclass(frozen=True, slots=True)
class PanelPayment:
    """One attempt to pay, in a line."""

    payment: Payment
    provider: str

    @property
    def reference(self) -> str:
        return str(self.payment.booking_reference)  # type: ignore[attr-defined]

    @property
    def amount(self) -> Money:
        return Money(self.payment.amount_minor, self.payment.currency)

    @property
    def status(self) -> Status:
        if self.payment.state == PaymentState.PAID:
            return Status(gettext("Paid"), "good")
        if self.payment.state in UNSETTLED or self.payment.state == PaymentState.AUTHORIZED:
            return Status(gettext("Waiting"), "warn")
        return Status(gettext("Not paid"), "plain")


@require_GET
@guest_page
def panel(request: HttpRequest) -> HttpResponse:
    page = page_of(request, trips_of(user=request.user).order_by("-created_at", "-id"), size=BOOKINGS_PER_PAGE)
    latest = list(own_payments(user=request.user)[:LATEST_PAYMENTS])
    names = {choice.slug: choice.name for choice in provider_choices({payment.provider for payment in latest})}
    context = {
        "stays": [Stay(booking) for booking in page.object_list],
        "payments": [PanelPayment(payment, names[payment.provider]) for payment in latest],
        **numbered(page),
    }
    return render(request, "site/panel.html", context)
