"""Reading companies."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from freehold.accounts.selectors import has_second_factor
from freehold.companies.models import ApiKey, Invitation, Membership
from freehold.companies.policies import PERMISSIONS, require
from freehold.companies.types import MembershipView
from freehold.core.actor import Actor


def memberships_of(*, user: Any) -> list[MembershipView]:
    """The active companies that the person works in, by name. One query, two where one of them asks for a factor."""
    rows = Membership.objects.guest(user).filter(company__is_active=True).select_related("company")
    memberships = list(rows.order_by("company__name", "id"))
    is_asked = any(row.company.requires_second_factor for row in memberships)
    has_factor = not is_asked or has_second_factor(user=user)
    return [_membership(row, has_factor=has_factor) for row in memberships]


def _membership(row: Membership, *, has_factor: bool) -> MembershipView:
    needs_factor = row.company.requires_second_factor and not has_factor
    return MembershipView(
        company_id=row.company_id,
        name=row.company.name,
        slug=row.company.slug,
        currency=row.company.currency,
        time_zone=row.company.time_zone,
        role=row.role,
        permissions=() if needs_factor else tuple(sorted(PERMISSIONS[row.role])),
        requires_second_factor=row.company.requires_second_factor,
        needs_second_factor=needs_factor,
    )


def people_who(*, company_id: UUID, permission: str) -> list[Any]:
    """The accounts of those whose role in the company includes the permission, the longest there first."""
    roles = [role for role, granted in PERMISSIONS.items() if permission in granted]
    rows = Membership.objects.company(company_id).filter(role__in=roles, user__is_active=True).select_related("user")
    return [row.user for row in rows.order_by("created_at", "id")]


def members_of(*, actor: Actor, company_id: UUID) -> list[Membership]:
    """Everybody who works in the company, with their accounts. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="companies.members", company_id=company_id)
    return list(Membership.objects.company(company_id).select_related("user").order_by("created_at", "id"))


def invitations_of(*, actor: Actor, company_id: UUID) -> QuerySet[Invitation]:
    """Whom the company has invited, the latest first. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="companies.members", company_id=company_id)
    rows = Invitation.objects.company(company_id).select_related("invited_by")
    return rows.order_by("-created_at", "-id")


def api_keys_of(*, actor: Actor, company_id: UUID) -> QuerySet[ApiKey]:
    """The company's keys with their makers and last use, the newest first. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="companies.keys", company_id=company_id)
    return ApiKey.objects.company(company_id).select_related("created_by", "use").order_by("-created_at", "-id")
