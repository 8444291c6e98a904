"""What companies announce."""

from dataclasses import dataclass
from uuid import UUID

from freehold.core.events import Event


@dataclass(frozen=True, slots=True)
class MemberInvited(Event):
    """Somebody is to get a mail with a link. `number` is which one it is: each send has its own, the latest is good."""

    invitation_id: UUID
    number: int
