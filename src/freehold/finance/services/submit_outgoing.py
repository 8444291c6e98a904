"""A payment out is asked for: from here on it is for somebody else to decide."""

from uuid import UUID

from django.db import transaction

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.core.events import announce
from freehold.domain.outgoing_states import OutgoingStep
from freehold.finance.events import OutgoingSubmitted
from freehold.finance.models import Outgoing
from freehold.finance.outgoings import (
    amount_of,
    check_debt_stands,
    find_outgoing,
    get_outgoing,
    lock_with_payee,
    owner_balance,
    take_step,
)
from freehold.finance.policies import MAKE


def submit_outgoing(*, actor: Actor, outgoing_id: UUID) -> Outgoing:
    """Raises NotFound, AccessDenied, Conflict (`outgoing_<state>`, `debt_<state>`, `exceeds_balance`), and BadInput
    for what cannot be sent this way."""
    person = actor.own_hand()
    find_outgoing(actor=actor, outgoing_id=outgoing_id, permission=MAKE)
    with transaction.atomic():
        outgoing = lock_with_payee(outgoing_id)
        take_step(outgoing, OutgoingStep.SUBMIT)
        check_debt_stands(outgoing)
        check_covered(outgoing)
        outgoing.makers = sorted({*outgoing.makers, person})
        outgoing.submitted_by_id, outgoing.submitted_at = person, clock.now()
        outgoing.note = ""
        outgoing.save()
        announce(OutgoingSubmitted(outgoing_id=outgoing.pk))
    return get_outgoing(outgoing_id)


def check_covered(outgoing: Outgoing, *, attr: str | None = None) -> None:
    """Raises Conflict when an owner would get more than is left of what they are due. For certain only with the payee
    locked; for a draft, which promises nothing, it is a first look."""
    if outgoing.kind != Outgoing.Kind.PAYOUT:
        return
    left = owner_balance(company_id=outgoing.company_id, payee_id=outgoing.payee_id, currency=outgoing.currency).left
    if amount_of(outgoing) > left:
        raise Conflict(f"The owner has {left} left to be paid out, less than that.", code="exceeds_balance", attr=attr)
