"""One movement of money has one name at the bank, by whatever way we hear of it: its notice, its provider, a person.

Whoever makes money of a movement holds its name until the transaction ends, and looks for the others after that: two
folios, each under its own lock, would otherwise both be paid with it.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import Q

from freehold.payments import by_hand
from freehold.payments.models import Charge, Credit

_ONE_AT_A_TIME = 0x46484D59  # "FHMY": the class of the advisory locks on what money is called


def hold_names(names: Iterable[str]) -> None:
    """Needs a transaction, and the folio locked first. One name for one movement, however it was typed."""
    wanted = sorted({" ".join(name.split()).casefold() for name in names})
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, key)"
            " FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest(%s::text[]) AS name ORDER BY key) AS keys",
            [_ONE_AT_A_TIME, wanted],
        )


def known_charge(credit: Credit, *, company_id: UUID | None) -> Charge | None:
    """The charge under the name of this credit, of whatever amount: from the provider, or recorded by people of the
    company. On the installation's own account the provider's charge may be any company's."""
    told = Q(charge_id=credit.external_id)
    if credit.company_id is not None:
        told &= Q(company_id=credit.company_id)
    if company_id is not None:
        typed = by_hand.charge_id(method=by_hand.TRANSFER, company_id=company_id, reference=credit.external_id)
        told |= Q(company_id=company_id, charge_id=typed)
    return Charge.objects.system("credit").select_related("payment").filter(told).first()


def is_whole(credit: Credit, charge: Charge) -> bool:
    return (credit.amount_minor, credit.currency) == (charge.amount_minor, charge.currency)
