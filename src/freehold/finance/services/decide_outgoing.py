"""A second person looks at a payment out, and lets it go or not."""

from uuid import UUID

from django.db import transaction

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.events import announce
from freehold.domain.outgoing_states import OutgoingStep
from freehold.finance.events import OutgoingApproved
from freehold.finance.models import Outgoing, PayeeDestination
from freehold.finance.outgoings import (
    changed_meanwhile,
    check_debt_stands,
    find_outgoing,
    get_outgoing,
    lock_outgoing,
    lock_with_payee,
    take_step,
)
from freehold.finance.policies import APPROVE, MAKE, check_checker
from freehold.finance.services.submit_outgoing import check_covered

LONGEST_NOTE = 300


def approve_outgoing(*, actor: Actor, outgoing_id: UUID, version: int) -> Outgoing:
    """Lets it go, once. `version` is that of the contents which the person has seen.

    The caller has proved again who they are. Raises NotFound, AccessDenied (`own_work`), Conflict
    (`changed_meanwhile`, `outgoing_<state>`, `debt_<state>`, `exceeds_balance`, `destination_unconfirmed`,
    `payee_inactive`).
    """
    find_outgoing(actor=actor, outgoing_id=outgoing_id, permission=APPROVE)
    with transaction.atomic():
        outgoing = lock_with_payee(outgoing_id)
        person = check_checker(actor=actor, makers=outgoing.makers)
        take_step(outgoing, OutgoingStep.APPROVE)
        if outgoing.version != version:
            raise changed_meanwhile()
        _check_destination(outgoing)
        check_debt_stands(outgoing)
        check_covered(outgoing)
        outgoing.approved_by_id, outgoing.approved_at = person, clock.now()
        outgoing.save()
        announce(OutgoingApproved(outgoing_id=outgoing.pk))
    return get_outgoing(outgoing_id)


def reject_outgoing(*, actor: Actor, outgoing_id: UUID, note: str) -> Outgoing:
    """Back to who made it, with a note. Raises NotFound, AccessDenied (`own_work`), BadInput, Conflict."""
    find_outgoing(actor=actor, outgoing_id=outgoing_id, permission=APPROVE)
    with transaction.atomic():
        outgoing = lock_outgoing(outgoing_id)
        check_checker(actor=actor, makers=outgoing.makers)
        take_step(outgoing, OutgoingStep.REJECT)
        outgoing.note = _note(note)
        outgoing.version += 1
        outgoing.submitted_by, outgoing.submitted_at = None, None
        outgoing.save()
    return get_outgoing(outgoing_id)


def cancel_outgoing(*, actor: Actor, outgoing_id: UUID, note: str = "") -> Outgoing:
    """Nothing is paid. Once it is being sent it is too late. Raises NotFound, AccessDenied, Conflict."""
    actor.own_hand()
    find_outgoing(actor=actor, outgoing_id=outgoing_id, permission=MAKE)
    with transaction.atomic():
        outgoing = lock_outgoing(outgoing_id)
        take_step(outgoing, OutgoingStep.CANCEL)
        outgoing.note = " ".join(note.split())[:LONGEST_NOTE]
        outgoing.ended_at = clock.now()
        outgoing.save()
    return get_outgoing(outgoing_id)


def _check_destination(outgoing: Outgoing) -> None:
    """Locked, so that nobody retires it between this look and the approval."""
    if not outgoing.payee.is_active:
        raise Conflict("This payee is switched off.", code="payee_inactive")
    places = PayeeDestination.objects.company(outgoing.company_id).select_for_update(no_key=True)
    place = places.get(pk=outgoing.destination_id)
    if place.confirmed_at is None or place.retired_at is not None:
        raise Conflict(
            "Nobody has confirmed where this money goes, or it is not in use any more.", code="destination_unconfirmed"
        )


def _note(text: str) -> str:
    note = " ".join(text.split())
    if not note:
        raise BadInput("Say why.", code="required", attr="note")
    return note[:LONGEST_NOTE]
