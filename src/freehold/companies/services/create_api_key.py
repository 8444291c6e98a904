"""A server gets a way in: a key of the company, with no more than it needs, for no longer than a while."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from freehold.companies.key_scopes import key_scopes
from freehold.companies.key_text import new_key
from freehold.companies.models import ApiKey, Company
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import AccessDenied, BadInput, Conflict

MAX_DAYS = 730
USUAL_DAYS = 365
MAX_LIVE_KEYS = 50


def create_api_key(
    *, actor: Actor, company_id: UUID, name: str, scopes: Collection[str], days: int = USUAL_DAYS
) -> tuple[ApiKey, str]:
    """Returns the key and its text, which nobody can show again.

    The caller has proved again who they are. Raises NotFound, AccessDenied (who manages keys, a person and nobody
    else), BadInput, and Conflict "too_many_keys".
    """
    actor.require_own_hand()
    require(actor=actor, permission="companies.keys", company_id=company_id)
    if actor.user is None:
        raise AccessDenied("Only a person can make a key.")
    name = name.strip()
    if not name:
        raise BadInput("Give the key a name: which server has it?", code="required", attr="name")
    if not scopes:
        raise BadInput("Choose what the key may do.", code="required", attr="scopes")
    if unknown := sorted(set(scopes) - key_scopes().keys()):
        raise BadInput(f"There is no scope {unknown[0]!r}.", code="unknown_scope", attr="scopes")
    if not 1 <= days <= MAX_DAYS:
        raise BadInput(f"A key lasts between 1 and {MAX_DAYS} days.", code="out_of_range", attr="days")
    text = new_key()
    with transaction.atomic():
        # Two at once are counted one by one.
        Company.objects.select_for_update(no_key=True).filter(pk=company_id).first()
        now = database_now()
        live = ApiKey.objects.company(company_id).filter(revoked_at=None, expires_at__gt=now).count()
        if live >= MAX_LIVE_KEYS:
            raise Conflict("Revoke a key that is not used any more first.", code="too_many_keys")
        key = ApiKey.objects.create(
            company_id=company_id,
            name=name[:100],
            prefix=text.prefix,
            secret_hash=text.secret_hash,
            scopes=sorted(set(scopes)),
            created_by=actor.user,
            expires_at=now + timedelta(days=days),
        )
    return key, str(text)
