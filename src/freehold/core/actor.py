"""Who is acting. Every service takes one, so that permission and audit never depend on the surface that called."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from freehold.accounts.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, nobody, or the system itself with a reason."""

    user: Any = None
    reason: str = ""

    @classmethod
    def of(cls, user: "User | AnonymousUser") -> "Actor":
        return cls(user=user) if user.is_authenticated else cls()

    @classmethod
    def system(cls, reason: str) -> "Actor":
        if not reason:
            raise ValueError("A system actor needs a reason: it is written to the audit trail.")
        return cls(reason=reason)

    @classmethod
    def anonymous(cls) -> "Actor":
        return cls()

    @property
    def is_system(self) -> bool:
        return bool(self.reason)

    @property
    def is_anonymous(self) -> bool:
        return self.user is None and not self.reason

    @property
    def user_id(self) -> UUID | None:
        return self.user.pk if self.user is not None else None

    def __str__(self) -> str:
        if self.is_system:
            return f"system:{self.reason}"
        return f"user:{self.user_id}" if self.user is not None else "anonymous"
