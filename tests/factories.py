"""Real rows for tests: each factory makes what its row cannot exist without, inside one company.

    listing = ListingFactory()                                     # published, one unit, one rate plan
    listing = ListingFactory(rate_plan__base_price_minor=20_000)   # 200.00 a night
    listing = ListingFactory(property__city="Lisbon", property__time_zone="Europe/Lisbon")
    listing = ListingFactory(rate_plan__taxes=[TaxFactory(company=company)], company=company)
    room    = unit_type_listing(units=3)                           # any of three units will do
    villa   = whole_property_listing(units=2)                      # all units together

Prices are minor units of USD, the place is Boston, check-in is 15:00 and check-out 11:00 there.
"""

from datetime import time
from typing import Any

import factory
from factory.django import DjangoModelFactory

from freehold.accounts.models import User
from freehold.companies.models import Company, Membership, Role
from freehold.pricing.models import CancellationPolicy, PriceOverride, RatePlan, Tax
from freehold.properties.models import (
    Amenity,
    Category,
    Listing,
    Picture,
    Property,
    PropertyAmenity,
    PropertyPicture,
    Unit,
    UnitPart,
    UnitType,
)

PASSWORD = "Correct-Horse-9"


class UserFactory(DjangoModelFactory[User]):
    """A person who may sign in with `PASSWORD`."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    first_name = "Pat"
    last_name = factory.Sequence(lambda n: f"Person {n}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return User.objects.create_user(*args, **kwargs)


class CompanyFactory(DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Company {n}")
    slug = factory.Sequence(lambda n: f"company-{n}")
    currency = "USD"
    time_zone = "America/New_York"


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    company = factory.SubFactory(CompanyFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.HOST


class CategoryFactory(DjangoModelFactory[Category]):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")
    slug = factory.Sequence(lambda n: f"category-{n}")


class AmenityFactory(DjangoModelFactory[Amenity]):
    class Meta:
        model = Amenity

    code = factory.Sequence(lambda n: f"amenity-{n}")
    name = factory.Sequence(lambda n: f"Amenity {n}")
    group = "Basics"


class PictureFactory(DjangoModelFactory[Picture]):
    class Meta:
        model = Picture

    path = factory.Sequence(lambda n: f"pictures/{n}.webp")
    width = 1600
    height = 1067
    renditions = factory.LazyAttribute(
        lambda picture: {str(width): picture.path.replace(".webp", f"-{width}.webp") for width in (400, 800, 1600)}
    )
    is_static = True


class PropertyFactory(DjangoModelFactory[Property]):
    """A published place in Boston. `amenities=[...]` and `pictures=[...]` are rows to attach."""

    class Meta:
        model = Property
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    category = factory.SubFactory(CategoryFactory)
    title = factory.Sequence(lambda n: f"House {n}")
    slug = factory.Sequence(lambda n: f"house-{n}")
    status = Property.Status.PUBLISHED
    neighbourhood = "Back Bay"
    city = "Boston"
    region = "Massachusetts"
    country = "US"
    latitude = 42.35
    longitude = -71.08
    time_zone = "America/New_York"
    check_in_time = time(15)
    check_out_time = time(11)

    @factory.post_generation
    def amenities(obj: Property, create: bool, extracted: list[Amenity] | None, **_: Any) -> None:  # noqa: N805
        for amenity in extracted or ():
            PropertyAmenity.objects.create(property=obj, amenity=amenity)

    @factory.post_generation
    def pictures(obj: Property, create: bool, extracted: list[Picture] | None, **_: Any) -> None:  # noqa: N805
        for position, picture in enumerate(extracted or ()):
            PropertyPicture.objects.create(property=obj, picture=picture, alt=f"View {position}", position=position)


class UnitTypeFactory(DjangoModelFactory[UnitType]):
    class Meta:
        model = UnitType

    property = factory.SubFactory(PropertyFactory)
    company = factory.SelfAttribute("property.company")
    name = factory.Sequence(lambda n: f"Room type {n}")


class UnitFactory(DjangoModelFactory[Unit]):
    """A leaf unit; `parts=[unit, ...]` makes it a composite of them."""

    class Meta:
        model = Unit
        skip_postgeneration_save = True

    property = factory.SubFactory(PropertyFactory)
    company = factory.SelfAttribute("property.company")
    name = factory.Sequence(lambda n: f"Unit {n}")
    max_guests = 4
    bedrooms = 2
    beds = 2

    @factory.post_generation
    def parts(obj: Unit, create: bool, extracted: list[Unit] | None, **_: Any) -> None:  # noqa: N805
        if extracted:
            UnitPart.objects.bulk_create(UnitPart(composite=obj, part=part) for part in extracted)
            obj.kind = Unit.Kind.COMPOSITE
            obj.save(update_fields=["kind"])


class CancellationPolicyFactory(DjangoModelFactory[CancellationPolicy]):
    """Everything back until five days before arrival, half until one day before."""

    class Meta:
        model = CancellationPolicy

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Moderate {n}")
    tiers = factory.LazyFunction(
        lambda: [{"hours_before": 120, "basis_points": 10_000}, {"hours_before": 24, "basis_points": 5_000}]
    )


class TaxFactory(DjangoModelFactory[Tax]):
    """10 % of the price."""

    class Meta:
        model = Tax

    company = factory.SubFactory(CompanyFactory)
    code = factory.Sequence(lambda n: f"tax-{n}")
    label = "City tax"
    kind = Tax.Kind.PERCENTAGE
    basis_points = factory.LazyAttribute(lambda tax: 1_000 if tax.kind == Tax.Kind.PERCENTAGE else 0)
    amount_minor = factory.LazyAttribute(lambda tax: 0 if tax.kind == Tax.Kind.PERCENTAGE else 200)


class ListingFactory(DjangoModelFactory[Listing]):
    """A published stay in a unit of its own, with a rate plan of 100.00 a night."""

    class Meta:
        model = Listing
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    property = factory.SubFactory(PropertyFactory, company=factory.SelfAttribute("..company"))
    unit = factory.SubFactory(UnitFactory, property=factory.SelfAttribute("..property"))
    status = Listing.Status.PUBLISHED
    title = factory.Sequence(lambda n: f"Listing {n}")
    slug = factory.Sequence(lambda n: f"listing-{n}")
    currency = "USD"
    max_guests = 4
    rate_plan = factory.RelatedFactory("tests.factories.RatePlanFactory", factory_related_name="listing")


class RatePlanFactory(DjangoModelFactory[RatePlan]):
    """`taxes=[...]` are rows to attach; `overrides=[PriceOverride(...)]` are saved with the plan."""

    class Meta:
        model = RatePlan
        skip_postgeneration_save = True

    listing = factory.SubFactory(ListingFactory, rate_plan=None)
    company = factory.SelfAttribute("listing.company")
    currency = factory.SelfAttribute("listing.currency")
    base_price_minor = 10_000
    included_guests = 2
    cancellation_policy = factory.SubFactory(CancellationPolicyFactory, company=factory.SelfAttribute("..company"))

    @factory.post_generation
    def taxes(obj: RatePlan, create: bool, extracted: list[Tax] | None, **_: Any) -> None:  # noqa: N805
        if extracted:
            obj.taxes.add(*extracted)

    @factory.post_generation
    def overrides(obj: RatePlan, create: bool, extracted: list[PriceOverride] | None, **_: Any) -> None:  # noqa: N805
        for override in extracted or ():
            override.rate_plan = obj
            override.save()


def unit_type_listing(*, units: int = 2, **options: Any) -> Listing:
    """A listing of a unit type with so many units. `options` go to ListingFactory."""
    listing = ListingFactory(unit=None, **options)
    unit_type = UnitTypeFactory(property=listing.property)
    UnitFactory.create_batch(units, property=listing.property, unit_type=unit_type)
    listing.unit_type = unit_type
    listing.save(update_fields=["unit_type"])
    return listing


def whole_property_listing(*, units: int = 2, **options: Any) -> Listing:
    """A listing of every unit of its property together. `options` go to ListingFactory."""
    listing = ListingFactory(unit=None, **options)
    UnitFactory.create_batch(units, property=listing.property)
    return listing
