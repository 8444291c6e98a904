"""A company asks its people for a second factor, or does so no more."""

from uuid import UUID

from django.db import transaction

from freehold.accounts.selectors import has_second_factor
from freehold.companies.models import Company
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound


def ask_for_second_factor(*, actor: Actor, company_id: UUID, is_asked: bool) -> Company:
    """From now on whoever has none may sign in, but do nothing in the company.

    Raises NotFound, AccessDenied, and Conflict "second_factor_first" when the actor would be locked out.
    """
    require(actor=actor, permission="companies.edit", company_id=company_id)
    if is_asked and actor.user is not None and not has_second_factor(user=actor.user):
        raise Conflict("Set up a second factor of your own first.", code="second_factor_first")
    with transaction.atomic():
        company = Company.objects.select_for_update(no_key=True).filter(pk=company_id).first()
        if company is None:
            raise NotFound
        company.requires_second_factor = is_asked
        company.save(update_fields=["requires_second_factor", "updated_at"])
    return company
