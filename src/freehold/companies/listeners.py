"""What companies do when accounts announce something; `config/wiring.py` connects them."""

from freehold.accounts.events import AccountClosed, AccountErased, AccountsMerged
from freehold.companies.models import Company, Membership, Role
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
    """In-transaction: where both work, the role of the kept account stays."""
    memberships = Membership.objects.system("accounts merged")
    both = memberships.filter(user_id=event.kept_id).values("company_id")
    theirs = memberships.filter(user_id=event.merged_id)
    theirs.filter(company_id__in=both).delete()
    theirs.update(user_id=event.kept_id)
