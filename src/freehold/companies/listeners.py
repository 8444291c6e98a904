"""What companies do when accounts announce something; `config/wiring.py` connects them."""

from freehold.accounts.events import AccountClosed, AccountErased, AccountsMerged
from freehold.companies.models import Company, Membership, Role
from freehold.companies.policies import PERMISSIONS
from freehold.companies.services.remove_member import require_another_admin


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
