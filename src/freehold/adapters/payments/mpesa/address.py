"""Addresses that only M-Pesa is given, one for each question and each object.

M-Pesa signs nothing. What it answers to a request of ours comes to an address which we named in that request, and
which carries a code that nobody can compute without the account's secrets: for this purpose, this object and no other.
Such an answer is as good as one that had come back at once. Whoever knows the address of one payment can compute no
other.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

type About = Literal["payment", "payment-status", "refund", "refund-status", "payout", "payout-status"]

ABOUT: tuple[str, ...] = get_args(About.__value__)
NAMES = ("about", "id", "object", "asked", "late")
CODE = "code"
CODE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Address:
    """What an answer will be about: our id, the provider's object where it is known, and the amount asked."""

    about: About
    id: str = ""
    object: str = ""
    asked: str = ""  # minor units
    late: str = ""  # "1": the place where M-Pesa says that its queue gave up


def keyed(url: str, address: Address, *, secret: bytes) -> str:
    """The address with its purpose and its code in the query; what the query held before stays."""
    parts = urlsplit(url)
    said = {name: getattr(address, name) for name in NAMES if getattr(address, name)}
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *said.items(), (CODE, _code(address, secret))])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def read(query: Mapping[str, str], *, secret: bytes) -> Address | None:
    """What the address says, None unless its code is right."""
    about = query.get("about", "")
    if about not in ABOUT:
        return None
    said = {name: query.get(name, "") for name in NAMES if name != "about"}
    address = Address(about=about, **said)  # type: ignore[arg-type]
    if not hmac.compare_digest(query.get(CODE, "").encode(), _code(address, secret).encode()):
        return None
    return address


def _code(address: Address, secret: bytes) -> str:
    said = "\n".join(getattr(address, name) for name in NAMES)
    return hmac.new(secret, said.encode(), hashlib.sha256).hexdigest()[:CODE_LENGTH]
