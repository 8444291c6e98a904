"""M-Pesa's result codes in the words of the port. They come as numbers and as text."""

from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import ErrorKind

DONE = "0"
STILL_PROCESSING = frozenset({"4999", "500.001.1001"})
DUPLICATE = frozenset({"15", "500.002.1001"})  # this OriginatorConversationID was used: it was sent before
ALREADY_REVERSED = "R000001"

_ENDED: dict[str, tuple[PaymentState, ErrorKind]] = {
    "1032": (PaymentState.CANCELLED, "payer"),  # pressed cancel
    "1031": (PaymentState.CANCELLED, "payer"),
    "1037": (PaymentState.EXPIRED, "payer"),  # no answer from the telephone
    "1019": (PaymentState.EXPIRED, "payer"),
}
_PAYER = frozenset({"1", "2", "3", "4", "8", "17", "1001", "2001"})  # funds, limits, busy with another, wrong PIN
_CONFIG = frozenset({"2006", "2028", "2040", "8006"})  # account, product, recipient, locked credential


def outcome(code: str) -> tuple[PaymentState, ErrorKind | None]:
    """What a push's result code makes of the payment. A code that we do not know is a failure of the provider."""
    if code == DONE:
        return PaymentState.PAID, None
    if code in STILL_PROCESSING:
        return PaymentState.PROCESSING, None
    if code in _ENDED:
        return _ENDED[code]
    if code in _PAYER:
        return PaymentState.FAILED, "payer"
    return PaymentState.FAILED, "config" if code in _CONFIG else "provider"
