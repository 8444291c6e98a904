"""Let a whole place by the night in one step: the place, its one unit, the listing, its price, and on the market.

For who describes a place with one form. What the form does not say is the usual; everything can be refined afterwards.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from freehold.companies.models import Company
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, ErrorItem, NotFound
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.pricing.models import CancellationPolicy, RatePlan
from freehold.pricing.services.define_terms import define_cancellation_policy
from freehold.pricing.services.offer_listing import offer_listing
from freehold.pricing.services.set_rate_plan import RatePlanFacts, facts_of_plan, set_rate_plan
from freehold.properties.access import permitted
from freehold.properties.models import Listing, Property, Unit
from freehold.properties.selectors import Whereabouts, usual_category, whereabouts_of
from freehold.properties.services.save_listing import create_listing, facts_of_listing, update_listing
from freehold.properties.services.save_property import create_property, facts_of_place, update_property
from freehold.properties.services.save_unit import create_unit, facts_of_unit, update_unit
from freehold.properties.types import ListingFacts, PlaceFacts, UnitFacts
from freehold.properties.zones import zone_at

USUAL_POLICY = "Flexible"
USUAL_TIERS = ((24, 10_000),)
"""Everything back until a day before arrival: for a company that has no policy yet."""

_OF_PLACE = ("city", "country", "description", "street", "region", "postal_code", "host_name", "category", "amenities")
_OF_UNIT = ("bedrooms", "beds", "bathrooms")


@dataclass(frozen=True, slots=True, kw_only=True)
class StayFacts:
    """A place as one form describes it. `nightly` is in the listing's currency, which is the company's for a new one.

    None: as it is, and for a new place the usual: in the middle of the city's other places and in their time zone, the
    first of the categories, paid at the property.
    """

    title: str
    city: str
    country: str
    nightly: Decimal
    max_guests: int
    currency: str | None = None
    description: str | None = None
    street: str | None = None
    region: str | None = None
    postal_code: str | None = None
    host_name: str | None = None
    category: str | None = None
    amenities: tuple[str, ...] | None = None
    latitude: float | None = None
    longitude: float | None = None
    bedrooms: int | None = None
    beds: int | None = None
    bathrooms: Decimal | None = None
    payment_terms: str | None = None

    def given(self, *names: str) -> dict[str, Any]:
        """Those of these that somebody has said."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}


def offer_stay(*, actor: Actor, company_id: UUID, facts: StayFacts) -> Listing:
    """Makes all of it, published. Needs `properties.edit` and `pricing.edit`.

    Raises BadInput, with `latitude` and `longitude` where the city is new here and nobody says where it is.
    """
    require(actor=actor, permission="properties.edit", company_id=company_id)
    with transaction.atomic():
        company = Company.objects.get(pk=company_id)
        currency = facts.currency or company.currency
        where = _where(facts)
        place = create_property(
            actor=actor,
            company_id=company_id,
            facts=PlaceFacts(
                title=facts.title,
                latitude=where.latitude,
                longitude=where.longitude,
                time_zone=where.time_zone or company.time_zone,
                **{"category": usual_category(), **facts.given(*_OF_PLACE)},
            ),
        )
        capacity: dict[str, Any] = {"max_guests": facts.max_guests}
        unit = create_unit(
            actor=actor,
            property_id=place.pk,
            facts=UnitFacts(name=facts.title[:120], **capacity, **facts.given(*_OF_UNIT)),
        )
        listing = create_listing(
            actor=actor,
            property_id=place.pk,
            facts=ListingFacts(
                title=facts.title,
                currency=currency,
                unit_id=unit.pk,
                payment_terms=facts.payment_terms or Listing.PaymentTerms.AT_PROPERTY,
                **capacity,
            ),
        )
        plan = RatePlanFacts(
            base_price_minor=_minor(facts.nightly, currency),
            cancellation_policy_id=_usual_policy(actor, company_id),
            included_guests=facts.max_guests,
        )
        set_rate_plan(actor=actor, listing_id=listing.pk, facts=plan)
        return offer_listing(actor=actor, listing_id=listing.pk)


