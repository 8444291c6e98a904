"""Describing places, units and listings: who may, what is refused, and what is kept."""

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.properties.models import Listing, Property, Unit
from freehold.properties.services.move_category import move_category
from freehold.properties.services.publish_listing import pause_listing, publish_listing
from freehold.properties.services.save_listing import create_listing, facts_of_listing, update_listing
from freehold.properties.services.save_property import create_property, facts_of_place, update_property
from freehold.properties.services.save_unit import create_unit, create_unit_type, update_unit
from freehold.properties.types import ListingFacts, PlaceFacts, UnitFacts
from tests.factories import (
    AmenityFactory,
    CategoryFactory,
    CompanyFactory,
    ListingFactory,
    MembershipFactory,
    PropertyFactory,
    UnitFactory,
    UserFactory,
    unit_type_listing,
    whole_property_listing,
)

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")


def host_of(company: Company) -> Actor:
    return Actor.of(MembershipFactory(company=company, role="host").user)


def place_facts(**changes: Any) -> PlaceFacts:
    facts = {
        "title": "Blue house",
        "category": CategoryFactory().slug,
        "city": "Lisbon",
        "country": "PT",
        "latitude": 38.7,
        "longitude": -9.1,
        "time_zone": "Europe/Lisbon",
    }
    return PlaceFacts(**{**facts, **changes})


class TestPlaces:
    def test_a_host_describes_a_place_and_describes_it_anew(self) -> None:
        company = CompanyFactory()
        host = host_of(company)
        AmenityFactory(code="wifi"), AmenityFactory(code="pool")

        place = create_property(actor=host, company_id=company.pk, facts=place_facts(amenities=("wifi",)))
        assert (place.status, place.company) == (Property.Status.DRAFT, company)
        assert place.slug.startswith("blue-house-")

        changed = replace(facts_of_place(place), title="Red house", check_in_time=time(16), amenities=("pool",))
        update_property(actor=host, property_id=place.pk, facts=changed)

        place = Property.objects.company(company.pk).get()
        assert facts_of_place(place) == changed
        assert place.slug.startswith("blue-house-")

    def test_what_is_wrong_is_told_all_at_once(self) -> None:
        with pytest.raises(BadInput) as refusal:
            place_facts(title=" ", latitude=float("nan"), longitude=181, time_zone="Mars/Olympus", country="pt")
        assert {item.attr for item in refusal.value.errors} == {
            "title",
            "latitude",
            "longitude",
            "time_zone",
            "country",
        }

    def test_words_that_nobody_defined_are_refused(self) -> None:
        facts = replace(place_facts(), category="castles", amenities=("moat",))
        with pytest.raises(BadInput) as refusal:
            create_property(actor=SYSTEM, company_id=CompanyFactory().pk, facts=facts)
        assert {item.attr for item in refusal.value.errors} == {"category", "amenities"}

    def test_strangers_find_nothing_to_change(self) -> None:
        place = PropertyFactory()
        for stranger in (Actor.anonymous(), Actor.of(UserFactory()), host_of(CompanyFactory())):
            with pytest.raises(NotFound):
                create_property(actor=stranger, company_id=place.company_id, facts=place_facts())
            with pytest.raises(NotFound):
                update_property(actor=stranger, property_id=place.pk, facts=place_facts())
        with pytest.raises(NotFound):
            update_property(actor=SYSTEM, property_id=uuid4(), facts=place_facts())


