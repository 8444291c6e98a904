"""A business comes to the platform; whoever brings it is its first administrator."""

import secrets

from django.db import transaction
from django.utils.text import slugify

from freehold.companies.models import Company, Membership, Role
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput
from freehold.domain.money import CURRENCIES
from freehold.domain.periods import time_zone as require_time_zone


def create_company(
    *, actor: Actor, name: str, currency: str, time_zone: str = "UTC", email: str = "", slug: str = ""
) -> Company:
    """`slug` is made from the name when not given. A system actor makes a company without members.

    Raises AccessDenied for nobody, BadInput for an unknown currency or time zone or a slug that is taken.
    """
    if actor.user is None and not actor.is_system:
        raise AccessDenied("Sign in first.")
    if currency not in CURRENCIES:
        raise BadInput("There is no such currency.", code="unknown_currency", attr="currency")
    require_time_zone(time_zone)
    with transaction.atomic():
        company, created = Company.objects.get_or_create(
            slug=slug or _free_slug(name),
            defaults={"name": name, "currency": currency, "time_zone": time_zone, "email": email},
        )
        if not created:
            raise BadInput("This short name is taken.", code="taken", attr="slug")
        if actor.user is not None:
            Membership.objects.create(company=company, user=actor.user, role=Role.ADMIN)
    return company


def _free_slug(name: str) -> str:
    slug = slugify(name)[:60] or "company"
    return slug if not Company.objects.filter(slug=slug).exists() else f"{slug}-{secrets.token_hex(4)}"
