"""Amounts as people read them."""

from decimal import Decimal

_NONE = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
_THREE = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def shown(number: int, currency: str) -> str:
    """540000 usd -> "5,400.00"; by Stripe's table of decimals, which is not quite ISO's."""
    digits = 0 if currency in _NONE else 3 if currency in _THREE else 2
    return f"{Decimal(number).scaleb(-digits):,.{digits}f}"
