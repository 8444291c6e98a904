"""The page of one place: what it is, when it is free, what a stay costs; and the hold that begins a booking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from freehold.bookings.selectors import own_claims, own_hold
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.errors import DomainError
from freehold.domain.occasions import Nights, UntilCancelled
from freehold.domain.periods import night_dates, time_zone
from freehold.inventory.alternatives import mending_stays, nearest_free_stays
from freehold.inventory.calendar import CalendarDay
from freehold.inventory.errors import Unavailable
from freehold.inventory.reasons import NO_WHOLE_STAY
from freehold.inventory.selectors import listing_calendar
from freehold.inventory.services.refuse_taken import refuse_taken
from freehold.inventory.types import Alternative
from freehold.pricing.models import RatePlan
from freehold.pricing.selectors import published_rate_plan
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.types import ItemRequest, PricedCart
from freehold.properties.models import Listing
from freehold.properties.selectors import published_listing
from freehold.web.site.forms import StayForm
from freehold.web.site.present import calendar as calendars
from freehold.web.site.present import own_holds
from freehold.web.site.present.problem import Problem
from freehold.web.site.views import box, slots
from freehold.web.site.views.sales import sale_page
from freehold.web.site.views.similar import search_address
from freehold.web.ui import formats
from freehold.web.ui.basemap import base_map
from freehold.web.ui.pages import actor_of, open_page

_KEPT = ("check_in", "check_out", "term", "adults", "children", "age", "month")


@require_GET
@open_page
def place(request: HttpRequest, slug: str) -> HttpResponse:
    listing = published_listing(key=slug)
    if listing.mode == Listing.Mode.SALE:
        return sale_page(request, listing)
    if listing.mode == Listing.Mode.SLOT:
        return slots.page(request, listing)
    return render(request, "site/place.html", _page(request, listing, request.GET))


@require_GET
@open_page
def price(request: HttpRequest, slug: str) -> HttpResponse:
    """Only the box with dates, party and price: it changes while the visitor chooses."""
    listing = published_listing(key=slug)
    if listing.mode == Listing.Mode.SLOT:
        return slots.part(request, listing)
    return render(request, "site/price_box.html", _box(request, listing, request.GET))


@require_GET
@open_page
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """Only the calendar, for turning its pages."""
    return render(request, "site/calendar.html", _calendar(request, published_listing(key=slug), request.GET))


@require_POST
@open_page
def hold(request: HttpRequest) -> HttpResponse:
    listing = published_listing(key=request.POST.get("place", "").replace("\x00", ""))
    if listing.mode == Listing.Mode.SLOT:
        return slots.hold(request, listing)
    form = _form(listing, request.POST)
    if not form.is_valid():
        return render(request, "site/place.html", _page(request, listing, request.POST), status=422)
    if not request.user.is_authenticated:
        messages.info(request, gettext("Sign in to hold this place. Your dates are kept."))
        return redirect_to_login(_address(listing, request.POST))
    wish = _wish(listing, form)
    try:
        if not box.agreed_price(request, price_cart(actor=actor_of(request), items=[wish])):
            return redirect(f"{_address(listing, request.POST)}#book")
        booking = hold_booking(actor=actor_of(request), items=[wish])
    except Unavailable as refusal:
        mine = own_hold(user=request.user, listing_id=listing.pk, when=wish.when)
        if mine is not None and own_holds.is_exactly(mine, wish):
            return redirect("site:book", mine.pk)
        problem = _taken([reason.detail for reason in refusal.reasons], refusal.alternatives, listing, request.POST)
        return render(request, "site/place.html", _page(request, listing, request.POST, problem), status=409)
    except (BadInput, DomainError):
        # The page prices the same wish, and says what is wrong with it.
        return render(request, "site/place.html", _page(request, listing, request.POST), status=422)
    return box.after_hold(booking)


def _page(request: HttpRequest, listing: Listing, wish: QueryDict, problem: Problem | None = None) -> dict[str, Any]:
    shown = _calendar(request, listing, wish)
    found = _box(request, listing, wish, problem, shown.pop("days"))
    search = {"place": listing.property.city, "guests": found["stay"]["adults"] + found["stay"]["children"]}
    return {
        **found,
        **shown,
        "similar_url": _address(listing, _with_party(wish, listing), name="site:similar"),
        "rooms_url": _rooms_address(listing, _with_party(wish, listing)),
        "map": base_map(listing.property.city),
        "search": {**search, "check_in": found["stay"]["check_in"], "check_out": found["stay"]["check_out"]},
    }


def _rooms_address(listing: Listing, wish: QueryDict) -> str:
    """The page of all rooms of its place, with the same dates and party; empty where this is the only one."""
    if listing.mode != Listing.Mode.STAY or not getattr(listing, "has_sisters", False):
        return ""
    query = _address(listing, wish).partition("?")[2]
    return f"{reverse('site:resort', args=[listing.property.slug])}?{query}"


def _box(
    request: HttpRequest,
    listing: Listing,
    wish: QueryDict,
    problem: Problem | None = None,
    days: Mapping[date, CalendarDay] | None = None,
) -> dict[str, Any]:
    plan = published_rate_plan(listing_id=listing.pk)
    wish = _with_party(wish, listing)
    form = _form(listing, wish)
    cart, mine = None, None
    # A first visit has no dates yet: nothing is wrong, nothing can be priced. Who asks to hold has to give them.
    if request.method == "POST" or (wish.get("check_in") and wish.get("check_out")) or form.is_open_ended:
        if not form.is_valid():
            problem = problem or Problem(gettext("Something is missing"), form.problems)
        else:
            if problem is None:
                cart, problem = _price(listing, form, wish, days or {})
            # Another room of the same kind may still be free: then this is a stay like any other.
            if problem is not None:
                mine = own_hold(user=request.user, listing_id=listing.pk, when=_wish(listing, form).when)
    return {
        **box.box_context(listing, plan),
        **box.price_context(cart),
        "today": _today(listing),
        "stay": _stay(listing, form, wish),
        "ask_for": gettext("Choose your dates to see the whole price."),
        "problem": problem if mine is None else None,
        "instead": _instead(listing, form, wish),
        "own_hold": mine,
        "own_words": own_holds.words(mine, _wish(listing, form), listing.property.time_zone) if mine else "",
    }


def _instead(listing: Listing, form: StayForm, wish: QueryDict) -> dict[str, str] | None:
    """Where to ask for places that are free on these dates. Another wish is another element of the page."""
    if not form.is_valid() or form.is_open_ended:
        return None
    return {
        "id": f"instead-{form.cleaned_data['check_in']}-{form.cleaned_data['check_out']}-{form.party.size}",
        "url": search_address(listing, wish),
        "partial_url": _address(listing, wish, name="site:instead"),
    }


def _price(
    listing: Listing, form: StayForm, wish: QueryDict, days: Mapping[date, CalendarDay]
) -> tuple[PricedCart | None, Problem | None]:
    title, asked = gettext("These dates do not work here"), _wish(listing, form)
    try:
        cart = price_cart(actor=Actor.anonymous(), items=[asked])
    except BadInput as refusal:
        fitting = mending_stays(listing=listing, when=asked.when, broken=[error.code for error in refusal.errors])
        offers = _offers(fitting, listing, wish)
        details = [error.detail for error in refusal.errors]
        return None, Problem(title, details, offers, gettext("These fit:"))
    except DomainError as refusal:
        return None, Problem(title, [refusal.detail])
    if form.is_open_ended:
        return _from_now_on(cart, listing, form)
    check_in, check_out = form.cleaned_data["check_in"], form.cleaned_data["check_out"]
    nights = night_dates(check_in, check_out)
    # The months on the page usually hold the stay; else its own nights are asked for.
    if any(night not in days for night in nights):
        days = {day.date: day for day in listing_calendar(listing_id=listing.pk, start=check_in, end=check_out)}
    closed = [days[night] for night in nights if not days[night].is_available]
    # Each night may be free in another room, or the days after it taken: then no stay has so many nights from here.
    if not closed and len(nights) <= (days[check_in].max_nights or 0):
        return cart, None
    reasons = [reason for day in closed for reason in day.reasons] or [NO_WHOLE_STAY]
    details = list(dict.fromkeys(reason.detail for reason in reasons))
    alternatives = nearest_free_stays(listing=listing, check_in=check_in, check_out=check_out)
    return None, _taken(details, alternatives, listing, wish)


def _from_now_on(cart: PricedCart, listing: Listing, form: StayForm) -> tuple[PricedCart | None, Problem | None]:
    """What lasts until cancelled needs the place free of everything that is to come."""
    try:
        refuse_taken(items=[_wish(listing, form)], listings={listing.pk: listing})
    except Unavailable as refusal:
        title = gettext("Something is booked from now on")
        return None, Problem(title, [reason.detail for reason in refusal.reasons])
    return cart, None


def _taken(details: list[str], alternatives: Iterable[Any], listing: Listing, wish: QueryDict) -> Problem:
    offers = _offers((each for each in alternatives if each.listing_id == listing.pk), listing, wish)
    return Problem(gettext("These nights are not all free"), details, offers, gettext("Free near that:"))


def _offers(alternatives: Iterable[Alternative], listing: Listing, wish: QueryDict) -> list[dict[str, Any]]:
    return [_offer(alternative, listing, wish) for alternative in alternatives]


def _offer(alternative: Alternative, listing: Listing, wish: QueryDict) -> dict[str, Any]:
    changed = wish.copy()
    changed["check_in"], changed["check_out"] = alternative.check_in.isoformat(), alternative.check_out.isoformat()
    return {
        "words": formats.days(alternative.check_in, alternative.check_out),
        "url": _address(listing, changed),
        "partial_url": _address(listing, changed, name="site:price"),
    }


def _form(listing: Listing, wish: QueryDict) -> StayForm:
    return StayForm(wish, may_be_open_ended=listing.mode == Listing.Mode.EXCLUSIVE)


def _wish(listing: Listing, form: StayForm) -> ItemRequest:
    cleaned = form.cleaned_data
    if form.is_open_ended:
        return ItemRequest(listing.pk, UntilCancelled(), form.party)
    return ItemRequest(listing.pk, Nights(cleaned["check_in"], cleaned["check_out"]), form.party)


def _stay(listing: Listing, form: StayForm, wish: QueryDict) -> dict[str, Any]:
    """What was typed, made printable, whether it is valid or not."""
    party = box.party_context(listing, form, usual_adults=_usual_adults(listing))
    return {
        **party,
        "check_in": form.cleaned_data.get("check_in"),
        "check_out": form.cleaned_data.get("check_out"),
        "is_open_ended": form.is_open_ended,
        "may_be_open_ended": form.may_be_open_ended,
    }


def _with_party(wish: QueryDict, listing: Listing) -> QueryDict:
    return box.with_party(wish, usual_adults=_usual_adults(listing))


def _usual_adults(listing: Listing) -> int:
    """An address without any party means two."""
    return min(2, listing.max_guests)


def _calendar(request: HttpRequest, listing: Listing, wish: QueryDict) -> dict[str, Any]:
    today = _today(listing)
    is_stay = listing.mode == Listing.Mode.STAY
    chosen = _day(wish.get("check_in", "")) or today
    first = calendars.first_month(wish.get("month", ""), fallback=chosen, today=today)
    start, end = calendars.shown_period(first)
    known = listing_calendar(listing_id=listing.pk, start=start, end=end, own_claims=own_claims(user=request.user))
    days = {day.date: day for day in known}
    return {
        "calendar": {
            "months": calendars.months(days, first),
            "earlier": _turn(listing, wish, calendars.earlier(first, today=today)),
            "later": _turn(listing, wish, calendars.later(first, today=today)),
            "min_nights": listing.min_nights,
            "is_stay": is_stay,
            "currency": listing.currency,
            "is_flat": not is_stay and listing.rate_plan.basis == RatePlan.Basis.FLAT,
        },
        "days": days,
    }


def _turn(listing: Listing, wish: QueryDict, month: str) -> dict[str, str] | None:
    if not month:
        return None
    changed = wish.copy()
    changed["month"] = month
    return {
        "url": f"{_address(listing, changed)}#calendar",
        "partial_url": _address(listing, changed, name="site:calendar"),
    }


def _address(listing: Listing, wish: QueryDict, *, name: str = "site:place") -> str:
    return box.address(listing, wish, _KEPT, name=name)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _today(listing: Listing) -> date:
    now: datetime = clock.now()
    return now.astimezone(time_zone(listing.property.time_zone)).date()
