"""For whom somebody acts who does not have to say it: the one company that they work in."""

from uuid import UUID

from django.conf import settings

from freehold.companies.models import Company
from freehold.companies.policies import may
from freehold.companies.selectors import memberships_of
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput


def may_somewhere(*, actor: Actor, permission: str) -> bool:
    """Whether there is a company in which the actor's role includes it; an administrator of the platform has all."""
    if actor.user is None:
        return False
    return bool(actor.user.is_superuser) or bool(_companies_with(actor, permission))


def require_somewhere(*, actor: Actor, permission: str) -> None:
    """Raises AccessDenied for who may not do it anywhere: they are told before anything is looked at."""
    if not may_somewhere(actor=actor, permission=permission):
        raise AccessDenied("Only administrators may do this.")


def company_to_act_for(*, actor: Actor, permission: str, slug: str = "") -> UUID:
    """The company called so, or the one in which the actor may do it; of several that of the setting
    OLDER_APIS_COMPANY. An administrator of the platform who works in none may act for every one.

    Raises BadInput about `company` where that says nothing, or nothing that the actor may, and AccessDenied.
    """
    require_somewhere(actor=actor, permission=permission)
    if slug:
        named = Company.objects.filter(slug=slug, is_active=True).first()
        if named is None or not may(actor=actor, permission=permission, company_id=named.pk):
            raise BadInput("You administer no such company.", code="unknown_company", attr="company")
        return named.pk
    companies = Company.objects.filter(is_active=True)
    if own := _companies_with(actor, permission):
        companies = companies.filter(pk__in=own)
    found = list(companies.values_list("pk", flat=True)[:2])
    if len(found) > 1:
        found = list(companies.filter(slug=settings.OLDER_APIS_COMPANY).values_list("pk", flat=True))
    if not found:
        raise BadInput("There are several companies: say for which, by its slug.", code="required", attr="company")
    return found[0]


def _companies_with(actor: Actor, permission: str) -> list[UUID]:
    return [each.company_id for each in memberships_of(user=actor.user) if permission in each.permissions]