class TestUnits:
    def test_a_composite_consists_of_leaves_of_its_own_property(self) -> None:
        place = PropertyFactory()
        host = host_of(place.company)
        east = create_unit(actor=host, property_id=place.pk, facts=UnitFacts(name="East"))
        west = create_unit(actor=host, property_id=place.pk, facts=UnitFacts(name="West"))
        villa = create_unit(
            actor=host, property_id=place.pk, facts=UnitFacts(name="Villa", part_ids=(east.pk, west.pk))
        )
        assert villa.kind == Unit.Kind.COMPOSITE
        assert set(villa.parts.system("test")) == {east, west}

        for part in (UnitFactory(company=place.company, property__company=place.company), UnitFactory(), villa):
            with pytest.raises(BadInput):
                create_unit(actor=host, property_id=place.pk, facts=UnitFacts(name="Odd", part_ids=(part.pk,)))

        update_unit(actor=host, unit_id=villa.pk, facts=UnitFacts(name="Villa", part_ids=(east.pk,)))
        assert set(villa.parts.system("test")) == {east}

    def test_a_leaf_does_not_become_a_composite(self) -> None:
        leaf = UnitFactory()
        part = UnitFactory(property=leaf.property)
        with pytest.raises(BadInput):
            update_unit(actor=SYSTEM, unit_id=leaf.pk, facts=UnitFacts(name="Leaf", part_ids=(part.pk,)))

    def test_names_are_unique_in_a_property(self) -> None:
        place = PropertyFactory()
        create_unit(actor=SYSTEM, property_id=place.pk, facts=UnitFacts(name="1"))
        create_unit_type(actor=SYSTEM, property_id=place.pk, facts=UnitFacts(name="1"))
        for create in (create_unit, create_unit_type):
            with pytest.raises(Conflict):
                create(actor=SYSTEM, property_id=place.pk, facts=UnitFacts(name="1"))

    def test_a_unit_has_a_type_of_its_own_property(self) -> None:
        place = PropertyFactory()
        kind = create_unit_type(actor=SYSTEM, property_id=place.pk, facts=UnitFacts(name="Room"))
        facts = UnitFacts(name="101", unit_type_id=kind.pk)
        assert create_unit(actor=SYSTEM, property_id=place.pk, facts=facts).unit_type_id == kind.pk
        with pytest.raises(BadInput):
            create_unit(actor=SYSTEM, property_id=PropertyFactory().pk, facts=facts)

    @pytest.mark.parametrize(
        "wrong", [{"max_guests": 0}, {"bedrooms": -1}, {"bathrooms": Decimal("1.3")}, {"bathrooms": Decimal(-1)}]
    )
    def test_facts_are_counted_sensibly(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(BadInput):
            UnitFacts(name="1", **wrong)


class TestListings:
    def test_a_listing_is_drafted_changed_published_and_paused(self) -> None:
        unit = UnitFactory(property__status=Property.Status.DRAFT)
        host = host_of(unit.company)
        facts = ListingFacts(title="Loft", currency="USD", max_guests=3, unit_id=unit.pk)
        listing = create_listing(actor=host, property_id=unit.property_id, facts=facts)
        assert not Listing.objects.published().exists()

        update_listing(actor=host, listing_id=listing.pk, facts=replace(facts, min_nights=3))
        publish_listing(actor=host, listing_id=listing.pk)
        assert Listing.objects.published().get().min_nights == 3
        assert facts_of_listing(Listing.objects.published().get()) == replace(facts, min_nights=3)

        pause_listing(actor=host, listing_id=listing.pk)
        assert not Listing.objects.published().exists()

    def test_nothing_is_published_without_a_unit_in_use(self) -> None:
        for listing in (
            ListingFactory(unit__is_active=False),
            unit_type_listing(units=0),
            whole_property_listing(units=0),
        ):
            with pytest.raises(Conflict) as refusal:
                publish_listing(actor=SYSTEM, listing_id=listing.pk)
            assert refusal.value.code == "nothing_to_sell"

    def test_a_listing_sells_what_its_property_has_and_keeps_its_currency(self) -> None:
        listing = ListingFactory()
        facts = facts_of_listing(listing)
        for wrong in (
            replace(facts, unit_id=UnitFactory().pk),
            replace(facts, unit_id=None, unit_type_id=uuid4()),
            replace(facts, currency="EUR"),
        ):
            with pytest.raises(BadInput):
                update_listing(actor=SYSTEM, listing_id=listing.pk, facts=wrong)

    def test_rules_that_contradict_themselves_are_refused(self) -> None:
        with pytest.raises(BadInput) as refusal:
            ListingFacts(
                title="", currency="XXX", max_guests=0, min_nights=5, max_nights=2, payment_terms="barter", unit_id=None
            )
        assert {item.attr for item in refusal.value.errors} == {
            "title",
            "currency",
            "max_guests",
            "max_nights",
            "payment_terms",
        }
        with pytest.raises(BadInput):
            ListingFacts(title="x", currency="USD", max_guests=1, unit_id=uuid4(), unit_type_id=uuid4())


class TestCategories:
    def test_a_category_never_hangs_below_itself(self) -> None:
        homes = CategoryFactory()
        flats = CategoryFactory(parent=homes)
        lofts = CategoryFactory(parent=flats)
        for parent in (homes, flats, lofts):
            with pytest.raises(BadInput) as refusal:
                move_category(actor=SYSTEM, category_id=homes.pk, parent_id=parent.pk)
            assert refusal.value.code == "category_cycle"
        assert move_category(actor=SYSTEM, category_id=lofts.pk, parent_id=homes.pk).parent_id == homes.pk
        assert move_category(actor=SYSTEM, category_id=lofts.pk, parent_id=None).parent_id is None

    def test_only_the_platform_changes_the_tree(self) -> None:
        category = CategoryFactory()
        with pytest.raises(AccessDenied):
            move_category(actor=host_of(CompanyFactory()), category_id=category.pk, parent_id=None)
        with pytest.raises(NotFound):
            move_category(actor=SYSTEM, category_id=uuid4(), parent_id=None)
