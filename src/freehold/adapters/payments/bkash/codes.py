"""bKash's status codes, sorted by what they mean for us.

Where bKash says that something was done already, the answer is to ask what it was, never to fail.
"""

from freehold.ports.payment_gateway import Declined, Misconfigured, ProviderError, Retryable, Unknown

OK = "0000"
BAD_TOKEN = "2079"  # noqa: S105 - a status code
MAINTENANCE = "503"

DONE = frozenset({"2062", "2068", "2116", "2117", "2119"})
NOT_READY = frozenset({"2054", "2056", "2060"})
"""The payer has not approved yet, or the payment is in another state than we thought."""

CANCELLED = "2069"
PAYER = frozenset(
    {"2009", "2010", "2011", "2013", "2014", "2015", "2016", "2017", "2018", "2019", "2023", "2037", "2038", "2043"}
    | {"2045", "2057", "2058", "2059", CANCELLED}
)
DUPLICATE = frozenset({"2029", "2031"})
TRANSIENT = frozenset({"2003", "2020", "2024"})
REFUND_REFUSED = frozenset(
    {"2026", "2028", "2033", "2034", "2035", "2042", "2071", "2072", "2074", "2080", "2081", "2082", "2127"}
)
NO_TRANSACTION = frozenset({"2033", "2127"})

_FINAL = DONE | NOT_READY | PAYER | DUPLICATE | REFUND_REFUSED


def refusal(code: str, message: str) -> ProviderError:
    """What a code other than success means: a transient one does not tell whether anything was executed."""
    text = f"bKash {code}: {message}"
    if code == MAINTENANCE:
        return Retryable(text, code=code)
    if code in TRANSIENT:
        return Unknown(text, code=code)
    if code in _FINAL:
        return Declined(text, code=code)
    return Misconfigured(text, code=code)
