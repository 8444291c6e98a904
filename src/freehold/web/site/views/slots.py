"""The page of a place that is sold by the hour or by the slot: choose a day, a length and a time, then hold it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from freehold.bookings.selectors import own_claims, own_hold
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.errors import DomainError
from freehold.domain.occasions import Slot
from freehold.domain.party import Party
from freehold.domain.slots import local_day
from freehold.inventory.errors import Unavailable
from freehold.inventory.slots import SlotCalendar, listing_slots, nearest_free_slots
from freehold.inventory.types import SlotAlternative
from freehold.pricing.selectors import published_rate_plan
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.types import ItemRequest, PricedCart
from freehold.properties.models import Listing
from freehold.properties.wishes import wished_quantity
from freehold.web.site.forms import SlotForm
from freehold.web.site.present import own_holds
from freehold.web.site.present.occasion import duration_words, slot_words
from freehold.web.site.present.problem import Problem
from freehold.web.site.present.slots import opening_hours, slot_choices
from freehold.web.site.views import box
from freehold.web.ui.basemap import base_map
from freehold.web.ui.pages import actor_of

_KEPT = ("day", "minutes", "start", "adults", "children", "age")


def page(request: HttpRequest, listing: Listing, *, problem: Problem | None = None, status: int = 200) -> HttpResponse:
    wish = request.POST if request.method == "POST" else request.GET
    context = _context(request, listing, wish, problem)
    place = listing.property
    return render(
        request,
        "site/place.html",
        {
            **context,
            "box_template": "site/slot_box.html",
            "opening_hours": opening_hours(listing.slot_rules.opening_hours),
            "map": base_map(place.city),
            "search": {"place": place.city, "guests": context["stay"]["adults"] + context["stay"]["children"]},
        },
        status=status,
    )


def part(request: HttpRequest, listing: Listing) -> HttpResponse:
    """Only the box with day, times, party and price: it changes while the visitor chooses."""
    return render(request, "site/slot_box.html", _context(request, listing, request.GET))


def hold(request: HttpRequest, listing: Listing) -> HttpResponse:
    form = SlotForm(request.POST)
    slot = _chosen(listing, form) if form.is_valid() else None
    if slot is None:
        problem = Problem(gettext("Something is missing"), form.problems or [gettext("Choose one of the times.")])
        return page(request, listing, problem=problem, status=422)
    if not request.user.is_authenticated:
        messages.info(request, gettext("Sign in to hold this time. What you chose is kept."))
        return redirect_to_login(_address(listing, request.POST))
    wish = ItemRequest(listing.pk, slot, form.party)
    try:
        if not box.agreed_price(request, price_cart(actor=actor_of(request), items=[wish])):
            return redirect(f"{_address(listing, request.POST)}#book")
        booking = hold_booking(actor=actor_of(request), items=[wish])
    except (BadInput, DomainError):
        # The page prices the same wish, and says what is wrong with it.
        return page(request, listing, status=422)
    except Unavailable as refusal:
        mine = own_hold(user=request.user, listing_id=listing.pk, when=slot)
        if mine is not None and own_holds.is_exactly(mine, wish):
            return redirect("site:book", mine.pk)
        slots = [each for each in refusal.alternatives if isinstance(each, SlotAlternative)]
        reasons = [reason.detail for reason in refusal.reasons]
        return page(request, listing, problem=_taken(listing, request.POST, reasons, slots), status=409)
    return box.after_hold(booking)


def _context(request: HttpRequest, listing: Listing, wish: QueryDict, problem: Problem | None = None) -> dict[str, Any]:
    plan = published_rate_plan(listing_id=listing.pk)
    wish = box.with_party(wish, usual_adults=_usual_adults(listing))
    form = SlotForm(wish)
    is_valid = form.is_valid()
    party = form.party if is_valid else Party(_usual_adults(listing))
    today = local_day(clock.now(), listing.property.time_zone)
    day = _day(listing, form, today)
    calendar = _slots(request, listing, day, form.cleaned_data.get("minutes"), party)
    slot = _chosen(listing, form, calendar) if is_valid else None
    cart, mine, mine_words = None, None, ""
    if not is_valid and (request.method == "POST" or wish.get("start")):
        problem = problem or Problem(gettext("Something is missing"), form.problems)
    elif slot is not None:
        if problem is None:
            cart, problem = _price(listing, calendar, slot, party, wish)
        # Another unit of the same kind may still be free: then this is a slot like any other.
        mine = own_hold(user=request.user, listing_id=listing.pk, when=slot) if problem is not None else None
        if mine is not None:
            problem = None
            mine_words = own_holds.words(mine, ItemRequest(listing.pk, slot, party), listing.property.time_zone)
    return {
        **box.box_context(listing, plan),
        **box.price_context(cart),
        "today": today,
        "day": day,
        "earlier_day": _turn(listing, wish, day - timedelta(days=1)) if day > today else None,
        "later_day": _turn(listing, wish, day + timedelta(days=1)),
        "lengths": [(minutes, duration_words(minutes)) for minutes in calendar.lengths],
        "minutes": calendar.minutes,
        "slots": slot_choices(calendar, slot, counts_units=listing.slot_rules.seat_per_guest),
        "chosen": slot_words(slot.start_at, slot.end_at, calendar.time_zone) if slot else "",
        "stay": box.party_context(listing, form, usual_adults=_usual_adults(listing)),
        "ask_for": gettext("Choose a time to see the whole price."),
        "problem": problem,
        "own_hold": mine,
        "own_words": mine_words,
    }


def _price(
    listing: Listing, calendar: SlotCalendar, slot: Slot, party: Party, wish: QueryDict
) -> tuple[PricedCart | None, Problem | None]:
    title = gettext("This time does not work here")
    try:
        cart = price_cart(actor=Actor.anonymous(), items=[ItemRequest(listing.pk, slot, party)])
    except BadInput as refusal:
        return None, Problem(title, [error.detail for error in refusal.errors])
    except DomainError as refusal:
        return None, Problem(title, [refusal.detail])
    closed = [reason.detail for offer in calendar.offers if offer.slot == slot for reason in offer.reasons]
    if not closed:
        return cart, None
    quantity = wished_quantity(listing, slot, party)
    return None, _taken(listing, wish, closed, nearest_free_slots(listing=listing, slot=slot, quantity=quantity))


def _taken(listing: Listing, wish: QueryDict, reasons: list[str], slots: Any) -> Problem:
    offers = []
    for each in slots:
        changed = wish.copy()
        changed["start"] = each.start_at.isoformat()
        changed["day"] = local_day(each.start_at, listing.property.time_zone).isoformat()
        offers.append(
            {
                "words": slot_words(each.start_at, each.end_at, listing.property.time_zone),
                "url": _address(listing, changed),
                "partial_url": _address(listing, changed, name="site:price"),
            }
        )
    return Problem(gettext("This time is not free"), reasons, offers, gettext("Free near that:"))


def _slots(request: HttpRequest, listing: Listing, day: date, minutes: int | None, party: Party) -> SlotCalendar:
    """The day's slots; a length that is not given here falls back to the shortest."""
    asked = {"start": day, "end": day + timedelta(days=1), "party": party, "own_claims": own_claims(user=request.user)}
    try:
        return listing_slots(listing_id=listing.pk, minutes=minutes, **asked)
    except BadInput:
        return listing_slots(listing_id=listing.pk, **asked)


