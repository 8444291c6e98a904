"""One-time codes that prove a phone number: who may be sent one, what it is, and whether a guess is right.

The code is written down nowhere, neither in clear nor as a hash, which for a million possibilities would be as good
as clear. It is derived from the id of its row and the secret key, once to send it and once for each guess.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.utils.crypto import constant_time_compare, salted_hmac

from freehold.accounts.events import PhoneCodeRequested
from freehold.accounts.models import PhoneCode, User
from freehold.accounts.phones import PhoneNumber
from freehold.accounts.sms_budget import spend
from freehold.core import events, outside
from freehold.core.clock import DatabaseNow
from freehold.core.errors import BadInput, NotFound

DIGITS = 6
LIFE = timedelta(minutes=5)
KEPT = timedelta(days=1)
MAX_TRIES = 5
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")
_NOT_IN_A_CODE = re.compile(r"[\s\-]")


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """What the text message needs to know. `language` is empty when nobody is known yet."""

    to: str
    code: str
    language: str
    minutes: int


def is_offered() -> bool:
    """Whether this installation can send text messages at all."""
    return outside.can_send("sms")


def issue(*, phone: PhoneNumber, purpose: PhoneCode.Purpose, address: str, user: User | None = None) -> None:
    """Has a new code sent; the one before, if there is one, is void.

    Looks at nothing that depends on who is known. Raises TooManyRequests, and NotFound where no messages are sent.
    """
    if not is_offered():
        raise NotFound("Codes by text message are not offered here.")
    spend(phone=phone, address=address)
    with transaction.atomic():
        PhoneCode.objects.filter(phone=phone.e164, purpose=purpose, user=user).delete()
        code = PhoneCode.objects.create(
            phone=phone.e164,
            purpose=purpose,
            user=user,
            expires_at=ExpressionWrapper(DatabaseNow() + Value(LIFE), DateTimeField()),
        )
        events.announce(PhoneCodeRequested(code_id=code.pk))


def take(*, phone: PhoneNumber, purpose: PhoneCode.Purpose, guess: str, user: User | None = None) -> bool:
    """Whether `guess` is the code that was last sent to `phone` for `purpose` (and for `user`, who asked for it).

    A right guess uses the code up, together with whatever the caller's transaction does; a wrong one is counted.
    The caller commits in both cases: an exception after a wrong guess would forget that it was made.
    """
    with transaction.atomic():
        # Guesses for one code wait for each other here, and each sees how many were made before it.
        row = (
            PhoneCode.objects.select_for_update()
            .filter(phone=phone.e164, purpose=purpose, user=user, tries__lt=MAX_TRIES, expires_at__gt=DatabaseNow())
            .first()
        )
        if row is None:
            return False
        if not constant_time_compare(code_of(row.pk), guess):
            PhoneCode.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
            return False
        row.delete()
        return True


def compose(event: PhoneCodeRequested) -> CodeMessage | None:
    """The message to send now; None when the code is used, replaced, or over."""
    row = PhoneCode.objects.select_related("user").filter(pk=event.code_id, expires_at__gt=DatabaseNow()).first()
    if row is None:
        return None
    language = row.user.language if row.user else ""
    return CodeMessage(row.phone, code_of(row.pk), language, int(LIFE.total_seconds()) // 60)


def code_of(row_id: UUID) -> str:
    """Six digits, even to one part in 2^236: the remainder of a 256-bit number by a million needs no rejection."""
    digest = salted_hmac("freehold.accounts.phone_code", row_id.bytes, algorithm="sha256").digest()
    return f"{int.from_bytes(digest) % 10**DIGITS:0{DIGITS}d}"


def read_code(written: str) -> str:
    """ "123 456" as "123456". Raises BadInput for what can be no code."""
    code = _NOT_IN_A_CODE.sub("", written)
    if not _CODE.fullmatch(code):
        raise BadInput(f"The code has {DIGITS} digits.", code="invalid", attr="code")
    return code


def forget_old_codes() -> int:
    """Deletes what is over: a number that was never proved is not kept. Returns how many rows went."""
    count, _by_model = PhoneCode.objects.filter(expires_at__lt=DatabaseNow() - KEPT).delete()
    return count
