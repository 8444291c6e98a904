"""Money as integer minor units plus an ISO 4217 currency, and the one rounding rule of the platform.

Never a float. Every amount fits PostgreSQL's bigint. Rounding is half away from zero, which is what
PostgreSQL's `round(numeric)` does, so that a total computed in SQL and one computed here agree to the cent.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from freehold.domain.errors import DomainError

MAX_MINOR = 2**63 - 1
"""Largest amount in either direction: the bigint range, kept symmetric so that negation never overflows."""

WHOLE = 10_000
"""Basis points in one hundred percent."""

_AMOUNT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")

_TWO_DIGITS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD
HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK
MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
# Withdrawn within the last years, and still found in books that are imported.
_TWO_DIGITS_WITHDRAWN = "ANG BGN CUC HRK SLL ZWL"

_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DIGITS = "CLF UYW"

_EXPONENTS: dict[str, int] = {
    code: digits
    for digits, codes in (
        (0, _NO_DIGITS),
        (2, _TWO_DIGITS),
        (2, _TWO_DIGITS_WITHDRAWN),
        (3, _THREE_DIGITS),
        (4, _FOUR_DIGITS),
    )
    for code in codes.split()
}

CURRENCIES = frozenset(_EXPONENTS)
"""Every currency code that an amount may have."""


class MoneyError(DomainError):
    """An amount or a currency that cannot be money."""


class CurrencyMismatch(MoneyError):
    """Two currencies met where only one makes sense."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__("currency_mismatch", f"{left} and {right} cannot be combined.")


def exponent(currency: str) -> int:
    """Decimal digits of the currency's minor unit after ISO 4217 (0, 2, 3 or 4). Unknown codes raise
    MoneyError."""
    try:
        return _EXPONENTS[currency]
    except (KeyError, TypeError):
        raise MoneyError("unknown_currency", f"Unknown currency: {currency!r}.") from None


def currencies_by_exponent() -> dict[int, frozenset[str]]:
    """All currencies, grouped by how many decimal digits they have."""
    return {
        digits: frozenset(code for code, each in _EXPONENTS.items() if each == digits)
        for digits in sorted(set(_EXPONENTS.values()))
    }


def round_half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to an integer, halves away from zero, exactly as PostgreSQL's round(numeric).

    Raises MoneyError when the denominator is zero.
    """
    if denominator == 0:
        raise MoneyError("division_by_zero", "Cannot divide by zero.")
    negative = (numerator < 0) != (denominator < 0)
    size, parts = abs(numerator), abs(denominator)
    rounded = (2 * size + parts) // (2 * parts)
    return -rounded if negative else rounded


def percent_of(minor: int, basis_points: int) -> int:
    """`basis_points` hundredths of a percent of an amount in minor units, rounded once (half away from
    zero)."""
    return round_half_up(minor * basis_points, WHOLE)


def format_basis_points(basis_points: int) -> str:
    """Basis points in words: 1000 -> "10 %", 650 -> "6.5 %", 625 -> "6.25 %"."""
    whole, hundredths = divmod(basis_points, 100)
    fraction = f".{hundredths:02d}".rstrip("0") if hundredths else ""
    return f"{whole}{fraction} %"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount: `minor` in the ISO 4217 minor unit of `currency` (540.00 USD is 54000)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if type(self.minor) is not int:
            raise MoneyError("invalid_amount", "An amount is a whole number of minor units.")
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise MoneyError("amount_out_of_range", "The amount is too large.")

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read "540.00" or "-3" exactly. Raises MoneyError on anything else: exponents, signs, spaces, other
        scripts' digits, and more decimals than the currency has."""
        digits = exponent(currency)
        match = _AMOUNT.fullmatch(text) if isinstance(text, str) and len(text) <= 40 else None
        if match is None:
            raise MoneyError("invalid_amount", "Write the amount in plain digits, for example 540.00.")
        sign, whole, fraction = match[1], match[2], match[3] or ""
        if len(fraction) > digits:
            raise MoneyError("too_many_decimals", f"{currency} has {digits} decimal places.")
        minor = int(whole + fraction.ljust(digits, "0"))
        return cls(-minor if sign else minor, currency)

    @classmethod
    def sum(cls, amounts: Iterable["Money"], currency: str) -> Self:
        """The sum of amounts that are all in `currency`; zero when there are none."""
        total = 0
        for amount in amounts:
            if amount.currency != currency:
                raise CurrencyMismatch(currency, amount.currency)
            total += amount.minor
        return cls(total, currency)

    @property
    def is_zero(self) -> bool:
        return self.minor == 0

    @property
    def is_positive(self) -> bool:
        return self.minor > 0

    @property
    def is_negative(self) -> bool:
        return self.minor < 0

    def decimal(self) -> Decimal:
        """The exact decimal value; independent of the decimal context."""
        digits = tuple(int(digit) for digit in str(abs(self.minor)))
        return Decimal((int(self.minor < 0), digits, -exponent(self.currency)))

    def amount_text(self) -> str:
        """The plain decimal string of the API: "540.00", "-0.50", "1200" (JPY)."""
        digits = exponent(self.currency)
        sign = "-" if self.minor < 0 else ""
        text = str(abs(self.minor)).rjust(digits + 1, "0")
        return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"

    def to_json(self) -> dict[str, str]:
        return {"amount": self.amount_text(), "currency": self.currency}

    def __str__(self) -> str:
        return f"{self.amount_text()} {self.currency}"

    def percent(self, basis_points: int) -> "Money":
        """`basis_points` hundredths of a percent of this amount, rounded once."""
        return Money(percent_of(self.minor, basis_points), self.currency)

    def allocate(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Split in proportion to whole weights so that the parts sum exactly to the amount.

        Largest remainder: every part gets its share rounded towards zero, then the left-over units go one
        each to the parts that lost most; equal losses favour the earlier part. Raises MoneyError when no
        weight is positive or one is negative.
        """
        total_weight = sum(weights)
        if total_weight <= 0 or min(weights) < 0:
            raise MoneyError("invalid_weights", "Weights must be non-negative, and one must be positive.")
        size = abs(self.minor)
        shares = [divmod(size * weight, total_weight) for weight in weights]
        parts = [share for share, _ in shares]
        by_loss = sorted(range(len(parts)), key=lambda index: -shares[index][1])
        for index in by_loss[: size - sum(parts)]:
            parts[index] += 1
        sign = -1 if self.minor < 0 else 1
        return tuple(Money(sign * part, self.currency) for part in parts)

    def _same_currency(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.minor + self._same_currency(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        return Money(self.minor - self._same_currency(other), self.currency)

    def __mul__(self, factor: int) -> "Money":
        if type(factor) is not int:
            return NotImplemented
        return Money(self.minor * factor, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor < self._same_currency(other)

    def __le__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor <= self._same_currency(other)

    def __gt__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor > self._same_currency(other)

    def __ge__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.minor >= self._same_currency(other)
