"""How many text messages may leave, by whom and whereto: they cost money, and some people earn by having them sent.

Counted from the narrowest to the widest: a refusal gives back what was counted before it, so that nobody uses up
another's messages, or everybody's, by asking in vain. A code that is typed in gives its range and its country their
message back: there the limits count only messages that nobody answered, which is what a fraud looks like.
"""

import structlog
from django.conf import settings

from freehold.accounts.phones import PhoneNumber
from freehold.core.errors import TooManyRequests
from freehold.core.ratelimit import RateLimit, consume, give_back

logger = structlog.get_logger(__name__)

COOL_DOWN = RateLimit(1, 60)
HOUR = 3_600
DAY = 86_400
_RANGE = "sms:range"
_COUNTRY = "sms:country"
_WIDE = frozenset({_RANGE, _COUNTRY, "sms:all"})


def spend(*, phone: PhoneNumber, address: str) -> None:
    """Counts a message to `phone` that was asked for from `address`, as `core.addresses.counted_ip` gives it.

    Raises TooManyRequests, and then nothing is counted. Call it outside of transactions: counters may be elsewhere.
    """
    env = settings.ENV
    limits = (
        ("sms:again", phone.e164, COOL_DOWN),
        ("sms:phone", phone.e164, RateLimit(env.sms_per_phone_hour, HOUR)),
        ("sms:address", address, RateLimit(env.sms_per_address_hour, HOUR)),
        (_RANGE, phone.range, RateLimit(env.sms_per_range_day, DAY)),
        (_COUNTRY, phone.country, RateLimit(env.sms_per_country_day, DAY)),
        ("sms:all", "", RateLimit(env.sms_per_day, DAY)),
    )
    for position, (scope, identity, limit) in enumerate(limits):
        verdict = consume(scope=scope, identity=identity, limit=limit)
        if verdict.allowed:
            continue
        for earlier_scope, earlier_identity, _limit in limits[:position]:
            give_back(scope=earlier_scope, identity=earlier_identity)
        if scope in _WIDE:
            logger.warning("sms_budget_spent", scope=scope, country=phone.country)
        raise TooManyRequests(_why(scope), retry_after=verdict.retry_after or 1)


def credit(*, phone: PhoneNumber) -> None:
    """The message was read by somebody who wanted it. Outside of transactions, as `spend`."""
    give_back(scope=_RANGE, identity=phone.range)
    give_back(scope=_COUNTRY, identity=phone.country)


def _why(scope: str) -> str:
    if scope == "sms:again":
        return "A code is on its way. Wait a moment before you ask for another one."
    return "Too many codes were asked for. Try again later."
