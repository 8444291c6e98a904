"""Somebody prepares a payment to a payee: what an owner is due, or a bill."""

import secrets
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.events import announce
from freehold.core.ids import uuid7
from freehold.domain.money import CURRENCIES, Money
from freehold.domain.outgoing_states import REPEATABLE, OutgoingStep
from freehold.domain.references import booking_reference
from freehold.finance.events import OutgoingDrafted
from freehold.finance.models import Outgoing, Payee, PayeeDestination
from freehold.finance.outgoings import (
    amount_of,
    changed_meanwhile,
    find_outgoing,
    get_outgoing,
    lock_outgoing,
    repeat_of,
    take_step,
)
from freehold.finance.policies import MAKE
from freehold.finance.services.submit_outgoing import check_covered

PREFIX = {Outgoing.Kind.PAYOUT: "PO", Outgoing.Kind.EXPENSE: "EX"}
LONGEST_AMOUNT = 10**15
RANDOM_BITS = 40
_LENGTHS = {"description": 140, "category": 60, "document": 120}


def draft_outgoing(
    *,
    actor: Actor,
    company_id: UUID,
    kind: str,
    destination_id: UUID,
    amount: Money,
    description: str,
    category: str = "",
    document: str = "",
    due_on: date | None = None,
    key: UUID | None = None,
) -> Outgoing:
    """Nothing is asked of anybody yet. Asked twice with one `key` it is one draft.

    Raises NotFound, AccessDenied, BadInput (also for an amount that the provider does not send), Conflict (`key_used`,
    `exceeds_balance`).
    """
    person = actor.own_hand()
    require(actor=actor, permission=MAKE, company_id=company_id)
    if key is not None and Outgoing.objects.company(company_id).filter(pk=key).exists():
        return get_outgoing(key)
    destination = _destination(company_id, kind, destination_id)
    row = Outgoing(
        pk=key or uuid7(),
        company_id=company_id,
        kind=kind,
        reference=_reference(kind),
        payee=destination.payee,
        makers=[person],
        created_by_id=person,
    )
    _fill(row, destination, amount, description, category, document, due_on)
    check_covered(row, attr="amount")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            announce(OutgoingDrafted(outgoing_id=row.pk))
    except IntegrityError as error:
        if not Outgoing.objects.system("is the key used").filter(pk=row.pk).exists():
            raise
        if not Outgoing.objects.company(company_id).filter(pk=row.pk).exists():
            raise Conflict("This was sent before. Open the form anew.", code="key_used") from error
    return get_outgoing(row.pk)


def edit_outgoing(*, actor: Actor, outgoing_id: UUID, version: int, **changes: Any) -> Outgoing:
    """Changes what `draft_outgoing` was given, except its kind. What was submitted is a draft again, and whoever
    changed it will not approve it.

    Raises NotFound, AccessDenied, BadInput, Conflict (`changed_meanwhile`, `outgoing_<state>`, `exceeds_balance`).
    """
    person = actor.own_hand()
    found = find_outgoing(actor=actor, outgoing_id=outgoing_id, permission=MAKE)
    with transaction.atomic():
        row = lock_outgoing(found.pk)
        if row.version != version:
            raise changed_meanwhile()
        take_step(row, OutgoingStep.EDIT)
        destination = _destination(row.company_id, row.kind, changes.get("destination_id", row.destination_id))
        if row.replaces_id is not None and destination.payee_id != row.payee_id:
            raise BadInput("The debt is another payee's.", code="another_payee", attr="destination_id")
        _fill(
            row,
            destination,
            changes.get("amount", amount_of(row)),
            changes.get("description", row.description),
            changes.get("category", row.category),
            changes.get("document", row.document),
            changes.get("due_on", row.due_on),
        )
        check_covered(row, attr="amount")
        row.makers = sorted({*row.makers, person})
        row.version += 1
        row.submitted_by, row.submitted_at = None, None
        row.save()
        announce(OutgoingDrafted(outgoing_id=row.pk))
    return get_outgoing(row.pk)


def repeat_outgoing(*, actor: Actor, outgoing_id: UUID, destination_id: UUID | None = None) -> Outgoing:
    """A draft that pays the debt of one that failed or came back; again is the same one, unless that was cancelled.

    Raises NotFound, AccessDenied, BadInput, Conflict `outgoing_<state>`.
    """
    person = actor.own_hand()
    found = find_outgoing(actor=actor, outgoing_id=outgoing_id, permission=MAKE)
    with transaction.atomic():
        failed = lock_outgoing(found.pk)
        known = repeat_of(failed)
        if known is not None:
            return get_outgoing(known.pk)
        if failed.state not in REPEATABLE:
            raise Conflict("Only what failed or came back is paid once more.", code=f"outgoing_{failed.state}")
        destination = _destination(failed.company_id, failed.kind, destination_id or failed.destination_id)
        if destination.payee_id != failed.payee_id:
            raise BadInput("The debt is another payee's.", code="another_payee", attr="destination_id")
        row = Outgoing(
            company_id=failed.company_id,
            kind=failed.kind,
            reference=_reference(failed.kind),
            payee_id=failed.payee_id,
            makers=[person],
            created_by_id=person,
            replaces=failed,
        )
        _fill(
            row,
            destination,
            amount_of(failed),
            failed.description,
            failed.category,
            failed.document,
            failed.due_on,
        )
        row.save(force_insert=True)
    return get_outgoing(row.pk)


def _destination(company_id: UUID, kind: str, destination_id: UUID) -> PayeeDestination:
    """A place of a payee of this company who may be paid so. One that waits to be confirmed may be drafted with."""
    if kind not in Outgoing.Kind.values:
        raise BadInput("A payout or an expense.", attr="kind")
    found = (
        PayeeDestination.objects.company(company_id)
        .select_related("payee")
        .filter(pk=destination_id, retired_at=None)
        .first()
    )
    if found is None:
        raise BadInput("There is no such place of a payee here.", code="no_such_destination", attr="destination_id")
    if not found.payee.is_active:
        raise BadInput("This payee is switched off.", code="payee_inactive", attr="destination_id")
    if kind == Outgoing.Kind.PAYOUT and found.payee.kind != Payee.Kind.OWNER:
        raise BadInput("Payouts are for owners; a bill is an expense.", code="not_an_owner", attr="destination_id")
    return found


def _fill(
    row: Outgoing,
    destination: PayeeDestination,
    amount: Money,
    description: str,
    category: str,
    document: str,
    due_on: date | None,
) -> None:
    if amount.currency not in CURRENCIES:
        raise BadInput("There is no such currency.", code="invalid", attr="amount")
    if not 0 < amount.minor <= LONGEST_AMOUNT:
        raise BadInput("More than nothing, and no fantastic amount.", code="amount_not_positive", attr="amount")
    if not description.strip():
        raise BadInput("Say what it is for.", code="required", attr="description")
    texts = {"description": description, "category": category, "document": document}
    for name, text in texts.items():
        tidy = " ".join(text.split())
        if len(tidy) > _LENGTHS[name]:
            raise BadInput(f"At most {_LENGTHS[name]} characters.", code="max_length", attr=name)
        setattr(row, name, tidy)
    row.payee, row.destination = destination.payee, destination
    row.currency, row.amount_minor, row.due_on = amount.currency, amount.minor, due_on


def _reference(kind: str) -> str:
    code = booking_reference(secrets.randbits(RANDOM_BITS)).partition("-")[2]
    return f"{PREFIX[Outgoing.Kind(kind)]}-{code}"
