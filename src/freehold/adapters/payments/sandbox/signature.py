"""Verifies `Sandbox-Signature: t=<unix>,v1=<hex>[,v1=<hex>]` over the raw bytes of a webhook."""

import hashlib
import hmac

from freehold.adapters.payments.sandbox.settings import SandboxSettings
from freehold.ports.payment_gateway import BadSignature, Inbound

HEADER = "sandbox-signature"
LONGEST_HEADER = 1000


def verify(request: Inbound, settings: SandboxSettings) -> None:
    """Raise BadSignature unless one signature matches one active secret and its time is near.

    Age is measured at the moment of arrival, so that a worker may come late to a stored event.
    """
    header = request.headers.get(HEADER, "")
    if not header or len(header) > LONGEST_HEADER:
        raise BadSignature("no usable signature header")
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    given = [value for name, value in pairs if name == "v1"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()) or not given:
        raise BadSignature("the signature header is malformed")
    signed = f"{times[0]}.".encode() + request.body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in settings.webhook_secrets]
    # No short cut: every pair is compared, in constant time.
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in expected for other in given]
    if not any(matches):
        raise BadSignature("no signature matches")
    age_s = request.received_at.timestamp() - int(times[0])
    if age_s > settings.signature_age_s:
        raise BadSignature("the signature is too old")
    if age_s < -settings.signature_lead_s:
        raise BadSignature("the signature is from the future")
