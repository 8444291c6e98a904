"""The signature of a quote: what was promised cannot be changed afterwards, not even in the table."""

import json
from typing import Any
from uuid import UUID

from django.core.signing import BadSignature, Signer

_SALT = "freehold.pricing.quote"


def sign_quote(quote_id: UUID, payload: dict[str, Any]) -> str:
    """The signature over the quote's id and its payload in canonical JSON."""
    return Signer(salt=_SALT).signature(_canonical(quote_id, payload))


def is_signed(quote_id: UUID, payload: dict[str, Any], signature: str) -> bool:
    try:
        Signer(salt=_SALT).unsign(f"{_canonical(quote_id, payload)}:{signature}")
    except BadSignature:
        return False
    return True


def _canonical(quote_id: UUID, payload: dict[str, Any]) -> str:
    return json.dumps([str(quote_id), payload], sort_keys=True, separators=(",", ":"))
