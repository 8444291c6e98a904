"""What every box of a place's page shares, whether nights, a whole place or a slot is sold: party, price, hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from freehold.bookings.dues import dues_of_price
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import HOLD_FOR
from freehold.core import clock
from freehold.domain.booking_states import BookingState
from freehold.domain.cancellation import refund_timeline_of_parts
from freehold.domain.party import MAX_CHILD_AGE
from freehold.pricing.models import RatePlan
from freehold.pricing.types import PricedCart
from freehold.properties.models import Listing
from freehold.properties.selectors import facts_of
from freehold.web.site.forms import PartyForm
from freehold.web.site.present.place import PlacePage

HOLD_MINUTES = int(HOLD_FOR.total_seconds() // 60)


def box_context(listing: Listing, plan: RatePlan) -> dict[str, Any]:
    """The place, and what holding it means."""
    asks_first = listing.acceptance == Listing.Acceptance.REQUEST
    return {
        "place": PlacePage(listing, plan, facts_of(listing)),
        "city": listing.property.city,
        "hold_minutes": HOLD_MINUTES,
        "answer_hours": listing.answer_within_hours if asks_first else None,
        "books_at_once": not asks_first and listing.payment_terms == Listing.PaymentTerms.AT_PROPERTY,
    }


def price_context(price: PricedCart | None) -> dict[str, Any]:
    """The price, what of it is due when, and what cancelling gives back of what is paid at first."""
    if price is None:
        return {"price": None}
    steps = refund_timeline_of_parts(price.refund_parts(), paid=price.due_now, as_of=clock.now())
    return {"price": price, "dues": dues_of_price(price), "refund_steps": steps}


def party_context(listing: Listing, form: PartyForm, *, usual_adults: int) -> dict[str, Any]:
    """What was typed, made printable, whether it is valid or not."""
    form.is_valid()
    cleaned = form.cleaned_data
    return {
        "adults": min(cleaned.get("adults") or usual_adults, listing.max_guests),
        "children": cleaned.get("children") or 0,
        "ages": form.ages,
        "age_choices": range(MAX_CHILD_AGE + 1),
    }


def with_party(wish: QueryDict, *, usual_adults: int) -> QueryDict:
    """A search counts guests; here they are adults until somebody says otherwise."""
    if wish.get("adults"):
        return wish
    counted = wish.copy()
    counted["adults"] = wish.get("guests") or str(usual_adults)
    return counted


def address(listing: Listing, wish: QueryDict, keys: Iterable[str], *, name: str = "site:place") -> str:
    """A page of the listing with what was chosen so far."""
    kept = QueryDict(mutable=True)
    for key in keys:
        if values := wish.getlist(key):
            kept.setlist(key, values)
    return f"{reverse(name, args=[listing.slug])}?{kept.urlencode()}"


def agreed_price(request: HttpRequest, price: PricedCart) -> bool:
    """Whether the visitor has seen this price; else it is said why the page comes again.

    Who has no script may hold before a price was ever shown.
    """
    seen = request.POST.get("expected", "")
    if not seen:
        messages.info(request, gettext("Here is the whole price. Nothing is held yet: look at it, and go on."))
    elif seen != str(price.total.minor):
        messages.warning(request, gettext("The price has changed while this page was open. Please look again."))
    return seen == str(price.total.minor)


def after_hold(booking: Booking) -> HttpResponse:
    if booking.state == BookingState.CONFIRMED:
        return redirect("site:confirmed", booking.reference)
    return redirect("site:book", booking.pk)
