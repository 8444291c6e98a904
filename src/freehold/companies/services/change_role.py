"""A member of a company gets another role."""

from uuid import UUID

from django.db import transaction

from freehold.companies.models import Membership, Role
from freehold.companies.policies import require
from freehold.companies.services.remove_member import lock_membership, require_another_admin
from freehold.core.actor import Actor


def change_role(*, actor: Actor, company_id: UUID, membership_id: UUID, role: Role) -> Membership:
    """Raises NotFound, AccessDenied, and Conflict "last_admin" when nobody would be left to manage members."""
    actor.require_own_hand()
    require(actor=actor, permission="companies.members", company_id=company_id)
    with transaction.atomic():
        membership = lock_membership(company_id=company_id, membership_id=membership_id)
        if membership.role == Role.ADMIN and role != Role.ADMIN:
            require_another_admin(membership)
        membership.role = Role(role)
        membership.save(update_fields=["role", "updated_at"])
    return membership