def _day(listing: Listing, form: SlotForm, today: date) -> date:
    """The chosen day, or that of the chosen time, as far as one can book."""
    start = form.cleaned_data.get("start")
    day = form.cleaned_data.get("day") or (local_day(start, listing.property.time_zone) if start else today)
    return min(max(day, today), today + timedelta(days=listing.booking_window_days))


def _chosen(listing: Listing, form: SlotForm, calendar: SlotCalendar | None = None) -> Slot | None:
    """The chosen slot. On a page that moved on to another day, the time of the day before is no choice any more."""
    start = form.cleaned_data.get("start")
    if start is None:
        return None
    minutes = calendar.minutes if calendar is not None else form.cleaned_data.get("minutes")
    day = form.cleaned_data.get("day")
    if minutes is None or (day is not None and local_day(start, listing.property.time_zone) != day):
        return None
    return Slot(start, start + timedelta(minutes=minutes))


def _usual_adults(listing: Listing) -> int:
    return 1 if listing.slot_rules.seat_per_guest else min(2, listing.max_guests)


def _turn(listing: Listing, wish: QueryDict, day: date) -> dict[str, str]:
    changed = wish.copy()
    changed["day"] = day.isoformat()
    changed.pop("start", None)
    return {
        "url": f"{_address(listing, changed)}#book",
        "partial_url": _address(listing, changed, name="site:price"),
    }


def _address(listing: Listing, wish: QueryDict, *, name: str = "site:place") -> str:
    return box.address(listing, wish, _KEPT, name=name)
