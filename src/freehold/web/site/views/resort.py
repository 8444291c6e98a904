"""A place that sells several rooms: dates and party once, then how many of each, and all of them in one hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.errors import DomainError
from freehold.domain.occasions import Nights
from freehold.domain.party import MAX_ADULTS, MAX_CHILD_AGE
from freehold.domain.periods import time_zone
from freehold.domain.rooming import spread
from freehold.inventory.errors import Unavailable
from freehold.inventory.rooms import Room, missing_together, published_rooms, rooms_for_nights
from freehold.inventory.types import Alternative
from freehold.pricing.models import RatePlan
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.types import ItemRequest, PricedCart
from freehold.properties.models import Property
from freehold.properties.selectors import facts_of
from freehold.web.site.forms import StayForm
from freehold.web.site.present.place import PlacePage
from freehold.web.site.present.problem import Problem
from freehold.web.site.present.rooms import MOST_OF_ONE, RoomRow, count_field, row_of
from freehold.web.site.views.box import HOLD_MINUTES, after_hold, agreed_price, price_context
from freehold.web.ui import formats
from freehold.web.ui.pages import actor_of, open_page
from freehold.web.ui.words import party_words

MOST_ROOMS = 20


class Choice:
    """What a visitor has chosen so far, by the address or the form: dates, party, and how many of each room."""

    def __init__(self, place: Property, plans: Mapping[UUID, RatePlan], wish: QueryDict) -> None:
        self.place, self.plans = place, plans
        self.wish = wish.copy()
        if not wish.get("adults"):
            self.wish["adults"] = wish.get("guests") or "2"
        self.form = StayForm(self.wish)
        self.has_dates = bool(wish.get("check_in") and wish.get("check_out"))
        self.is_valid = self.has_dates and self.form.is_valid()

    @cached_property
    def counts(self) -> dict[UUID, int]:
        """How many of each room, by listing; what is no number is none."""
        texts = {key: self.wish.get(count_field(plan.listing), "") for key, plan in self.plans.items()}
        return {key: int(text) for key, text in texts.items() if text.isascii() and text.isdigit() and len(text) < 4}

    @cached_property
    def count(self) -> int:
        return sum(self.counts.values())

    @cached_property
    def nights(self) -> Nights:
        return Nights(self.form.cleaned_data["check_in"], self.form.cleaned_data["check_out"])

    @cached_property
    def rooms(self) -> dict[UUID, Room]:
        """What there is on these nights. Raises BadInput for dates that make no stay."""
        if not self.is_valid:
            return {}
        nights, party = self.nights, self.form.party
        rooms = rooms_for_nights(plans=self.plans, check_in=nights.check_in, check_out=nights.check_out, party=party)
        return {room.listing.pk: room for room in rooms}

    @cached_property
    def items(self) -> list[ItemRequest]:
        """One item per room, with the party spread over them. Raises PartyError, BadInput."""
        if self.count > MOST_ROOMS:
            raise BadInput(gettext("At most %(n)s rooms in one booking.") % {"n": MOST_ROOMS})
        # What exists once is claimed first: a type takes whichever of its units is then left.
        by_kind = sorted(self.counts.items(), key=lambda each: self.plans[each[0]].listing.unit_type_id is not None)
        chosen = [key for key, count in by_kind for _ in range(count)]
        parties = spread(self.form.party, [self.plans[key].listing.max_guests for key in chosen])
        return [ItemRequest(key, self.nights, party) for key, party in zip(chosen, parties, strict=True)]

    def address(self, *, name: str = "site:resort", **changes: str) -> str:
        return f"{reverse(name, args=[self.place.slug])}?{self.query(rooms=True, **changes)}"

    def query(self, *, rooms: bool = False, **changes: str) -> str:
        kept = QueryDict(mutable=True)
        fields = [count_field(plan.listing) for key, plan in self.plans.items() if self.counts.get(key)]
        for key in ("check_in", "check_out", "adults", "children", "age", *(fields if rooms else ())):
            if any(values := self.wish.getlist(key)):
                kept.setlist(key, values)
        kept.update(changes)
        return kept.urlencode()


@require_GET
@open_page
def resort(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "site/resort.html", _page(_choice(slug, request.GET)))


@require_GET
@open_page
def rooms(request: HttpRequest, slug: str) -> HttpResponse:
    """Only the rooms with their prices and the running total: they change while the visitor chooses."""
    return render(request, "site/rooms.html", _context(_choice(slug, request.GET)))


@require_POST
@open_page
def hold_rooms(request: HttpRequest, slug: str) -> HttpResponse:
    choice = _choice(slug, request.POST)
    context = _page(choice)
    if context["price"] is None:
        context["problem"] = context["problem"] or Problem(gettext("Choose your dates and at least one room"))
        return render(request, "site/resort.html", context, status=422)
    if not request.user.is_authenticated:
        messages.info(request, gettext("Sign in to hold these rooms. Your choice is kept."))
        return redirect_to_login(choice.address())
    if not agreed_price(request, context["price"]):
        return redirect(choice.address())
    try:
        booking = hold_booking(actor=actor_of(request), items=choice.items)
    except Unavailable as refusal:
        context = _page(_choice(slug, request.POST))
        context["problem"] = context["problem"] or _gone(choice, refusal)
        context["price"] = None
        return render(request, "site/resort.html", context, status=409)
    return after_hold(booking)


def _choice(slug: str, wish: QueryDict) -> Choice:
    place, plans = published_rooms(slug=slug)
    return Choice(place, plans, wish)


def _page(choice: Choice) -> dict[str, Any]:
    prefetch_related_objects([choice.place], "category", "gallery__picture", "amenities")
    return _context(choice)


def _context(choice: Choice) -> dict[str, Any]:
    plan = next(iter(choice.plans.values()))
    problem, price, found = _problem_of_form(choice), None, {}
    if problem is None and choice.is_valid:
        try:
            found = choice.rooms
            price, problem = _price(choice) if choice.count else (None, None)
        except BadInput as refusal:
            problem = Problem(gettext("This does not fit"), [error.detail for error in refusal.errors])
        except DomainError as refusal:
            problem = Problem(gettext("This does not fit"), [refusal.detail])
    cleaned = getattr(choice.form, "cleaned_data", {})
    today = clock.now().astimezone(time_zone(choice.place.time_zone)).date()
    return {
        "resort": choice.place,
        "place": PlacePage(plan.listing, plan, facts_of(plan.listing)),
        "city": choice.place.city,
        "today": today,
        "hold_minutes": HOLD_MINUTES,
        "has_rooms": bool(found),
        "rows": _rows(choice, found),
        "count": choice.count,
        "sleeping": _sleeping(choice) if price is not None else [],
        **price_context(price),
        "problem": problem,
        "most_guests": choice.place.max_guests or MAX_ADULTS,
        "most_of_one": MOST_OF_ONE,
        "stay": {
            "check_in": cleaned.get("check_in"),
            "check_out": cleaned.get("check_out"),
            "adults": cleaned.get("adults") or 2,
            "children": cleaned.get("children") or 0,
            "ages": choice.form.ages if cleaned else [],
            "age_choices": range(MAX_CHILD_AGE + 1),
        },
    }


def _problem_of_form(choice: Choice) -> Problem | None:
    if not choice.has_dates or choice.is_valid:
        return None
    return Problem(gettext("Something is missing"), choice.form.problems)


def _rows(choice: Choice, found: Mapping[UUID, Room]) -> list[RoomRow]:
    query = choice.query()
    return [
        row_of(plan, found.get(key), count=choice.counts.get(key, 0), query=query) for key, plan in choice.plans.items()
    ]


def _sleeping(choice: Choice) -> list[dict[str, str]]:
    """Who sleeps where."""
    return [
        {"title": choice.plans[item.listing_id].listing.title, "guests": party_words(item.party)}
        for item in choice.items
    ]


def _price(choice: Choice) -> tuple[PricedCart | None, Problem | None]:
    items = choice.items
    missing = missing_together(list(choice.rooms.values()), choice.counts)
    if missing:
        titles = [choice.plans[key].listing.title for key in missing]
        reasons = [gettext("%(title)s: not so many are left beside the rest") % {"title": title} for title in titles]
        return None, Problem(gettext("These rooms are not all free together"), reasons)
    return price_cart(actor=Actor.anonymous(), items=items), None


def _gone(choice: Choice, refusal: Unavailable) -> Problem:
    """Somebody was faster: which room it was, and when it is free next."""
    reasons = [reason.detail for reason in refusal.reasons]
    offers = [_offer(choice, each) for each in refusal.alternatives if isinstance(each, Alternative)]
    wanted = refusal.wanted.listing_id if refusal.wanted is not None else None
    if wanted in choice.plans:
        reasons = [f"{choice.plans[wanted].listing.title}: {detail}" for detail in reasons]
    return Problem(gettext("Somebody was faster"), reasons, offers, gettext("Free near that:"))


def _offer(choice: Choice, alternative: Alternative) -> dict[str, Any]:
    dates = {"check_in": alternative.check_in.isoformat(), "check_out": alternative.check_out.isoformat()}
    return {
        "words": formats.days(alternative.check_in, alternative.check_out),
        "url": choice.address(**dates),
    }
