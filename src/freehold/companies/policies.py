"""Who may do what in a company. A role is a named set of permissions; not yours looks like not there."""

from typing import Any
from uuid import UUID

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
_STAFF = _HOST | {"bookings.create_for_guest", "payments.refund", "payments.review", "finance.view"}
_ADMIN = _STAFF | {"companies.edit", "companies.members"}

PERMISSIONS: dict[str, frozenset[str]] = {Role.HOST: _HOST, Role.STAFF: _STAFF, Role.ADMIN: frozenset(_ADMIN)}


def permissions_of(*, actor: Actor, company_id: UUID | str) -> frozenset[str] | None:
    """The actor's permissions in the company; None when the actor has nothing to do with it."""
    if actor.is_system or (actor.user is not None and actor.user.is_superuser):
        return PERMISSIONS[Role.ADMIN]
    if actor.user is None:
        return None
    role = (
        Membership.objects.company(company_id)
        .filter(user=actor.user, company__is_active=True)
        .values_list("role", flat=True)
        .first()
    )
    return PERMISSIONS[role] if role else None


def may(*, actor: Actor, permission: str, company_id: UUID | str) -> bool:
    granted = permissions_of(actor=actor, company_id=company_id)
    return granted is not None and permission in granted


def require(*, actor: Actor, permission: str, company_id: UUID | str) -> None:
    """Raises NotFound for an outsider and AccessDenied for a member whose role does not include it."""
    granted = permissions_of(actor=actor, company_id=company_id)
    if granted is None:
        raise NotFound
    if permission not in granted:
        raise AccessDenied("Your role in this company does not include this.")


def company_ids_of(user: Any) -> list[UUID]:
    """The active companies that the person works in."""
    return list(Membership.objects.guest(user).filter(company__is_active=True).values_list("company_id", flat=True))
