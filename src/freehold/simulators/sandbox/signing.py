"""Signs webhooks: `Sandbox-Signature: t=<unix>,v1=<hex>`, one v1 per active secret."""

import hashlib
import hmac
from collections.abc import Sequence

HEADER = "Sandbox-Signature"


def sign(body: bytes, *, secrets: Sequence[str], at: int) -> str:
    """HMAC-SHA256 over `t.raw_body`. Two secrets are active while one replaces the other."""
    signed = f"{at}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={digest}" for digest in digests)])
