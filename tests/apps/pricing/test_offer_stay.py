"""A whole place is let in one step, and described anew: all of it or nothing."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from freehold.companies.choosing import company_to_act_for, may_somewhere
from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, NotFound
from freehold.pricing.models import RatePlan
from freehold.pricing.services.offer_stay import StayFacts, change_stay, offer_stay
from freehold.properties.models import Listing, Property, Unit
from tests.factories import (
    CategoryFactory,
    CompanyFactory,
    ListingFactory,
    MembershipFactory,
    UserFactory,
    unit_type_listing,
)

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")
FACTS = StayFacts(
    title="Owl nest",
    city="Lisbon",
    country="PT",
    nightly=Decimal("90.50"),
    max_guests=3,
    latitude=38.72,
    longitude=-9.14,
    bedrooms=2,
)


@pytest.fixture
def company() -> Company:
    CategoryFactory()
    company: Company = CompanyFactory()
    return company


def test_a_place_gets_its_unit_listing_and_price_and_is_published(company: Company) -> None:
    listing = offer_stay(actor=SYSTEM, company_id=company.pk, facts=FACTS)
    place = listing.property
    unit = Unit.objects.company(company.pk).get()
    plan = RatePlan.objects.company(company.pk).get()
    assert Listing.objects.published().get() == listing
    assert (place.title, place.time_zone, place.company_id) == ("Owl nest", "Europe/Lisbon", company.pk)
    assert (unit.max_guests, unit.bedrooms, listing.unit_id, listing.max_guests) == (3, 2, unit.pk, 3)
    assert (plan.base_price_minor, plan.currency, plan.included_guests) == (9_050, "USD", 3)


def test_at_sea_the_company_s_own_time_zone_holds(company: Company) -> None:
    listing = offer_stay(actor=SYSTEM, company_id=company.pk, facts=replace(FACTS, latitude=40.0, longitude=-30.0))
    assert listing.property.time_zone == company.time_zone


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "JPY"},  # which has no cents
        {"category": "none"},
        {"title": ""},
        {"max_guests": 0},
        {"bathrooms": Decimal("0.3")},
        {"payment_terms": "barter"},
        {"latitude": None},
    ],
)
def test_what_is_refused_leaves_nothing(company: Company, changes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        offer_stay(actor=SYSTEM, company_id=company.pk, facts=replace(FACTS, **changes))
    assert not Property.objects.system("test").exists()
    assert not Listing.objects.system("test").exists()


def test_only_who_may_edit_the_company_s_places_offers_and_changes(company: Company) -> None:
    listing = ListingFactory(company=company)
    for user in (UserFactory(), MembershipFactory(role="admin").user):
        with pytest.raises(NotFound):
            offer_stay(actor=Actor.of(user), company_id=company.pk, facts=FACTS)
        with pytest.raises(NotFound):
            change_stay(actor=Actor.of(user), listing_id=listing.pk, facts=FACTS)
    host = Actor.of(MembershipFactory(company=company, role="host").user)
    assert offer_stay(actor=host, company_id=company.pk, facts=FACTS).status == "published"


def test_a_place_goes_on_to_be_called_as_its_listing_unless_it_has_a_name_of_its_own(company: Company) -> None:
    namesake = offer_stay(actor=SYSTEM, company_id=company.pk, facts=FACTS)
    change_stay(actor=SYSTEM, listing_id=namesake.pk, facts=replace(FACTS, title="Lark nest"))
    assert Property.objects.system("test").get(pk=namesake.property_id).title == "Lark nest"
    room = unit_type_listing(company=company, property__title="Grand Hotel")
    change_stay(actor=SYSTEM, listing_id=room.pk, facts=replace(FACTS, title="Room with a view"))
    room.refresh_from_db()
    assert (room.title, room.property.title) == ("Room with a view", "Grand Hotel")


def test_a_listing_without_a_price_is_not_described_by_this(company: Company) -> None:
    listing = ListingFactory(company=company, rate_plan=None)
    with pytest.raises(NotFound):
        change_stay(actor=SYSTEM, listing_id=listing.pk, facts=FACTS)


# --- for which company ---


def test_who_works_in_one_company_acts_for_it(company: Company) -> None:
    user = MembershipFactory(company=company).user
    assert company_to_act_for(actor=Actor.of(user), permission="properties.edit") == company.pk
    with pytest.raises(AccessDenied):
        company_to_act_for(actor=Actor.of(user), permission="companies.edit")


def test_nobody_and_guests_may_nowhere(company: Company) -> None:
    for actor in (Actor.anonymous(), Actor.of(UserFactory())):
        assert not may_somewhere(actor=actor, permission="properties.edit")
        with pytest.raises(AccessDenied):
            company_to_act_for(actor=actor, permission="properties.edit", slug=company.slug)


def test_an_administrator_of_the_platform_acts_for_the_only_company_there_is(company: Company) -> None:
    root = UserFactory(is_superuser=True)
    assert company_to_act_for(actor=Actor.of(root), permission="properties.edit") == company.pk
    company.is_active = False
    company.save()
    with pytest.raises(BadInput):
        company_to_act_for(actor=Actor.of(root), permission="properties.edit", slug=company.slug)
