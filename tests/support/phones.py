"""What a holder of a phone reads on it, and time that passes for it."""

from django.db import connection

from freehold.accounts.events import PhoneCodeRequested
from freehold.accounts.models import PhoneCode
from freehold.accounts.phone_codes import code_of
from freehold.core.models import OutboxMessage
from freehold.core.ratelimit import forget


def code_for(phone: str) -> str:
    """The code that was last sent to a number."""
    return code_of(PhoneCode.objects.filter(phone=phone).latest("created_at").pk)


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06d}"


def codes_sent() -> list[PhoneCodeRequested]:
    """The messages that were announced, oldest first."""
    rows = OutboxMessage.objects.filter(event=PhoneCodeRequested.__name__).order_by("created_at", "pk")
    return [PhoneCodeRequested.from_payload(row.payload) for row in rows]


def let_cool_down(phone: str) -> None:
    """The minute after a code is over."""
    forget(scope="sms:again", identity=phone)


def counted(scope: str) -> int:
    """How often something was counted, over all identities."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(hits), 0) FROM core_ratecounter WHERE bucket LIKE %s", [f"{scope}:%"])
        (hits,) = cursor.fetchone()
    return int(hits)
