"""Reading accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

from freehold.accounts import phone_codes
from freehold.accounts.impersonating import require_impersonator
from freehold.accounts.models import Impersonation, User
from freehold.accounts.social.providers import offered
from freehold.core.actor import Actor
from freehold.core.serials import id_of

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def user_id_of(serial: int) -> UUID | None:
    """Whose number it is; None when it is nobody's."""
    return id_of(User.objects.all(), serial)


def is_email_verified(*, user: User) -> bool:
    return bool(user.email) and EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def has_verified_contact(*, user: User) -> bool:
    """Whether the person has proved an e-mail address or a phone number to be theirs."""
    return user.phone_verified_at is not None or EmailAddress.objects.filter(user=user, verified=True).exists()


def proved_contacts(*, user: User) -> list[str]:
    """The addresses and the number that the person has proved: what was sent there was sent to them."""
    addresses = list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))
    return [*addresses, user.phone] if user.phone and user.phone_verified_at else addresses


def demo_user_exists() -> bool:
    """Whether an account with a published password is in the database."""
    return User.objects.filter(is_demo=True).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorView:
    """One second factor of a person. `unused_codes` is None for what has no list of codes."""

    id: int
    type: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    unused_codes: int | None


def factors_of(*, user: User) -> list[FactorView]:
    """In the order in which they were set up."""
    rows = Authenticator.objects.filter(user=user).order_by("id")
    return [_factor(row, row.wrap()) for row in rows]


def has_second_factor(*, user: User) -> bool:
    """An app or a passkey; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def connected_providers(*, user: User) -> dict[str, str]:
    """Of the providers that are set up, those that open the account, each with the address that it is known by."""
    rows = SocialAccount.objects.filter(user=user, provider__in=offered()).order_by("id")
    return {row.provider: str(row.extra_data.get("email") or "") for row in rows}


def ways_in(*, user: User) -> list[str]:
    """What signs the person in by itself: "password", "phone" (a code), "passkey", and providers' names."""
    passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    offered_ways = [
        ("password", user.has_usable_password()),
        ("phone", user.phone_verified_at is not None and phone_codes.is_offered()),
        ("passkey", any(row.wrap().is_passwordless for row in passkeys)),
    ]
    return [*(name for name, has in offered_ways if has), *connected_providers(user=user)]


def who_have_second_factor(*, user_ids: Collection[UUID]) -> set[UUID]:
    """Of these people, those who have one."""
    rows = Authenticator.objects.filter(user_id__in=user_ids, type__in=FACTORS)
    return set(rows.values_list("user_id", flat=True))


def _factor(row: Authenticator, wrapped: Any) -> FactorView:
    has_codes = row.type == Authenticator.Type.RECOVERY_CODES
    return FactorView(
        id=row.pk,
        type=row.type,
        name=wrapped.name if row.type == Authenticator.Type.WEBAUTHN else "",
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        unused_codes=len(wrapped.get_unused_codes()) if has_codes else None,
    )


def impersonations(*, actor: Actor) -> QuerySet[Impersonation]:
    """Who acted as whom. Raises AccessDenied for anybody but an administrator of the platform."""
    require_impersonator(actor)
    return Impersonation.objects.order_by("-started_at", "-id")
