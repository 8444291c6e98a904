"""Beside the city of a demonstration: a resort, and a firm with every other way of selling. See `showcase`."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from freehold.accounts.models import User
from freehold.companies.models import Company, Role
from freehold.companies.services.add_member import add_member
from freehold.companies.services.create_company import create_company
from freehold.core.actor import Actor
from freehold.distribution.composing.prices import POLICIES
from freehold.distribution.pictures.gallery import PictureStock, StockPicture
from freehold.distribution.showcase.facts import Firm, Hours, Place, Sold, Space
from freehold.distribution.showcase.harbour import HARBOUR_HOUSE
from freehold.distribution.showcase.resort import PALM_GROVE
from freehold.pricing.models import CancellationPolicy, RatePlan, Tax
from freehold.pricing.services.import_rate_plans import TaxToImport, define_terms
from freehold.properties.models import (
    Amenity,
    Category,
    Listing,
    Picture,
    Property,
    PropertyAmenity,
    PropertyPicture,
    SlotRules,
    Unit,
    UnitPart,
    UnitType,
)

SOURCE_NAME = "showcase"
FIRMS = (PALM_GROVE, HARBOUR_HOUSE)
_WEEKEND = (4, 5)


def load_showcase(*, actor: Actor, stock: PictureStock, admin: User, host: User) -> None:
    """Makes the firms and all that they sell; runs inside the transaction of a demonstration that is being loaded."""
    pictures = {picture.key: picture for picture in stock.pictures}
    for firm in FIRMS:
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
        for place in firm.places:
            _make_place(company, firm, place, pictures)


def _make_place(company: Company, firm: Firm, place: Place, pictures: Mapping[str, StockPicture]) -> None:
    row = Property.objects.create(
        company=company,
        category=Category.objects.get(slug=place.category),
        title=place.title,
        slug=place.slug,
        description=place.description,
        status=Property.Status.PUBLISHED,
        neighbourhood=place.neighbourhood,
        city=place.city,
        region=place.region,
        country=place.country,
        latitude=place.latitude,
        longitude=place.longitude,
        time_zone=firm.time_zone,
        check_in_time=place.check_in_time,
        check_out_time=place.check_out_time,
        max_guests=place.max_guests,
        host_name=place.host_name,
        external_source=SOURCE_NAME,
        external_id=place.slug,
    )
    _furnish(row, place, pictures)
    types = _make_types(row, place)
    units = _make_units(row, place, types)
    _make_listings(row, place, firm, types, units)


def _furnish(row: Property, place: Place, pictures: Mapping[str, StockPicture]) -> None:
    amenities = Amenity.objects.filter(code__in=place.amenities)
    PropertyAmenity.objects.bulk_create(PropertyAmenity(property=row, amenity=amenity) for amenity in amenities)
    shown = [pictures[key] for key in place.pictures]
    ids = dict(Picture.objects.filter(path__in=[picture.path for picture in shown]).values_list("path", "pk"))
    PropertyPicture.objects.bulk_create(
        PropertyPicture(property=row, picture_id=ids[picture.path], alt=picture.alt, position=position)
        for position, picture in enumerate(shown)
    )


def _make_types(row: Property, place: Place) -> dict[str, UUID]:
    made = UnitType.objects.bulk_create(
        UnitType(
            company_id=row.company_id, property=row, name=space.name, description=space.description, **_space(space)
        )
        for space in place.types
    )
    return {unit_type.name: unit_type.pk for unit_type in made}


def _make_units(row: Property, place: Place, types: Mapping[str, UUID]) -> dict[str, UUID]:
    made = Unit.objects.bulk_create(
        Unit(
            company_id=row.company_id,
            property=row,
            name=space.name,
            kind=Unit.Kind.COMPOSITE if space.parts else Unit.Kind.LEAF,
            unit_type_id=types[space.of_type] if space.of_type else None,
            **_space(space),
        )
        for space in place.units
    )
    units = {unit.name: unit.pk for unit in made}
    UnitPart.objects.bulk_create(
        UnitPart(composite_id=units[space.name], part_id=units[part]) for space in place.units for part in space.parts
    )
    return units


def _space(space: Space) -> dict[str, int | Decimal]:
    return {
        "max_guests": space.max_guests,
        "bedrooms": space.bedrooms,
        "beds": space.beds,
        "bathrooms": Decimal(space.bathrooms),
    }


def _make_listings(
    row: Property, place: Place, firm: Firm, types: Mapping[str, UUID], units: Mapping[str, UUID]
) -> None:
    made = Listing.objects.bulk_create(
        Listing(
            company_id=row.company_id,
            property=row,
            unit_id=units[sold.unit] if sold.unit else None,
            unit_type_id=types[sold.unit_type] if sold.unit_type else None,
            mode=sold.mode,
            status=Listing.Status.PUBLISHED,
            title=sold.title,
            slug=sold.slug,
            currency=firm.currency,
            payment_terms=sold.payment_terms,
            acceptance=sold.acceptance,
            max_guests=sold.max_guests,
            infants_beside=sold.infants_beside,
            turnover_days=sold.turnover_days,
            min_nights=sold.min_nights,
        )
        for sold in place.sold
    )
    listings = dict(zip((sold.slug for sold in place.sold), made, strict=True))
    SlotRules.objects.bulk_create(
        _slot_rules(listings[sold.slug], sold.hours) for sold in place.sold if sold.hours is not None
    )
    policies = dict(CancellationPolicy.objects.company(row.company_id).values_list("name", "pk"))
    plans = RatePlan.objects.bulk_create(_rate_plan(listings[sold.slug], sold, policies) for sold in place.sold)
    taxes = Tax.objects.company(row.company_id).values_list("pk", flat=True)
    # What is paid for by the night is taxed as a stay; an hour of tennis is not.
    RatePlan.taxes.through.objects.bulk_create(
        RatePlan.taxes.through(rateplan_id=plan.pk, tax_id=tax)
        for plan in plans
        if plan.basis == RatePlan.Basis.NIGHT
        for tax in taxes
    )


def _slot_rules(listing: Listing, hours: Hours) -> SlotRules:
    return SlotRules(
        listing=listing,
        opening_hours=[[list(opening)] for opening in hours.week],
        grid_minutes=hours.grid_minutes,
        min_minutes=hours.min_minutes,
        max_minutes=hours.max_minutes,
        buffer_after_minutes=hours.buffer_after_minutes,
        seat_per_guest=hours.seat_per_guest,
    )


def _rate_plan(listing: Listing, sold: Sold, policies: Mapping[str, UUID]) -> RatePlan:
    week = [sold.weekend_minor if day in _WEEKEND else None for day in range(7)]
    return RatePlan(
        company_id=listing.company_id,
        listing=listing,
        basis=sold.basis,
        currency=listing.currency,
        base_price_minor=sold.price_minor,
        weekday_prices=week if sold.weekend_minor is not None else None,
        included_guests=sold.included_guests or sold.max_guests,
        extra_guest_fee_minor=sold.extra_guest_minor,
        cleaning_fee_minor=sold.cleaning_minor,
        deposit_basis_points=sold.deposit_basis_points,
        cancellation_policy_id=policies[sold.policy],
    )
