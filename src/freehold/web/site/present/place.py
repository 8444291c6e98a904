"""A listing as its page shows it: pictures, facts, amenities, rules, terms."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext

from freehold.domain.cancellation import CancellationTerms, Tier
from freehold.domain.money import Money, format_basis_points
from freehold.pricing.models import RatePlan
from freehold.pricing.types import cancellation_terms
from freehold.properties.models import Amenity, Listing
from freehold.properties.selectors import Facts
from freehold.web.site.present.occasion import duration_words
from freehold.web.site.present.pictures import Image, gallery
from freehold.web.ui import formats
from freehold.web.ui.words import (
    bedrooms_words,
    beds_words,
    guests_words,
    place_words,
    region_words,
)

HOURS_PER_DAY = 24
# What guests look for first.
HIGHLIGHTS = (
    "wifi",
    "kitchen",
    "air_conditioning",
    "heating",
    "washer",
    "dryer",
    "workspace",
    "tv",
    "parking",
    "free_parking",
    "elevator",
    "pets_allowed",
    "pool",
    "hot_tub",
    "gym",
    "fireplace",
    "dishwasher",
    "coffee_maker",
    "patio",
    "garden",
)
HIGHLIGHTS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Line:
    """An icon and a few words."""

    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class Crumb:
    name: str
    url: str


class PlacePage:
    """Reads what `published_listing` and `published_rate_plans` brought along: no further query."""

    def __init__(self, listing: Listing, plan: RatePlan, facts: Facts) -> None:
        self.listing = listing
        self.plan = plan
        self._property = listing.property
        self._facts = facts

    @property
    def slug(self) -> str:
        return self.listing.slug

    @property
    def title(self) -> str:
        return self.listing.title

    @property
    def kind(self) -> str:
        return self._property.category.name

    @property
    def place(self) -> str:
        return place_words(self._property)

    @property
    def city(self) -> str:
        return self._property.city

    @property
    def crumbs(self) -> list[Crumb]:
        names = [name for name in (self._property.city, self._property.neighbourhood) if name]
        return [Crumb(name, f"{reverse('site:search')}?{urlencode({'place': name})}") for name in names]

    @property
    def rating(self) -> Decimal | None:
        return self._property.rating

    @property
    def review_count(self) -> int:
        return self._property.review_count

    @cached_property
    def pictures(self) -> list[Image]:
        return gallery(self._property)

    @property
    def facts(self) -> list[Line]:
        facts = self._facts
        bathrooms = ngettext("%(n)s bathroom", "%(n)s bathrooms", 1 if facts.bathrooms == 1 else 2)
        lines = [Line("users", guests_words(facts.max_guests))]
        # Nobody sleeps in a meeting room: without a bed it is no studio.
        if facts.beds or self.is_stay:
            lines += [Line("door-open", bedrooms_words(facts.bedrooms)), Line("bed-double", beds_words(facts.beds))]
        if facts.bathrooms or self.is_stay:
            lines.append(Line("bath", bathrooms % {"n": formats.number(facts.bathrooms)}))
        return lines

    @property
    def facts_line(self) -> str:
        return ", ".join(fact.text for fact in self.facts)

    @property
    def description(self) -> str:
        return self._property.description

    @property
    def host_name(self) -> str:
        return self._property.host_name

    @property
    def company(self) -> str:
        return self.listing.company.name

    @cached_property
    def amenities(self) -> list[Amenity]:
        """Grouped, each group in the order of the vocabulary."""
        every = sorted(self._property.amenities.all(), key=lambda amenity: (amenity.position, amenity.name))
        first = {amenity.group: index for index, amenity in reversed(list(enumerate(every)))}
        return sorted(every, key=lambda amenity: first[amenity.group])

    @property
    def highlights(self) -> list[Amenity]:
        rank = {code: index for index, code in enumerate(HIGHLIGHTS)}
        every = self.amenities
        return sorted(every, key=lambda amenity: rank.get(amenity.code, len(rank)))[:HIGHLIGHTS_SHOWN]

    @property
    def address(self) -> str:
        """Without the street: that is told with the confirmation."""
        where = region_words(self._property)
        if not self._property.street:
            return where
        return gettext("%(where)s. The street comes with the confirmation.") % {"where": where}

    @property
    def centre(self) -> str:
        """ "longitude,latitude", blurred to about a hundred metres for the same reason."""
        return f"{self._property.longitude:.3f},{self._property.latitude:.3f}"

    @property
    def time_zone(self) -> str:
        return self._property.time_zone

    @property
    def max_guests(self) -> int:
        return self.listing.max_guests

    @property
    def is_stay(self) -> bool:
        return self.listing.mode == Listing.Mode.STAY

    @property
    def nightly(self) -> Money:
        return lowest_price(self.plan)

    @property
    def price_unit(self) -> str:
        """What the base price buys: "a night"."""
        if self.plan.basis == RatePlan.Basis.SLOT and self.listing.unit_type_id is not None:
            return gettext("a seat")
        return {
            RatePlan.Basis.HOUR: gettext("an hour"),
            RatePlan.Basis.SLOT: gettext("a slot"),
            RatePlan.Basis.FLAT: gettext("in all"),
        }.get(RatePlan.Basis(self.plan.basis), gettext("a night"))

    @property
    def rules(self) -> list[Line]:
        guests = Line("users", gettext("At most %(guests)s") % {"guests": guests_words(self.max_guests)})
        if self.listing.mode == Listing.Mode.SLOT:
            return [Line("clock", _lengths_words(self.listing)), guests]
        clock = {
            "check_in": formats.clock(self._property.check_in_time),
            "check_out": formats.clock(self._property.check_out_time),
        }
        length = {"least": self.listing.min_nights, "most": self.listing.max_nights}
        if not self.is_stay:
            times = gettext("From %(check_in)s on the first day until %(check_out)s on the last") % clock
            nights = gettext("For %(least)s to %(most)s nights, or from now until you cancel") % length
        else:
            times = gettext("Check-in from %(check_in)s, check-out until %(check_out)s") % clock
            nights = gettext("Stays of %(least)s to %(most)s nights") % length
        return [Line("clock", times), guests, Line("calendar", nights)]

    @property
    def policy_name(self) -> str:
        return self._terms.policy_name

    @property
    def _terms(self) -> CancellationTerms:
        policy = self.plan.cancellation_policy
        return cancellation_terms(policy.name, policy.tiers)

    @property
    def cancellation(self) -> list[Line]:
        """The tiers in words, the longest notice first."""
        tiers = [tier for tier in self._terms.tiers if tier.basis_points]
        lines = [Line("check", _tier_words(tier, is_stay=self.is_stay)) for tier in tiers]
        return [*lines, Line("x", gettext("After that, no refund") if lines else gettext("No refund"))]


def _lengths_words(listing: Listing) -> str:
    least, most = (duration_words(n) for n in (listing.slot_rules.min_minutes, listing.slot_rules.max_minutes))
    return gettext("From %(least)s to %(most)s at a time") % {"least": least, "most": most}


def lowest_price(plan: RatePlan) -> Money:
    """What its base price buys costs at least so much, on the cheapest weekday."""
    weekdays = [minor for minor in plan.weekday_prices or () if minor is not None]
    return Money(min([plan.base_price_minor, *weekdays]), plan.currency)


def _tier_words(tier: Tier, *, is_stay: bool) -> str:
    share = format_basis_points(tier.basis_points)
    if tier.hours_before == 0:
        text = gettext("%(share)s back until arrival") if is_stay else gettext("%(share)s back until it begins")
        return text % {"share": share}
    days, hours = divmod(tier.hours_before, HOURS_PER_DAY)
    if hours or not days:
        count = tier.hours_before
        notice = ngettext("%(n)s hour", "%(n)s hours", count) % {"n": count}
    else:
        notice = ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    text = gettext("%(share)s back until %(notice)s before arrival")
    if not is_stay:
        text = gettext("%(share)s back until %(notice)s before it begins")
    return text % {"share": share, "notice": notice}


def facts_words(*, guests: int, bedrooms: int, beds: int) -> str:
    """The facts of a card, on one line."""
    return " · ".join((guests_words(guests), bedrooms_words(bedrooms), beds_words(beds)))
