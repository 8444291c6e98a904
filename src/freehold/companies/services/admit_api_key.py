"""A request carries a key: whose is it, and what may it do?"""

from datetime import datetime, timedelta

from django.db import connection

from freehold.companies.key_scopes import permissions_of_scopes
from freehold.companies.key_text import read_key
from freehold.companies.models import ApiKey
from freehold.core.actor import KeyGrant
from freehold.core.clock import DatabaseNow

USE_NOTED_EVERY = timedelta(minutes=5)

_NOTE_USE = """
    INSERT INTO companies_apikeyuse AS u (key_id, used_at) VALUES (%s, %s)
    ON CONFLICT (key_id) DO UPDATE SET used_at = EXCLUDED.used_at WHERE u.used_at < EXCLUDED.used_at
"""


def admit_api_key(text: str) -> KeyGrant | None:
    """None for a key that is wrong, revoked, over, or of a company that is closed. One query; rarely a second."""
    given = read_key(text)
    if given is None:
        return None
    key = (
        ApiKey.objects.system("whose key is it")
        .select_related("company", "use")
        .annotate(now=DatabaseNow())
        .filter(prefix=given.prefix)
        .first()
    )
    if not given.opens(key.secret_hash if key else None) or key is None:
        return None
    now: datetime = key.now
    if key.revoked_at is not None or key.expires_at <= now or not key.company.is_active:
        return None
    used = getattr(key, "use", None)
    if used is None or now - used.used_at >= USE_NOTED_EVERY:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE_USE, [key.pk, now])
    return KeyGrant(key_id=key.pk, company_id=key.company_id, permissions=permissions_of_scopes(key.scopes))
