"""A party whom the company pays: an owner, a supplier, somebody of the staff."""

from uuid import UUID

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.finance.models import Payee
from freehold.finance.outgoings import find_payee
from freehold.finance.policies import MAKE

LONGEST_NAME = 120


def add_payee(*, actor: Actor, company_id: UUID, kind: str, name: str) -> Payee:
    """Raises NotFound, AccessDenied, BadInput."""
    actor.own_hand()
    require(actor=actor, permission=MAKE, company_id=company_id)
    if kind not in Payee.Kind.values:
        raise BadInput("An owner, a supplier, or staff.", attr="kind")
    return Payee.objects.create(company_id=company_id, kind=kind, name=_name(name))


def change_payee(*, actor: Actor, payee_id: UUID, name: str | None = None, is_active: bool | None = None) -> Payee:
    """Who is switched off is paid nothing more; what was approved before goes on. Raises NotFound, AccessDenied,
    BadInput."""
    actor.own_hand()
    payee = find_payee(actor=actor, payee_id=payee_id, permission=MAKE)
    if name is not None:
        payee.name = _name(name)
    if is_active is not None:
        payee.is_active = is_active
    payee.save(update_fields=["name", "is_active", "updated_at"])
    return payee


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise BadInput("Say who it is.", code="required", attr="name")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"At most {LONGEST_NAME} characters.", code="max_length", attr="name")
    return name
