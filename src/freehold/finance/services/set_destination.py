"""Where a payee's money goes. One person says it, another one confirms it: a false account is how money is stolen."""

import json
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from freehold.companies.access import find_permitted
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict
from freehold.core.secrets import UnreadableSecret, seal
from freehold.finance.destinations import fingerprint_of, hint_of, is_same_place, read_values, shape_of
from freehold.finance.models import PayeeDestination
from freehold.finance.outgoings import find_payee, lock_payee
from freehold.finance.policies import APPROVE, MAKE

MOST_IN_USE = 10


def set_destination(
    *, actor: Actor, payee_id: UUID, provider: str, shape: str, values: Mapping[str, str]
) -> PayeeDestination:
    """A place that waits to be confirmed; the same one again is the same row. Those in use stay until then.

    The caller has proved again who they are. Raises NotFound, AccessDenied, BadInput, Conflict `too_many`.
    """
    person = actor.own_hand()
    payee = find_payee(actor=actor, payee_id=payee_id, permission=MAKE)
    place = shape_of(provider, shape)
    read = read_values(place, values)
    fingerprint = fingerprint_of(payee.pk, provider, shape, read)
    with transaction.atomic():
        lock_payee(payee.pk)
        in_use = PayeeDestination.objects.company(payee.company_id).filter(payee=payee, retired_at=None)
        known = in_use.filter(fingerprint=fingerprint).first()
        if known is not None:
            return known
        if in_use.count() >= MOST_IN_USE:
            raise Conflict("Retire one of this payee's places first.", code="too_many")
        return PayeeDestination.objects.create(
            company_id=payee.company_id,
            payee=payee,
            provider=provider,
            shape=shape,
            sealed=seal(json.dumps(read)),
            fingerprint=fingerprint,
            hint=hint_of(place, read),
            set_by_id=person,
        )


def confirm_destination(*, actor: Actor, destination_id: UUID, values: Mapping[str, str]) -> PayeeDestination:
    """From now on money may go there. Again changes nothing.

    `values` are its numbers once more, whole (`destinations.typed_again`): who confirms has them from the payee, not
    from who set them. The caller has proved again who they are. Raises NotFound, AccessDenied (`own_work` for who has
    set it), BadInput (`another_destination`), Conflict (`destination_retired`, `destination_unreadable`).
    """
    person = actor.own_hand()
    found = find_permitted(actor=actor, model=PayeeDestination, pk=destination_id, permission=APPROVE)
    with transaction.atomic():
        lock_payee(found.payee_id)
        destination = find_permitted(
            actor=actor, model=PayeeDestination, pk=destination_id, permission=APPROVE, lock=True
        )
        if destination.set_by_id == person:
            raise AccessDenied("You have set this yourself: somebody else has to confirm it.", code="own_work")
        if destination.retired_at is not None:
            raise Conflict("This place is not in use any more.", code="destination_retired")
        if destination.confirmed_at is None:
            _check_same(destination, values)
            destination.confirmed_by_id, destination.confirmed_at = person, clock.now()
            destination.save(update_fields=["confirmed_by", "confirmed_at", "updated_at"])
    return destination


def _check_same(destination: PayeeDestination, values: Mapping[str, str]) -> None:
    try:
        is_same = is_same_place(destination, values)
    except (UnreadableSecret, ValueError) as error:
        raise Conflict("This place cannot be read: retire it, set it anew.", code="destination_unreadable") from error
    if not is_same:
        raise BadInput(
            "This is not what was set here. Ask the payee, and type it as it was written.",
            code="another_destination",
            attr="values",
        )


def retire_destination(*, actor: Actor, destination_id: UUID) -> PayeeDestination:
    """Nothing more is approved to go there; what was approved before still goes. Raises NotFound, AccessDenied."""
    actor.own_hand()
    with transaction.atomic():
        destination = find_permitted(actor=actor, model=PayeeDestination, pk=destination_id, permission=MAKE, lock=True)
        if destination.retired_at is None:
            destination.retired_at = clock.now()
            destination.save(update_fields=["retired_at", "updated_at"])
    return destination
