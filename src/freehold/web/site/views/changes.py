"""Change a trip: other dates or guests with the difference in sight, or one of several places less."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from freehold.bookings.models import BookingChange, BookingItem
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.preview_change import preview_change
from freehold.bookings.services.withdraw_change import withdraw_change
from freehold.bookings.types import ChangePreview, ItemChange
from freehold.core import clock
from freehold.core.errors import BadInput, Conflict, FreeholdError, TemporarilyUnavailable
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.domain.party import MAX_CHILD_AGE, Party
from freehold.inventory.errors import Unavailable
from freehold.web.site.forms import StayForm
from freehold.web.site.present.stay import Stay
from freehold.web.site.views.book import last_failure
from freehold.web.site.views.paying import latest_payment, takers_of, to_gateway, ways_to_pay
from freehold.web.site.views.trips import find_stay
from freehold.web.ui import formats
from freehold.web.ui.pages import actor_of, guest_page, wants_part


@dataclass(slots=True)
class Wish:
    """What the guest has in mind for one item, and what it would cost, or why it cannot be."""

    item: BookingItem
    form: StayForm
    gives_up: bool
    preview: ChangePreview | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def is_by_night(self) -> bool:
        return isinstance(self.item.when, Nights)

    @property
    def change(self) -> ItemChange:
        if self.gives_up:
            return ItemChange(self.item.pk, is_given_up=True)
        when = Nights(self.form.cleaned_data["check_in"], self.form.cleaned_data["check_out"])
        return ItemChange(self.item.pk, when=when, party=self.form.party)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def change(request: HttpRequest, reference: str) -> HttpResponse:
    stay = find_stay(request, reference)
    if not stay.may_change:
        messages.info(request, gettext("This trip cannot be changed any more."))
        return redirect("site:trip", stay.reference)
    data = request.POST if request.method == "POST" else request.GET
    wish = _wish(stay, data)
    if wish.gives_up or wish.is_by_night:
        _look(request, stay, wish)
    status = 200
    # Who only looks at the new price (without a script, or faster than it) has agreed to nothing yet.
    agrees = request.method == "POST" and "look" not in data
    if agrees and wish.preview is not None and wish.preview.is_possible:
        if data.get("expected") == str(wish.preview.outcome.difference.minor):
            return _change(request, stay, wish)
        wish.problems.append(gettext("The price has changed while this page was open. Please look again."))
    if agrees or (request.method == "POST" and wish.problems):
        status = 422
    template = "site/change_form.html" if wants_part(request) and request.method != "POST" else "site/change.html"
    return render(request, template, _context(stay, wish), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """What the change costs, how to pay it, and how to think better of it."""
    stay = find_stay(request, reference)
    waiting = stay.pending_change
    if waiting is None:
        messages.info(request, gettext("There is no change to pay for: your trip is as it was agreed last."))
        return redirect("site:trip", stay.reference)
    if request.method == "POST" and "withdraw" in request.POST:
        withdraw_change(actor=actor_of(request), booking_id=stay.id)
        messages.success(request, gettext("The change is dropped. Your trip stays as it was."))
        return redirect("site:trip", stay.reference)
    due = Money(waiting.due_minor, stay.booking.currency)
    gateways, last = takers_of(stay, due), latest_payment(stay)
    failed, refusal = last_failure(last, has_choice=len(gateways) > 1, is_held=False), None
    if request.method == "POST":
        try:
            return to_gateway(request, stay.booking.pk)
        except (Conflict, BadInput, TemporarilyUnavailable) as error:
            refusal = error
    context = {
        "booking": stay,
        "city": stay.city,
        "change": waiting,
        "due": due,
        **ways_to_pay(request, stay, gateways, last=last, failed=failed, refusal=refusal),
        "now": clock.now(),
    }
    return render(request, "site/change_pay.html", context, status=refusal.status if refusal else 200)


def _wish(stay: Stay, data: QueryDict) -> Wish:
    """The item that is talked about, with what was typed, or else as it is booked."""
    chosen = data.get("item", "")
    item = next((each for each in stay.items if str(each.pk) == chosen), stay.items[0])
    typed = data if "check_in" in data else _as_booked(item)
    return Wish(item, StayForm(typed), gives_up="give_up" in data and len(stay.items) > 1)


def _as_booked(item: BookingItem) -> QueryDict:
    party = Party.from_json(item.party)
    booked = QueryDict(mutable=True)
    booked.update({"check_in": item.check_in.isoformat()})
    if item.check_out is not None:
        booked.update({"check_out": item.check_out.isoformat()})
    booked.update({"adults": str(party.adults), "children": str(len(party.children))})
    booked.setlist("age", [str(age) for age in party.children])
    return booked


def _look(request: HttpRequest, stay: Stay, wish: Wish) -> None:
    """Asks what it would cost."""
    if not wish.gives_up and not wish.form.is_valid():
        wish.problems = wish.form.problems
        return
    try:
        wish.preview = preview_change(actor=actor_of(request), booking_id=stay.id, changes=[wish.change])
    except FreeholdError as refusal:
        wish.problems = [error.detail for error in refusal.errors]
        return
    wish.problems = [reason.detail for reason in wish.preview.reasons]


def _change(request: HttpRequest, stay: Stay, wish: Wish) -> HttpResponse:
    assert wish.preview is not None
    try:
        made = change_booking(
            actor=actor_of(request),
            booking_id=stay.id,
            changes=[wish.change],
            expected_difference=wish.preview.outcome.difference,
        )
    except Unavailable as refusal:
        wish.problems = [reason.detail for reason in refusal.reasons]
        wish.preview = None
        return render(request, "site/change.html", _context(stay, wish), status=409)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return redirect("site:change", stay.reference)
    if made.state == BookingChange.State.PENDING:
        return redirect("site:change_pay", stay.reference)
    text = gettext("Your trip is changed.")
    if made.refund_minor:
        back = Money(made.refund_minor, stay.booking.currency)
        text = gettext("Your trip is changed. You get %(amount)s back.") % {"amount": formats.money(back)}
    messages.success(request, text)
    return redirect("site:trip", stay.reference)


def _context(stay: Stay, wish: Wish) -> dict[str, Any]:
    outcome = wish.preview.outcome if wish.preview is not None else None
    return {
        "booking": stay,
        "wish": wish,
        "outcome": outcome,
        "form": wish.form,
        "ages": wish.form.ages if (wish.form.is_bound and wish.form.is_valid()) or wish.form.errors else [],
        "age_choices": range(MAX_CHILD_AGE + 1),
        "address": reverse("site:change", args=[stay.reference]),
    }
