"""Amounts as Stripe writes them: integers in the smallest unit, after its own table of decimals.

Source: docs.stripe.com/currencies. The table is not ISO 4217: MGA has no decimals here, ISK and UGX have two that must
be zero (kept from the time when they had cents), and three-decimal currencies end with a zero.
"""

from types import MappingProxyType

from freehold.adapters.payments.decimals import shift
from freehold.domain.money import Money, exponent
from freehold.ports.payment_gateway import Misconfigured

_TWO = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC CVE CZK
DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT LAK LBP
LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD
RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STN SZL THB TJS TOP TRY TTD TWD TZS UAH UGX USD UYU UZS WST XCD YER ZAR ZMW
"""
_NONE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_THREE = "BHD JOD KWD OMR TND"

EXPONENTS = MappingProxyType(
    {code: digits for digits, codes in ((2, _TWO), (0, _NONE), (3, _THREE)) for code in codes.split()}
)

# In ISO minor units, what our books count in.
MIN_MINOR = MappingProxyType(
    {
        **dict.fromkeys(["AUD", "BRL", "CAD", "CHF", "EUR", "INR", "JPY", "NZD", "SGD", "USD"], 50),
        **{"GBP": 30, "BGN": 100, "AED": 200, "MYR": 200, "PLN": 200, "RON": 200, "DKK": 250, "NOK": 300, "SEK": 300},
        **{"HKD": 400, "MXN": 1_000, "THB": 1_000, "CZK": 1_500, "HUF": 17_500},
    }
)
STEP_MINOR = MappingProxyType({**dict.fromkeys(_THREE.split(), 10), "MGA": 100})
PAYOUT_STEP_MINOR = MappingProxyType({**STEP_MINOR, "HUF": 100, "TWD": 100})


def to_wire(amount: Money, *, steps: MappingProxyType[str, int] = STEP_MINOR) -> int:
    """Raises Misconfigured for what Stripe cannot be asked for."""
    digits = EXPONENTS.get(amount.currency)
    if digits is None:
        raise Misconfigured(f"Stripe does not know {amount.currency}", code="currency_not_supported")
    if amount.minor <= 0 or amount.minor % steps.get(amount.currency, 1):
        raise Misconfigured(f"Stripe cannot move {amount}", code="amount_not_payable")
    return shift(amount.minor, digits - exponent(amount.currency))


def from_wire(number: object, currency: str) -> Money:
    """`currency` as Stripe writes it, in lower case. Raises KeyError or ValueError for what is no amount."""
    code = currency.upper()
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError("an amount is a whole number")
    return Money(shift(number, exponent(code) - EXPONENTS[code]), code)
