"""Accounts for demonstrations, with passwords that everybody knows."""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from freehold.accounts.models import User
from freehold.core import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    email: str
    password: str
    first_name: str = ""
    last_name: str = ""
    username: str | None = None
    phone: str | None = None
    is_staff: bool = False
    is_superuser: bool = False


def seed_demo_users(people: Iterable[DemoUser]) -> list[User]:
    """Makes the accounts, or puts existing demonstration accounts back as described; addresses are verified.

    Passwords are not validated. Raises RuntimeError in production, and when an address belongs to somebody real.
    """
    if settings.ENV.is_production:
        raise RuntimeError("Demonstration accounts have published passwords: not in production.")
    with transaction.atomic():
        return [_seed(person) for person in people]


def _seed(person: DemoUser) -> User:
    user = User.objects.filter(email=person.email.lower()).first() or User(email=person.email, is_demo=True)
    if not user.is_demo:
        raise RuntimeError("A demonstration account has the address of a real one.")
    user.password = make_password(person.password)
    user.is_active = True
    for name in ("first_name", "last_name", "username", "phone", "is_staff", "is_superuser"):
        setattr(user, name, getattr(person, name))
    user.phone_verified_at = clock.now() if person.phone else None
    user.save()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"primary": True, "verified": True})
    return user
