"""A place is put away while somebody publishes it: it is away in the end, and neither waits for the other for ever."""

import pytest

from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.properties.models import Listing
from freehold.properties.services.archive_property import archive_property
from freehold.properties.services.publish_listing import pause_listing, publish_listing
from tests.factories import ListingFactory
from tests.support.races import run

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

SYSTEM = Actor.system("race")
ROUNDS = 6


def test_publishing_against_putting_away_ends_put_away() -> None:
    listings = ListingFactory.create_batch(ROUNDS)
    for listing in listings:
        pause_listing(actor=SYSTEM, listing_id=listing.pk)

        race = run(
            lambda listing=listing: publish_listing(actor=SYSTEM, listing_id=listing.pk),
            lambda listing=listing: archive_property(actor=SYSTEM, property_id=listing.property_id),
        )

        assert all(isinstance(answer, Conflict) for answer in race.answers if isinstance(answer, Exception))
        now = Listing.objects.system("test").select_related("property").get(pk=listing.pk)
        assert (now.property.status, now.status) == ("archived", "paused")
