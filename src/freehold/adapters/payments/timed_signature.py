"""Verifies `t=<unix>,v1=<hex>[,v1=<hex>]` over the raw bytes of a webhook, as Stripe and the sandbox sign.

Stripe's SDK has such a check; it takes a signature from the future. This one does not, and it measures age at the
moment of arrival, so that a worker may come late to a stored event.
"""

import hashlib
import hmac

from freehold.ports.payment_gateway import BadSignature, Inbound

LONGEST_HEADER = 1000


def verify(request: Inbound, *, header: str, secrets: tuple[str, ...], age_s: int, lead_s: int) -> None:
    """Raise BadSignature unless one signature matches one active secret, is at most `age_s` seconds old, and at most
    `lead_s` seconds ahead of us."""
    said = request.headers.get(header, "")
    if not said or len(said) > LONGEST_HEADER:
        raise BadSignature("no usable signature header")
    pairs = [part.strip().partition("=")[::2] for part in said.split(",")]
    times = [value for name, value in pairs if name == "t"]
    given = [value for name, value in pairs if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or not given:
        raise BadSignature("the signature header is malformed")
    signed = f"{times[0]}.".encode() + request.body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    # No short cut: every pair is compared, in constant time.
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given]
    if not any(matches):
        raise BadSignature("no signature matches")
    age = request.received_at.timestamp() - int(times[0])
    if age > age_s:
        raise BadSignature("the signature is too old")
    if age < -lead_s:
        raise BadSignature("the signature is from the future")
