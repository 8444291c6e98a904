"""Who is acting. Every service takes one, so that permission and audit never depend on the surface that called."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from freehold.core.errors import AccessDenied

NOT_IN_ANOTHER_S_NAME = "Only the person can do this. Stop acting as somebody else first."

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from freehold.accounts.models import User


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """What a company's API key may do: these permissions, in this company, and nothing else anywhere."""

    key_id: UUID
    company_id: UUID
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, a company's API key, nobody, or the system itself with a reason."""

    user: Any = None
    reason: str = ""
    key: KeyGrant | None = None
    # The administrator behind the person, while one acts as somebody else.
    impersonator_id: UUID | None = None

    @classmethod
    def of(cls, user: "User | AnonymousUser") -> "Actor":
        if not user.is_authenticated:
            return cls()
        return cls(user=user, impersonator_id=getattr(user, "impersonator_id", None))

    @classmethod
    def of_key(cls, key: KeyGrant) -> "Actor":
        return cls(key=key)

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
        return self.user is None and not self.reason and self.key is None

    @property
    def user_id(self) -> UUID | None:
        return self.user.pk if self.user is not None else None

    def own_hand(self) -> UUID:
        """The person's id, for what people do to their own account and nobody does for them. Raises AccessDenied."""
        if self.user_id is None:
            raise AccessDenied("Sign in first.")
        self.require_own_hand()
        return self.user_id

    def require_own_hand(self) -> None:
        """For what nobody does in another's name. Raises AccessDenied "not_while_impersonating"."""
        if self.impersonator_id is not None:
            raise AccessDenied(NOT_IN_ANOTHER_S_NAME, code="not_while_impersonating")

    def __str__(self) -> str:
        if self.is_system:
            return f"system:{self.reason}"
        if self.key is not None:
            return f"key:{self.key.key_id}"
        if self.impersonator_id is not None:
            return f"user:{self.impersonator_id} as user:{self.user_id}"
        return f"user:{self.user_id}" if self.user is not None else "anonymous"