def change_stay(*, actor: Actor, listing_id: UUID, facts: StayFacts) -> Listing:
    """Says it anew. What was booked keeps the price that it was promised, and a listing its currency.

    Seasons, weekday prices, fees, taxes and terms of cancellation stay. Raises as `offer_stay` does, and NotFound.
    """
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id)
        # The place first, as whoever publishes or archives it: neither waits for the other with something in hand.
        place = permitted(actor=actor, model=Property, pk=listing.property_id, lock=True)
        listing = permitted(actor=actor, model=Listing, pk=listing_id, lock=True)
        plan = RatePlan.objects.company(listing.company_id).filter(listing=listing).first()
        if plan is None:
            raise NotFound("There is no such listing.")
        if facts.currency not in {None, listing.currency}:
            raise BadInput("A listing keeps its currency: make another one.", code="currency", attr="currency")
        _change_place(actor, place, facts, is_namesake=place.title == listing.title)
        if listing.unit_id is not None and (of_unit := facts.given(*_OF_UNIT)):
            unit = permitted(actor=actor, model=Unit, pk=listing.unit_id, lock=True)
            update_unit(actor=actor, unit_id=unit.pk, facts=replace(facts_of_unit(unit), **of_unit))
        changes = {"title": facts.title, "max_guests": facts.max_guests, **facts.given("payment_terms")}
        changed = update_listing(
            actor=actor, listing_id=listing.pk, facts=replace(facts_of_listing(listing), **changes)
        )
        price = _minor(facts.nightly, listing.currency)
        set_rate_plan(actor=actor, listing_id=listing.pk, facts=replace(facts_of_plan(plan), base_price_minor=price))
    return changed


def _change_place(actor: Actor, place: Property, facts: StayFacts, *, is_namesake: bool) -> None:
    """`is_namesake`: the place is called as its listing was, and goes on so."""
    now = facts_of_place(place)
    changes = facts.given(*_OF_PLACE)
    if is_namesake:
        changes["title"] = facts.title
    degrees = (facts.latitude, facts.longitude)
    is_elsewhere = degrees not in {(None, None), (now.latitude, now.longitude)}
    if is_elsewhere or (facts.city, facts.country) != (now.city, now.country):
        where = _where(facts)
        changes |= {"latitude": where.latitude, "longitude": where.longitude}
        changes["time_zone"] = where.time_zone or now.time_zone
    changed = replace(now, **changes)
    if changed != now:
        update_property(actor=actor, property_id=place.pk, facts=changed)


def _where(facts: StayFacts) -> Whereabouts:
    missing = [name for name in ("latitude", "longitude") if getattr(facts, name) is None]
    if len(missing) == 1:
        raise BadInput.of([ErrorItem("required", "Give both, or neither.", missing[0])])
    if facts.latitude is not None and facts.longitude is not None:
        return Whereabouts(facts.latitude, facts.longitude, zone_at(facts.latitude, facts.longitude))
    if (known := whereabouts_of(city=facts.city, country=facts.country)) is not None:
        return known
    detail = "Nothing else is in this city yet: say where the place is, in degrees."
    names = ("latitude", "longitude")
    raise BadInput.of([ErrorItem("required", detail, name) for name in names if getattr(facts, name) is None])


def _usual_policy(actor: Actor, company_id: UUID) -> UUID:
    """The company's oldest policy of cancellation, or a usual one."""
    policy = CancellationPolicy.objects.company(company_id).order_by("created_at", "id").first()
    if policy is None:
        policy = define_cancellation_policy(
            actor=actor, company_id=company_id, name=USUAL_POLICY, tiers=list(USUAL_TIERS)
        )
    pk: UUID = policy.pk
    return pk


def _minor(amount: Decimal, currency: str) -> int:
    try:
        return Money.parse(format(amount, "f"), currency).minor
    except DomainError as error:
        attr = "currency" if error.code == "unknown_currency" else "nightly"
        raise BadInput(error.detail, code=error.code, attr=attr) from None
