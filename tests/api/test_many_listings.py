"""Many listings in one step: all, or none."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from freehold.companies.models import Membership
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/host/listings/bulk/"


@pytest.fixture
def member() -> Membership:
    made: Membership = MembershipFactory(role="host")
    return made


@pytest.fixture
def host(client: Client, member: Membership) -> Client:
    client.force_login(member.user)
    return client


def send(client: Client, listings: list[Any], status: str, expected: int = 200) -> Any:
    ids = [str(getattr(each, "pk", each)) for each in listings]
    body = {"listing_ids": ids, "status": status}
    answer = client.post(ADDRESS, body, content_type="application/json")
    assert answer.status_code == expected, answer.content
    return answer.json()


def statuses(*listings: Listing) -> list[str]:
    found = Listing.objects.system("test").in_bulk([each.pk for each in listings])
    return [found[each.pk].status for each in listings]


def test_all_are_paused_and_published_again_in_the_order_that_was_given(host: Client, member: Membership) -> None:
    listings = ListingFactory.create_batch(3, company=member.company)[::-1]
    for status in ("paused", "published"):
        answer = send(host, listings, status)
        assert [each["id"] for each in answer["results"]] == [str(each.pk) for each in listings]
        assert statuses(*listings) == [status] * 3


def test_one_that_cannot_be_is_named_and_none_is_changed(host: Client, member: Membership) -> None:
    good, priceless = ListingFactory.create_batch(2, company=member.company)
    send(host, [good, priceless], "paused")
    priceless.rate_plan.delete()
    refusal = send(host, [good, priceless], "published", 409)
    assert [(each["code"], each["attr"]) for each in refusal["errors"]] == [("no_rate_plan", "listing_ids.1")]
    assert statuses(good, priceless) == ["paused", "paused"]


def test_a_strangers_listing_is_not_there_and_none_is_changed(host: Client, member: Membership) -> None:
    own, foreign = ListingFactory(company=member.company), ListingFactory()
    for other in (foreign, uuid4()):
        refusal = send(host, [own, other], "paused", 404)
        assert refusal["errors"][0]["attr"] == "listing_ids.1"
    assert statuses(own, foreign) == ["published", "published"]


def test_what_makes_no_sense_is_refused(host: Client, member: Membership) -> None:
    listing = ListingFactory(company=member.company)
    for listings, status, attr in (
        ([], "paused", "listing_ids"),
        ([listing, listing], "paused", "listing_ids"),
        ([uuid4() for _ in range(101)], "paused", "listing_ids"),
        (["no-id"], "paused", "listing_ids.0"),
        ([listing], "draft", "status"),
    ):
        refusal = send(host, listings, status, 400)
        assert attr in {each["attr"] for each in refusal["errors"]}
    assert statuses(listing) == ["published"]


def test_a_role_that_may_not_edit_changes_nothing(client: Client) -> None:
    listing = ListingFactory()
    client.force_login(MembershipFactory(role="host").user)
    send(client, [listing], "paused", 404)
    assert statuses(listing) == ["published"]


def test_each_listing_costs_the_same(host: Client, member: Membership) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    listings = ListingFactory.create_batch(4, company=member.company)
    send(host, listings[:1], "paused")
    counts = []
    for many in (1, 2, 4):
        with CaptureQueriesContext(connection) as queries:
            send(host, listings[:many], "paused")
        counts.append(len(queries))
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])
