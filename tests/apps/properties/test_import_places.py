"""A whole place at once: all of it, or nothing."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, NotFound
from freehold.pricing.models import RatePlan
from freehold.pricing.services.price_new_listings import price_new_listings
from freehold.pricing.services.set_rate_plan import RatePlanFacts
from freehold.properties.models import Listing, Property, Unit
from freehold.properties.services.import_places import ListingToImport, PlaceToImport, SpaceToImport, import_places
from freehold.properties.types import ListingFacts, PlaceFacts, UnitFacts
from tests.factories import CancellationPolicyFactory, CategoryFactory, CompanyFactory, ListingFactory, UserFactory

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")


@pytest.fixture
def company() -> Company:
    CategoryFactory(slug="inns")
    made: Company = CompanyFactory()
    return made


def an_inn() -> PlaceToImport:
    return PlaceToImport(
        slug="old-inn",
        source="test",
        facts=PlaceFacts(
            title="Old inn",
            category="inns",
            city="Lisbon",
            country="PT",
            latitude=38.7,
            longitude=-9.1,
            time_zone="Europe/Lisbon",
        ),
        types=[SpaceToImport(facts=UnitFacts(name="Room"))],
        units=[
            SpaceToImport(facts=UnitFacts(name="1"), of_type="Room"),
            SpaceToImport(facts=UnitFacts(name="2"), of_type="Room"),
            SpaceToImport(facts=UnitFacts(name="Suite", max_guests=4), parts=("1", "2")),
        ],
        listings=[
            ListingToImport(
                slug="room", facts=ListingFacts(title="Room", currency="EUR", max_guests=2), unit_type="Room"
            ),
            ListingToImport(
                slug="suite", facts=ListingFacts(title="Suite", currency="EUR", max_guests=4), unit="Suite"
            ),
        ],
    )


def test_a_place_comes_with_its_units_and_ways_of_selling(company: Company) -> None:
    ids = import_places(actor=SYSTEM, company_id=company.pk, places=[an_inn()])
    suite = Listing.objects.published().get(pk=ids["suite"])
    assert set(suite.unit.unit_parts.values_list("part__name", flat=True)) == {"1", "2"}
    assert Listing.objects.published().get(pk=ids["room"]).unit_type.name == "Room"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda inn: replace(inn, facts=replace(inn.facts, category="castles")),
        lambda inn: replace(inn, facts=replace(inn.facts, amenities=("moat",))),
        lambda inn: replace(inn, pictures=[("nowhere.webp", "A door")]),
        lambda inn: replace(inn, units=[replace(inn.units[0], of_type="Tower")]),
        lambda inn: replace(inn, units=[*inn.units[:2], replace(inn.units[2], parts=("1", "3"))]),
        lambda inn: replace(inn, listings=[replace(inn.listings[1], unit="Hall")]),
    ],
    ids=["category", "amenity", "picture", "type", "part", "unit"],
)
def test_a_name_that_does_not_exist_imports_nothing(company: Company, wrong: object) -> None:
    with pytest.raises(BadInput):
        import_places(actor=SYSTEM, company_id=company.pk, places=[wrong(an_inn())])  # type: ignore[operator]
    assert not Property.objects.system("test").exists()
    assert not Unit.objects.system("test").exists()


def test_people_do_not_import_places(company: Company) -> None:
    with pytest.raises(AccessDenied):
        import_places(actor=Actor.of(UserFactory()), company_id=company.pk, places=[an_inn()])


def test_first_prices_are_for_listings_of_the_company_and_their_kind(company: Company) -> None:
    ids = import_places(actor=SYSTEM, company_id=company.pk, places=[an_inn()])
    policy = CancellationPolicyFactory(company=company)
    facts = RatePlanFacts(base_price_minor=9_000, cancellation_policy_id=policy.pk)
    with pytest.raises(NotFound):
        price_new_listings(actor=SYSTEM, company_id=company.pk, plans={ids["room"]: facts, ListingFactory().pk: facts})
    hourly = replace(facts, basis="hour")
    with pytest.raises(BadInput):
        price_new_listings(actor=SYSTEM, company_id=company.pk, plans={ids["room"]: facts, ids["suite"]: hourly})
    assert not RatePlan.objects.company(company.pk).exists()
    price_new_listings(actor=SYSTEM, company_id=company.pk, plans={ids["room"]: facts, ids["suite"]: facts})
    plans = RatePlan.objects.company(company.pk)
    assert set(plans.values_list("basis", "currency", "base_price_minor")) == {("night", "EUR", 9_000)}


def test_many_places_take_as_many_statements_as_one(
    company: Company, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with CaptureQueriesContext(connection) as one:
        import_places(actor=SYSTEM, company_id=company.pk, places=[an_inn()])
    others = [replace(an_inn(), slug=f"inn-{number}", listings=()) for number in range(2)]
    third = replace(
        an_inn(), slug="third", listings=[replace(each, slug=f"{each.slug}-3") for each in an_inn().listings]
    )
    with django_assert_num_queries(len(one)):
        ids = import_places(actor=SYSTEM, company_id=company.pk, places=[*others, third])
    suite = Listing.objects.published().get(pk=ids["suite-3"])
    assert suite.unit.property.slug == "third", "names are those of their own place"
