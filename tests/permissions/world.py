"""Who knocks at the routes, and the company whose things they knock for."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from freehold.accounts.models import User
from freehold.companies.key_scopes import key_scopes
from freehold.companies.models import Company, Membership
from freehold.companies.services.create_api_key import create_api_key
from freehold.core.actor import Actor
from freehold.properties.models import Listing
from tests.factories import CompanyFactory, ListingFactory, MembershipFactory, UserFactory

PRINCIPALS = ("anonymous", "guest", "stranger", "host", "staff", "admin", "outsider", "superuser")


class World:
    """One company with its people and a listing, a guest, and others who have nothing to do with either.

    guest      owns what a guest can own            stranger   another guest
    host, staff, admin   members of `company`       outsider   admin of another company
    superuser  of the platform                      anonymous  nobody
    """

    def __init__(self) -> None:
        self._remembered: dict[str, Any] = {}

    @cached_property
    def company(self) -> Company:
        company: Company = CompanyFactory()
        return company

    @cached_property
    def listing(self) -> Listing:
        listing: Listing = ListingFactory(company=self.company)
        return listing

    @cached_property
    def people(self) -> dict[str, User]:
        people = {name: UserFactory(email=f"{name}@example.com") for name in PRINCIPALS if name != "anonymous"}
        for role in ("host", "staff", "admin"):
            MembershipFactory(company=self.company, user=people[role], role=role)
        MembershipFactory(user=people["outsider"], role="admin")
        User.objects.filter(pk=people["superuser"].pk).update(is_superuser=True, is_staff=True)
        return people

    @cached_property
    def keys(self) -> dict[str, str]:
        """API keys with every scope: one of the company, one of another."""
        outside = Membership.objects.guest(self.people["outsider"]).get()
        holders = {"key": (self.people["admin"], self.company.pk), "foreign key": (outside.user, outside.company_id)}
        made = {}
        for name, (user, company_id) in holders.items():
            _key, made[name] = create_api_key(
                actor=Actor.of(user), company_id=company_id, name=name, scopes=list(key_scopes())
            )
        return made

    @property
    def guest(self) -> User:
        return self.people["guest"]

    def remember(self, name: str, make: Callable[["World"], Any]) -> Any:
        """Something made once for this world: `world.remember("booking", make_booking)`."""
        if name not in self._remembered:
            self._remembered[name] = make(self)
        return self._remembered[name]
