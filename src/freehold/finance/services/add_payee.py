"""A party whom the company pays: an owner, a supplier, somebody of the staff."""

from uuid import UUID

from django.db import transaction

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.outgoing_states import UNDER_WAY
from freehold.finance.models import Outgoing, Payee, PayeeDestination
from freehold.finance.outgoings import find_payee, lock_payee
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
    """Who is switched off is paid nothing more; what was approved before goes on.

    Whoever approves a payment, or confirms a place, does so for the name that they read: it stays while a payment waits
    or is on its way, and as long as a confirmed place is in use. Raises NotFound, AccessDenied, BadInput, Conflict
    (`payee_has_payments`, `payee_has_places`).
    """
    actor.own_hand()
    found = find_payee(actor=actor, payee_id=payee_id, permission=MAKE)
    with transaction.atomic():
        payee = lock_payee(found.pk)
        if name is not None:
            _rename(payee, _name(name))
        if is_active is not None:
            payee.is_active = is_active
        payee.save(update_fields=["name", "is_active", "updated_at"])
    return payee


def _rename(payee: Payee, name: str) -> None:
    """Needs the payee locked. Raises Conflict."""
    if name == payee.name:
        return
    under_way = Outgoing.objects.company(payee.company_id).filter(payee=payee, state__in=UNDER_WAY)
    if waiting := under_way.order_by("created_at", "id").first():
        raise Conflict(
            f"{waiting.reference} to {payee.name} is {waiting.state}: the name stays until it is paid or cancelled.",
            code="payee_has_payments",
            attr="name",
        )
    places = PayeeDestination.objects.company(payee.company_id).filter(payee=payee, retired_at=None)
    if places.exclude(confirmed_at=None).exists():
        raise Conflict(
            f"Somebody confirmed where {payee.name} is paid. Retire that place, and set it anew under the other name.",
            code="payee_has_places",
            attr="name",
        )
    payee.name = name


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise BadInput("Say who it is.", code="required", attr="name")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"At most {LONGEST_NAME} characters.", code="max_length", attr="name")
    return name
