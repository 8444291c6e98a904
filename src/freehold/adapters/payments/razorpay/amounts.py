"""Amounts as Razorpay writes them: integers in the smallest unit, after its own table of decimals.

Source: its list of supported currencies with their exponents. It is the ISO table today; it stands here because what
counts is what Razorpay thinks, not what we do.
"""

from types import MappingProxyType

from freehold.adapters.payments.decimals import shift
from freehold.domain.money import Money, exponent
from freehold.ports.payment_gateway import Misconfigured

_TWO = """
AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CNY COP CRC CUP CVE CZK DKK DOP DZD
EGP ETB EUR FJD GBP GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LKR LRD LSL MAD
MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SCR
SEK SGD SLL SOS SVC SZL THB TRY TTD TWD TZS UAH USD UYU UZS XCD YER ZAR ZMW
"""
_NONE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD OMR TND"

EXPONENTS = MappingProxyType(
    {code: digits for digits, codes in ((2, _TWO), (0, _NONE), (3, _THREE)) for code in codes.split()}
)
MIN_MINOR = MappingProxyType({"INR": 100})
STEP_MINOR = MappingProxyType({code: 10 for code, digits in EXPONENTS.items() if digits == 3})
"""Card networks want the last of three decimals to be zero."""


def to_wire(amount: Money) -> int:
    """Raises Misconfigured for what Razorpay cannot be asked for."""
    digits = EXPONENTS.get(amount.currency)
    if digits is None:
        raise Misconfigured(f"Razorpay does not know {amount.currency}", code="currency_not_supported")
    if amount.minor % STEP_MINOR.get(amount.currency, 1) or amount.minor < MIN_MINOR.get(amount.currency, 1):
        raise Misconfigured(f"Razorpay cannot collect {amount}", code="amount_not_payable")
    return shift(amount.minor, digits - exponent(amount.currency))


def from_wire(number: int, currency: str) -> Money:
    """Raises KeyError or ValueError for what is no amount."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError("an amount is a whole number")
    return Money(shift(number, exponent(currency) - EXPONENTS[currency]), currency)
