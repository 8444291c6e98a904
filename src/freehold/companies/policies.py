"""Who may do what in a company. A role is a named set of permissions; not yours looks like not there."""

from typing import Any
from uuid import UUID

from django.conf import settings

from freehold.accounts.selectors import has_second_factor
from freehold.companies.models import Membership, Role
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, NotFound

_HOST = frozenset(
    {
        "properties.view",
        "properties.edit",
        "pricing.edit",
        "inventory.block",
        "bookings.view",
        "bookings.answer",
        "bookings.cancel",
        "bookings.change",
        "bookings.desk",
        "payments.view",
    }
)
_STAFF = _HOST | {"bookings.create_for_guest", "payments.refund", "payments.review", "payments.record", "finance.view"}
_STAFF |= {"payouts.view", "payouts.make"}
_ADMIN = _STAFF | {"companies.edit", "companies.members", "companies.keys", "companies.gateways", "payouts.approve"}

# What is left to somebody whose company asks for a second factor that they do not have.
WITHOUT_FACTOR = frozenset({"companies.set_up_second_factor"})

PERMISSIONS: dict[str, frozenset[str]] = {Role.HOST: _HOST, Role.STAFF: _STAFF, Role.ADMIN: frozenset(_ADMIN)}


class SecondFactorRequired(AccessDenied):
    """The role may include it, but the company asks its people for a second factor first."""

    default_code = "second_factor_required"


def permissions_of(*, actor: Actor, company_id: UUID | str) -> frozenset[str] | None:
    """The actor's permissions in the company; None when the actor has nothing to do with it."""
    if actor.key is not None:
        return actor.key.permissions if str(actor.key.company_id) == str(company_id) else None
    if actor.is_system:
        return PERMISSIONS[Role.ADMIN]
    if actor.user is None:
        return None
    if actor.user.is_superuser:
        # As in the administration: there, too, a password alone opens nothing in production.
        lacks_factor = settings.ADMIN_NEEDS_SECOND_FACTOR and not has_second_factor(user=actor.user)
        return WITHOUT_FACTOR if lacks_factor else PERMISSIONS[Role.ADMIN]
    found = (
        Membership.objects.company(company_id)
        .filter(user=actor.user, company__is_active=True)
        .values_list("role", "company__requires_second_factor")
        .first()
    )
    if found is None:
        return None
    role, asks_for_factor = found
    if asks_for_factor and not has_second_factor(user=actor.user):
        return WITHOUT_FACTOR
    return PERMISSIONS[role]


def may(*, actor: Actor, permission: str, company_id: UUID | str) -> bool:
    granted = permissions_of(actor=actor, company_id=company_id)
    return granted is not None and permission in granted


def require(*, actor: Actor, permission: str, company_id: UUID | str) -> None:
    """Raises NotFound for an outsider, AccessDenied for a member whose role does not include it, and
    SecondFactorRequired for one who has to set up a second factor first."""
    granted = permissions_of(actor=actor, company_id=company_id)
    if granted is None:
        raise NotFound
    if granted is WITHOUT_FACTOR:
        raise SecondFactorRequired("This company asks its people for a second factor. Set one up first.")
    if permission not in granted:
        raise AccessDenied("Your role in this company does not include this.")


def company_ids_of(user: Any) -> list[UUID]:
    """The active companies that the person works in."""
    return list(Membership.objects.guest(user).filter(company__is_active=True).values_list("company_id", flat=True))
