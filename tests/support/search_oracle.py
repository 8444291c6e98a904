"""The search again, slowly and without its rows: plain Python over the tables that they are made of."""

from datetime import date
from uuid import UUID

from freehold.core import clock
from freehold.domain.listing_rules import check_stay
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.domain.periods import Period, stay_period, time_zone
from freehold.domain.pricing import PricedStay, price_stay
from freehold.inventory.models import Allocation
from freehold.pricing.selectors import published_rate_plans, rate_plan_terms
from freehold.properties.models import Listing, Unit, UnitPart
from freehold.properties.rules import stay_rules, taken_period


def stays_on_offer(*, check_in: date, check_out: date, party: Party) -> dict[UUID, PricedStay]:
    """Every published stay that can be had, with what it costs."""
    listings = {
        listing.pk: listing
        for listing in Listing.objects.published().filter(mode=Listing.Mode.STAY).select_related("property")
    }
    plans = published_rate_plans(listing_ids=list(listings), start=check_in, end=check_out)
    priced = {}
    for listing_id, plan in plans.items():
        listing = listings[listing_id]
        if _is_accepted(listing, check_in, check_out, party) and _is_free(listing, check_in, check_out):
            terms = rate_plan_terms(plan, start=check_in, end=check_out)
            priced[listing_id] = price_stay(terms, check_in=check_in, check_out=check_out, party=party)
    return priced


def _is_accepted(listing: Listing, check_in: date, check_out: date, party: Party) -> bool:
    now = clock.now()
    today = now.astimezone(time_zone(listing.property.time_zone)).date()
    rules = stay_rules(listing)
    return not check_stay(rules, check_in=check_in, check_out=check_out, party=party, today=today, now=now)


def _is_free(listing: Listing, check_in: date, check_out: date) -> bool:
    place = listing.property
    stay = stay_period(check_in, check_out, place.check_in_time, place.check_out_time, place.time_zone)
    taking = taken_period(listing, Nights(check_in, check_out), stay)
    return any(all(_is_unit_free(unit, taking) for unit in option) for option in _options(listing))


def _is_unit_free(unit: Unit, taking: Period) -> bool:
    now = clock.database_now()
    return not any(
        allocation.period.lower < taking.end
        and taking.start < allocation.period.upper
        and (allocation.expires_at is None or allocation.expires_at > now)
        for allocation in Allocation.objects.filter(unit=unit)
    )


def _options(listing: Listing) -> list[list[Unit]]:
    units = Unit.objects.system("test").filter(property=listing.property, is_active=True)
    if listing.unit_id:
        chosen = list(units.filter(pk=listing.unit_id))
    elif listing.unit_type_id:
        chosen = list(units.filter(unit_type_id=listing.unit_type_id))
    else:
        leaves = list(units.filter(kind=Unit.Kind.LEAF))
        return [leaves] if leaves else []
    options = [[unit] if unit.kind == Unit.Kind.LEAF else _parts(unit) for unit in chosen]
    return [leaves for leaves in options if leaves and all(leaf.is_active for leaf in leaves)]


def _parts(unit: Unit) -> list[Unit]:
    return [row.part for row in UnitPart.objects.filter(composite=unit).select_related("part")]
