"""The factories make rows that belong together: one company per listing, and nothing half finished."""

import pytest

from freehold.properties.models import Listing, Unit
from tests.factories import ListingFactory, MembershipFactory, TaxFactory, unit_type_listing, whole_property_listing

pytestmark = pytest.mark.django_db


def test_a_listing_stands_in_one_company_with_unit_and_rate_plan() -> None:
    tax = TaxFactory()
    listing = ListingFactory(company=tax.company, rate_plan__taxes=[tax], rate_plan__base_price_minor=20_000)

    assert {
        listing.company,
        listing.property.company,
        listing.unit.company,
        listing.rate_plan.company,
        listing.rate_plan.cancellation_policy.company,
    } == {tax.company}
    assert listing.unit.property == listing.property
    assert listing.rate_plan.base_price_minor == 20_000
    assert Listing.objects.published().get() == listing


def test_a_unit_type_listing_and_a_whole_property_have_only_their_own_units() -> None:
    unit_type_listing(units=3)
    whole_property_listing(units=2)

    assert Unit.objects.system("count").count() == 5


def test_a_member_can_sign_in() -> None:
    assert MembershipFactory().user.check_password("Correct-Horse-9")
