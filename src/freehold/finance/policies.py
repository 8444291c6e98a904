"""Who may pay money out. Nobody alone: one makes it, another one approves it."""

from collections.abc import Collection
from uuid import UUID

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.domain.outgoing_states import is_second_pair_of_eyes

VIEW = "payouts.view"
MAKE = "payouts.make"
APPROVE = "payouts.approve"


def check_checker(*, actor: Actor, makers: Collection[UUID]) -> UUID:
    """The person's id. Raises AccessDenied, with `own_work` for who had a hand in it: a second role does not help."""
    person = actor.own_hand()
    if not is_second_pair_of_eyes(person, makers=makers):
        raise AccessDenied("You made this yourself: somebody else has to approve it.", code="own_work")
    return person
