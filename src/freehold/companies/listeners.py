"""What companies do when accounts announce something; `config/wiring.py` connects them."""

from typing import Any

from django.db.models import Q

from freehold.accounts.events import AccountClosed, AccountErased, AccountsMerged
from freehold.accounts.models import User
from freehold.accounts.selectors import proved_contacts
from freehold.companies.models import Company, Invitation, Membership, Role
from freehold.companies.policies import PERMISSIONS
from freehold.companies.services.remove_member import require_another_admin
from freehold.core.clock import DatabaseNow

NOBODY = "erased@invalid"


def keep_an_administrator(event: AccountClosed) -> None:
    """In-transaction: a company's last administrator hands over first. Raises Conflict "last_admin"."""
    mine = Membership.objects.system("account closes").filter(user_id=event.user_id, role=Role.ADMIN)
    companies = Company.objects.filter(pk__in=mine.values("company_id")).order_by("pk")
    list(companies.select_for_update(no_key=True))
    for membership in mine:
        require_another_admin(membership)


def leave_companies(event: AccountErased) -> None:
    """In-transaction: nobody works anywhere under a name that is gone."""
    Membership.objects.system("account erased").filter(user_id=event.user_id).delete()
    _forget_invitations(event)


def _forget_invitations(event: AccountErased) -> None:
    """That somebody was invited stays known, and what became of it; who it was does not."""
    user = User.objects.get(pk=event.user_id)
    to_them = Q(email__in=proved_contacts(user=user)) | Q(accepted_by=user)
    invitations = Invitation.objects.system("account erased").filter(to_them)
    history: Any = Invitation._meta.get_field("history").related_model
    keys = list(invitations.values_list("pk", flat=True))
    invitations.filter(accepted_at=None, revoked_at=None).update(revoked_at=DatabaseNow())
    Invitation.objects.system("account erased").filter(pk__in=keys).update(email=NOBODY)
    history.objects.filter(pgh_obj_id__in=keys).update(email=NOBODY)


def move_memberships(event: AccountsMerged) -> None:
    """In-transaction: where both work, the higher role stays."""
    memberships = Membership.objects.system("accounts merged")
    theirs = memberships.filter(user_id=event.merged_id)
    list(Company.objects.filter(pk__in=theirs.values("company_id")).order_by("pk").select_for_update(no_key=True))
    mine = {each.company_id: each for each in memberships.filter(user_id=event.kept_id)}
    for other in theirs:
        kept = mine.get(other.company_id)
        if kept is None:
            other.user_id = event.kept_id
            other.save(update_fields=["user", "updated_at"])
            continue
        if PERMISSIONS[other.role] > PERMISSIONS[kept.role]:
            kept.role = other.role
            kept.save(update_fields=["role", "updated_at"])
        other.delete()
