"""Every company has the same chart of accounts; its lines appear when the first entry needs them."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from freehold.domain.ledger import Account as Code
from freehold.finance.models import Account


def account_ids(*, company_id: UUID, codes: Iterable[Code]) -> Mapping[Code, UUID]:
    """The ids of these accounts, created if they are missing. Two creators at once end with one account each."""
    wanted = set(codes)
    found = _find(company_id, wanted)
    if missing := sorted(wanted - set(found)):
        Account.objects.bulk_create(
            [Account(company_id=company_id, code=code, name=_name(code)) for code in missing], ignore_conflicts=True
        )
        found = _find(company_id, wanted)
    return found


def _find(company_id: UUID, codes: set[Code]) -> dict[Code, UUID]:
    rows = Account.objects.company(company_id).filter(code__in=codes).values_list("code", "id")
    return {Code(code): account_id for code, account_id in rows}


def _name(code: Code) -> str:
    return code.value.replace("_", " ").capitalize()
