"""A person comes to work in a company."""

from uuid import UUID

from django.db import IntegrityError, transaction

from freehold.accounts.models import User
from freehold.companies.models import Membership, Role
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import Conflict


def add_member(*, actor: Actor, company_id: UUID, user: User, role: Role) -> Membership:
    """Raises NotFound, AccessDenied (who manages members), Conflict "already_member"."""
    actor.require_own_hand()
    require(actor=actor, permission="companies.members", company_id=company_id)
    try:
        with transaction.atomic():
            return Membership.objects.create(company_id=company_id, user=user, role=Role(role))
    except IntegrityError:
        raise Conflict("This person works here already.", code="already_member") from None
