"""A person stops working in a company."""

from uuid import UUID

from django.db import transaction

from freehold.companies.models import Company, Membership, Role
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound


def remove_member(*, actor: Actor, company_id: UUID, membership_id: UUID) -> None:
    """An administrator removes anybody, and everybody may leave.

    Raises NotFound, AccessDenied, and Conflict "last_admin".
    """
    actor.require_own_hand()
    with transaction.atomic():
        membership = lock_membership(company_id=company_id, membership_id=membership_id)
        if actor.user_id is None or membership.user_id != actor.user_id:
            require(actor=actor, permission="companies.members", company_id=company_id)
        if membership.role == Role.ADMIN:
            require_another_admin(membership)
        membership.delete()


def lock_membership(*, company_id: UUID, membership_id: UUID) -> Membership:
    """The membership, under a lock on its company: two administrators who leave at once are seen one by one."""
    Company.objects.select_for_update(no_key=True).filter(pk=company_id).first()
    membership = Membership.objects.company(company_id).filter(pk=membership_id).first()
    if membership is None:
        raise NotFound
    return membership


def require_another_admin(membership: Membership) -> None:
    """Raises Conflict when the membership is the company's last administrator who can still sign in."""
    admins = Membership.objects.company(membership.company_id).filter(role=Role.ADMIN, user__is_active=True)
    others = admins.exclude(pk=membership.pk)
    if not others.exists():
        raise Conflict("A company keeps at least one administrator.", code="last_admin")
