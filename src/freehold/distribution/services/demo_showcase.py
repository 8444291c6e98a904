"""Beside the city of a demonstration: two resorts, a firm with every other way of selling, estates by the slot, stays
paid on arrival, and firms that are paid with the wallets of their countries. See `showcase`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from freehold.accounts.models import User
from freehold.companies.models import Company, Role
from freehold.companies.services.add_member import add_member
from freehold.companies.services.create_company import create_company
from freehold.core.actor import Actor
from freehold.distribution.composing.prices import POLICIES
from freehold.distribution.pictures.gallery import PictureStock, StockPicture
from freehold.distribution.showcase.beacon import BEACON_STAYS
from freehold.distribution.showcase.estates import PADMA_ESTATES
from freehold.distribution.showcase.facts import Firm, Hours, Place, Sold, Space
from freehold.distribution.showcase.harbour import HARBOUR_HOUSE
from freehold.distribution.showcase.resort import PALM_GROVE
from freehold.distribution.showcase.vintage import DANDELI_VINTAGE
from freehold.distribution.showcase.wallets import DHAKA_DWELLINGS, NAIROBI_NESTS
from freehold.pricing.models import RatePlan
from freehold.pricing.selectors import company_terms
from freehold.pricing.services.import_rate_plans import TaxToImport, define_terms
from freehold.pricing.services.price_new_listings import price_new_listings
from freehold.pricing.services.set_rate_plan import RatePlanFacts
from freehold.properties.services.import_places import ListingToImport, PlaceToImport, SpaceToImport, import_places
from freehold.properties.services.set_slot_rules import SlotFacts
from freehold.properties.types import ListingFacts, PlaceFacts, UnitFacts

SOURCE_NAME = "showcase"
FIRMS: tuple[Firm, ...] = (
    PALM_GROVE,
    HARBOUR_HOUSE,
    NAIROBI_NESTS,
    DHAKA_DWELLINGS,
    PADMA_ESTATES,
    DANDELI_VINTAGE,
)
LAST_FIRMS = (BEACON_STAYS,)
_WEEKEND = (4, 5)


def load_showcase(*, actor: Actor, stock: PictureStock, admin: User, host: User, firms: Sequence[Firm] = FIRMS) -> None:
    """Makes the firms and all that they sell; runs inside the transaction of a demonstration that is being loaded."""
    pictures = {picture.key: picture for picture in stock.pictures}
    for firm in firms:
        company = create_company(
            actor=actor,
            name=firm.name,
            slug=firm.slug,
            currency=firm.currency,
            time_zone=firm.time_zone,
            email=f"{firm.slug}@example.com",
        )
        add_member(actor=actor, company_id=company.pk, user=admin, role=Role.ADMIN)
        add_member(actor=actor, company_id=company.pk, user=host, role=Role.HOST)
        taxes = [TaxToImport(code=code, label=label, basis_points=rate) for (code, label), rate in firm.taxes.items()]
        define_terms(actor=actor, company_id=company.pk, policies=POLICIES, taxes=taxes)
        terms = _Terms(actor, company)
        places = [_to_import(place, firm, pictures) for place in firm.places]
        ids = import_places(actor=actor, company_id=company.pk, places=places)
        plans = {ids[sold.slug]: terms.facts_of(sold) for place in firm.places for sold in place.sold}
        price_new_listings(actor=actor, company_id=company.pk, plans=plans)


class _Terms:
    """What the firm's prices refer to."""

    def __init__(self, actor: Actor, company: Company) -> None:
        policies, taxes = company_terms(actor=actor, company_id=company.pk)
        self.policies = {policy.name: policy.pk for policy in policies}
        self.taxes = tuple(tax.pk for tax in taxes)

    def facts_of(self, sold: Sold) -> RatePlanFacts:
        week = tuple(sold.weekend_minor if day in _WEEKEND else None for day in range(7))
        return RatePlanFacts(
            basis=sold.basis,
            base_price_minor=sold.price_minor,
            weekday_prices=week if sold.weekend_minor is not None else None,
            included_guests=sold.included_guests or sold.max_guests,
            extra_guest_fee_minor=sold.extra_guest_minor,
            cleaning_fee_minor=sold.cleaning_minor,
            deposit_basis_points=sold.deposit_basis_points,
            damage_deposit_minor=sold.damage_deposit_minor,
            cancellation_policy_id=self.policies[sold.policy],
            # What is paid for by the night is taxed as a stay; an hour of tennis is not.
            tax_ids=self.taxes if sold.basis == RatePlan.Basis.NIGHT else (),
        )


def _to_import(place: Place, firm: Firm, pictures: Mapping[str, StockPicture]) -> PlaceToImport:
    shown = [pictures[key] for key in place.pictures]
    return PlaceToImport(
        slug=place.slug,
        source=SOURCE_NAME,
        facts=_place_facts(place, firm),
        types=[SpaceToImport(facts=_unit_facts(space)) for space in place.types],
        units=[
            SpaceToImport(facts=_unit_facts(space), of_type=space.of_type, parts=space.parts) for space in place.units
        ],
        listings=[
            ListingToImport(
                slug=sold.slug,
                facts=_listing_facts(sold, firm),
                unit=sold.unit,
                unit_type=sold.unit_type,
                slots=_slot_facts(sold.hours) if sold.hours is not None else None,
            )
            for sold in place.sold
        ],
        pictures=[(picture.path, picture.alt) for picture in shown],
    )


def _place_facts(place: Place, firm: Firm) -> PlaceFacts:
    return PlaceFacts(
        title=place.title,
        category=place.category,
        description=place.description,
        neighbourhood=place.neighbourhood,
        city=place.city,
        region=place.region,
        country=place.country,
        latitude=place.latitude,
        longitude=place.longitude,
        time_zone=firm.time_zone,
        check_in_time=place.check_in_time,
        check_out_time=place.check_out_time,
        host_name=place.host_name,
        amenities=tuple(place.amenities),
        max_guests=place.max_guests,
    )


def _unit_facts(space: Space) -> UnitFacts:
    return UnitFacts(
        name=space.name,
        max_guests=space.max_guests,
        bedrooms=space.bedrooms,
        beds=space.beds,
        bathrooms=Decimal(space.bathrooms),
        description=space.description,
    )


def _listing_facts(sold: Sold, firm: Firm) -> ListingFacts:
    return ListingFacts(
        title=sold.title,
        currency=firm.currency,
        max_guests=sold.max_guests,
        mode=sold.mode,
        payment_terms=sold.payment_terms,
        acceptance=sold.acceptance,
        infants_beside=sold.infants_beside,
        turnover_days=sold.turnover_days,
        min_nights=sold.min_nights,
        booking_window_days=sold.booking_window_days,
    )


def _slot_facts(hours: Hours) -> SlotFacts:
    return SlotFacts(
        opening_hours=[[list(opening)] for opening in hours.week],
        grid_minutes=hours.grid_minutes,
        min_minutes=hours.min_minutes,
        max_minutes=hours.max_minutes,
        buffer_after_minutes=hours.buffer_after_minutes,
        seat_per_guest=hours.seat_per_guest,
    )
