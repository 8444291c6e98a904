"""Addresses that nobody was given: not there, instead of an error."""

import pytest
from django.test import Client

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("reference", ["%00", "FH-%00", "..%2f..", "FH-000000", "%F0%9F%92%A9"])
@pytest.mark.parametrize("page", ["/trips/{}/", "/trips/{}/change/", "/trips/{}/cancel/", "/console/bookings/{}/"])
def test_a_reference_that_cannot_be_is_not_found(client: Client, page: str, reference: str) -> None:
    client.force_login(UserFactory())
    assert client.get(page.format(reference)).status_code == 404
