"""A host looks through what the company sells, over the API."""

from typing import Any

import pytest
from django.test import Client

from freehold.companies.models import Membership
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory, unit_type_listing, whole_property_listing
from tests.support.slots import slot_listing

pytestmark = pytest.mark.django_db

URL = "/api/v1/host/listings/"


@pytest.fixture
def member() -> Membership:
    member: Membership = MembershipFactory(role="host")
    return member


@pytest.fixture
def host(client: Client, member: Membership) -> Client:
    client.force_login(member.user)
    return client


def answer(host: Client, member: Membership, **query: Any) -> Any:
    response = host.get(URL, {"company_id": str(member.company_id), **query})
    assert response.status_code == 200, response.content
    return response.json()


def ids(host: Client, member: Membership, **query: Any) -> list[str]:
    return [row["id"] for row in answer(host, member, **query)["results"]]


def test_the_list_shows_the_companys_listings_and_no_others(host: Client, member: Membership) -> None:
    assert answer(host, member) == {"next": None, "previous": None, "results": []}
    older = ListingFactory(company=member.company, status="draft")
    newer = ListingFactory(company=member.company)
    ListingFactory()
    assert ids(host, member) == [str(newer.pk), str(older.pk)]
    row = answer(host, member)["results"][1]
    assert (row["status"], row["kind"], row["title"]) == ("draft", "unit", older.title)
    assert row["property"] == {"id": str(older.property_id), "title": older.property.title, "status": "published"}


def test_the_list_is_filtered_by_what_people_ask_for(host: Client, member: Membership) -> None:
    company = member.company
    unit = ListingFactory(company=company, title="Owl nest")
    rooms = unit_type_listing(company=company, status="paused")
    house = whole_property_listing(company=company, property__title="Fern House")
    court = slot_listing(company=company)

    def found(**query: Any) -> set[str]:
        return set(ids(host, member, **query))

    def these(*listings: Listing) -> set[str]:
        return {str(each.pk) for each in listings}

    assert found(kind="unit") == these(unit, court)
    assert found(kind="unit_type") == these(rooms)
    assert found(kind="property") == these(house)
    assert found(status="paused") == these(rooms)
    assert found(mode="slot") == these(court)
    assert found(property=str(house.property_id)) == these(house)
    assert found(q="owl") == these(unit)
    assert found(q="fern") == these(house)
    assert found(kind="unit", mode="stay") == these(unit)
    assert found(status="draft") == set()


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ({"status": "lost"}, "status"),
        ({"mode": "barter"}, "mode"),
        ({"kind": "castle"}, "kind"),
        ({"property": "x"}, "property"),
        ({"page_size": "0"}, "page_size"),
        ({"cursor": "x"}, "cursor"),
        ({"company_id": ""}, "company_id"),
    ],
)
def test_odd_filters_are_refused_with_their_field(
    host: Client, member: Membership, query: dict[str, str], attr: str
) -> None:
    response = host.get(URL, {"company_id": str(member.company_id), **query})
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == attr


def test_a_page_of_listings_costs_the_same_however_long(
    host: Client, member: Membership, django_assert_max_num_queries: Any
) -> None:
    ListingFactory.create_batch(8, company=member.company)
    with django_assert_max_num_queries(6):
        first = answer(host, member, page_size="5")
    assert len(first["results"]) == 5
    rest = host.get(first["next"]).json()
    assert len(rest["results"]) == 3
    assert not {row["id"] for row in first["results"]} & {row["id"] for row in rest["results"]}
