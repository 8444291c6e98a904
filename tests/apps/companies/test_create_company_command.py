"""The first company of an installation, by command."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from freehold.companies.models import Company, Membership, Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def create(*options: str) -> str:
    said = StringIO()
    call_command("create_company", "Hanna Inn", *options, stdout=said)
    return said.getvalue()


def test_the_owner_is_its_administrator() -> None:
    owner = UserFactory(email="hanna@example.com")
    said = create("--owner", "Hanna@example.com", "--currency", "eur", "--time-zone", "Europe/Lisbon")
    company = Company.objects.get(slug="hanna-inn")
    assert (company.currency, company.time_zone) == ("EUR", "Europe/Lisbon")
    member = Membership.objects.company(company.pk).get()
    assert (member.user, member.role) == (owner, Role.ADMIN)
    assert "hanna-inn" in said


@pytest.mark.parametrize(
    "options",
    [
        ("--owner", "nobody@example.com", "--currency", "EUR"),
        ("--owner", "hanna@example.com", "--currency", "XYZ"),
        ("--owner", "hanna@example.com", "--currency", "EUR", "--time-zone", "Europe/Nowhere"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(options: tuple[str, ...]) -> None:
    UserFactory(email="hanna@example.com")
    with pytest.raises(CommandError):
        create(*options)
    assert not Company.objects.exists()
