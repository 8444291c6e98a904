"""What a provider says about the person in front of us, in our own words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.sessions.backends.base import SessionBase

from freehold.accounts.models import User
from freehold.core import clock

MAX_NAME = 100
_MAX_EMAIL = 254
_PENDING = "social_identity"
_PENDING_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`uid` names the person at the provider for good; `email` is in lower case, and empty when it is not told."""

    provider: str
    uid: str
    email: str
    is_email_verified: bool
    first_name: str = ""
    last_name: str = ""

    @classmethod
    def of(cls, login: SocialLogin) -> Self:
        address = login.email_addresses[0] if login.email_addresses else None
        email = address.email.strip().lower() if address is not None else ""
        user: Any = login.user
        return cls(
            provider=login.account.provider,
            uid=login.account.uid,
            email=email if len(email) <= _MAX_EMAIL else "",
            is_email_verified=address is not None and address.verified is True,
            first_name=str(user.first_name or "")[:MAX_NAME],
            last_name=str(user.last_name or "")[:MAX_NAME],
        )

    @property
    def holder(self) -> User | None:
        """Whose account it opens, if it is connected to one."""
        rows = SocialAccount.objects.select_related("user").filter(provider=self.provider, uid=self.uid)
        found = rows.first()
        return found.user if found is not None else None

    def connect_to(self, user: User) -> SocialAccount:
        """Raises IntegrityError when it opens an account already."""
        told = {"email": self.email, "email_verified": self.is_email_verified}
        return SocialAccount.objects.create(user=user, provider=self.provider, uid=self.uid, extra_data=told)

    # --- while its owner proves the account that it is to be connected to ---

    def keep(self, session: SessionBase) -> None:
        session[_PENDING] = {**asdict(self), "kept_at": clock.now().timestamp()}

    @classmethod
    def kept(cls, session: SessionBase) -> Self | None:
        """For a quarter of an hour."""
        facts = session.get(_PENDING)
        if not facts or clock.now().timestamp() - facts["kept_at"] > _PENDING_SECONDS:
            return None
        return cls(**{name: value for name, value in facts.items() if name != "kept_at"})

    @staticmethod
    def forget(session: SessionBase) -> None:
        session.pop(_PENDING, None)
