"""Read one cell: amounts, counts, bathrooms, amenity lists, host texts. Pure functions of text; None means
absent.
"""

import html
import json
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_NOT_AMOUNT = re.compile(r"[^0-9.,eE+\-]")
_THOUSANDS = re.compile(r"^[0-9]{1,3}(?:[.,][0-9]{3})+$")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_BREAK = re.compile(r"<\s*(?:br|/p)\s*/?\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{1,200}>")
_BLANKS = re.compile(r"[^\S\n]+")
_MANY_LINES = re.compile(r"\n\s*\n\s*(?:\n\s*)*")
_OLD_AMENITY = re.compile(r'"([^"]*)"|([^,{}"]+)')
_ABSENT = frozenset({"", "n/a", "na", "none", "null", "nan", "-"})
# Beyond this a number is a typing error of a machine, and too costly to calculate with.
_LARGEST_EXPONENT = 15


def is_absent(text: str | None) -> bool:
    """Empty, or one of the words that exports write for nothing."""
    return text is None or text.strip().lower() in _ABSENT


def parse_amount(text: str | None) -> Decimal | None:
    """A money text as a decimal number: "$1,234.00", "€1.234,50", "95", "1.05e+06". The sign of the currency
    is ignored.
    """
    if text is None or is_absent(text):
        return None
    digits = _NOT_AMOUNT.sub("", text).lstrip("eE.,").rstrip("eE.,+-")
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        group = "," if point > comma else "."
        digits = digits.replace(group, "").replace(",", ".")
    elif _THOUSANDS.match(digits) and (comma >= 0 or digits.count(".") > 1):
        digits = digits.replace(",", "").replace(".", "")
    else:
        digits = digits.replace(",", ".")
    try:
        amount = Decimal(digits)
    except InvalidOperation:
        return None
    return amount if _is_sane(amount) else None


def _is_sane(number: Decimal) -> bool:
    return number.is_finite() and -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT


def to_minor(amount: Decimal, digits: int) -> int:
    """Minor units of an amount whose currency has `digits` decimals, half up."""
    return int((amount * 10**digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def parse_count(text: str | None) -> int | None:
    """A whole number; "2.0" is 2, "2.5" is 2, a negative one is absent."""
    amount = parse_amount(text)
    return int(amount) if amount is not None and amount >= 0 else None


def parse_decimal(text: str | None, places: int) -> Decimal | None:
    """A plain decimal number with `places` decimals (coordinates, scores); never a thousands separator."""
    if text is None or is_absent(text):
        return None
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) if _is_sane(number) else None


def parse_flag(text: str | None) -> bool:
    """True for t, true, yes, 1."""
    return text is not None and text.strip().lower() in {"t", "true", "yes", "1"}


def is_whole_number(text: str) -> bool:
    """Whether the text is a number of ASCII digits: what a source's id must be to join anything to it."""
    return text.isascii() and text.isdigit()


def parse_bathrooms(number: str | None, text: str | None) -> tuple[Decimal | None, bool]:
    """(count in halves, shared?) from the numeric column and its text ("1.5 shared baths", "Private
    half-bath").
    """
    words = (text or "").lower()
    is_shared = "shared" in words
    count = parse_decimal(number, 1)
    if count is None and words:
        found = _NUMBER.search(words)
        if found:
            count = parse_decimal(found.group(), 1)
        elif "half" in words:
            count = Decimal("0.5")
    if count is None or count < 0:
        return None, is_shared
    return (count * 2).quantize(Decimal(1), rounding=ROUND_HALF_UP) / 2, is_shared


def parse_amenities(text: str | None) -> list[str]:
    """Spellings from a JSON list, or from the older form {TV,"Air conditioning"}."""
    if text is None or is_absent(text):
        return []
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    if isinstance(values, list):
        return [value for value in values if isinstance(value, str)]
    return [(quoted or bare).strip() for quoted, bare in _OLD_AMENITY.findall(text) if (quoted or bare).strip()]


def clean_text(text: str | None) -> str:
    """Host text as plain text: breaks become lines, tags and control characters go, entities are read once."""
    if text is None or is_absent(text):
        return ""
    plain = html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    if not plain.replace("\n", "").isprintable():
        plain = "".join(sign for sign in plain if sign == "\n" or sign.isprintable() or sign == "\u200d")
    plain = _MANY_LINES.sub("\n\n", _BLANKS.sub(" ", plain))
    return "\n".join(line.strip() for line in plain.strip().split("\n"))
