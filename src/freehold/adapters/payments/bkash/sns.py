"""Messages of bKash come through Amazon SNS, signed with a key whose certificate the message names.

Everything that the message says about where to look is checked against fixed hosts before any request is made; so is
the topic, because anybody may open one at Amazon. Messages have no age limit: Amazon repeats them for days, and who
keeps them by `MessageId` reads each once.
"""

import base64
import binascii
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from freehold.adapters.payments.bkash.settings import BkashSettings
from freehold.ports.payment_gateway import BadSignature, Inbound, Retryable, WrongAccount

CONFIRMATION = "SubscriptionConfirmation"
NOTIFICATION = "Notification"
SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
NEEDED = ("Message", "MessageId", "Signature", "SignatureVersion", "SigningCertURL", "Timestamp", "TopicArn", "Type")
HASHES = {"1": SHA1, "2": SHA256}  # version 1 is what Amazon sends unless the topic says otherwise
LONGEST_BODY = 512 * 1024
LONGEST_CERTIFICATE = 64 * 1024
PATIENCE = httpx.Timeout(5.0, connect=3.0)

_HOST = re.compile(r"sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?")
_CERTIFICATE_PATH = re.compile(r"/[A-Za-z0-9_.-]+\.pem")


def read_message(request: Inbound, settings: BkashSettings) -> dict[str, str]:
    """The verified envelope. Raises BadSignature, WrongAccount, and Retryable when the certificate cannot be had."""
    message = _parse(request.body)
    if message["TopicArn"] not in settings.topics:
        raise WrongAccount("the message is of another topic than this account's")
    certificate_url = _pinned(message["SigningCertURL"], settings)
    if not _CERTIFICATE_PATH.fullmatch(urlsplit(certificate_url).path):
        raise BadSignature("the certificate's address is none of Amazon's")
    if message["Type"] == CONFIRMATION:
        _confirmation_address(message, settings)
    _verify(message, _certificate(certificate_url), request)
    return message


def confirm(message: dict[str, str], settings: BkashSettings) -> None:
    """Tells Amazon that we want the topic's messages. Raises Retryable when it does not answer."""
    _get(_confirmation_address(message, settings))


def _parse(body: bytes) -> dict[str, str]:
    try:
        message = json.loads(body) if len(body) <= LONGEST_BODY else None
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise BadSignature("this is no message of Amazon SNS")
    values = {name: value for name, value in message.items() if value is not None}
    if any(not isinstance(values.get(name), str) for name in NEEDED):
        raise BadSignature("the message lacks what Amazon SNS signs")
    if any(not isinstance(values.get(name, ""), str) for name in SIGNED):
        raise BadSignature("the message is malformed")
    return values


def _pinned(url: str, settings: BkashSettings) -> str:
    """The address, if it is on one of Amazon's hosts, or at the simulator's origin where there is one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadSignature("the message names an address that is none") from None
    if settings.sns_origin and f"{parts.scheme}://{parts.netloc}" == settings.sns_origin:
        return url
    strange = parts.scheme != "https" or port not in (None, 443) or parts.username is not None
    if strange or not _HOST.fullmatch(parts.hostname or ""):
        raise BadSignature("the message names a host that is none of Amazon's")
    return url


def _confirmation_address(message: dict[str, str], settings: BkashSettings) -> str:
    url = _pinned(message.get("SubscribeURL", ""), settings)
    query = parse_qs(urlsplit(url).query)
    if query.get("Action") != ["ConfirmSubscription"] or query.get("TopicArn") != [message["TopicArn"]]:
        raise BadSignature("the address does not confirm this subscription")
    return url


def _verify(message: dict[str, str], certificate: x509.Certificate, request: Inbound) -> None:
    algorithm = HASHES.get(message["SignatureVersion"])
    key = certificate.public_key()
    if algorithm is None or not isinstance(key, RSAPublicKey):
        raise BadSignature("an unknown way to sign")
    if not certificate.not_valid_before_utc <= request.received_at <= certificate.not_valid_after_utc:
        raise BadSignature("the certificate is not valid at this time")
    signed = "".join(f"{name}\n{message[name]}\n" for name in SIGNED if name in message)
    try:
        key.verify(base64.b64decode(message["Signature"], validate=True), signed.encode(), PKCS1v15(), algorithm())
    except (InvalidSignature, binascii.Error, ValueError):
        raise BadSignature("the signature does not fit") from None


@lru_cache(maxsize=32)
def _certificate(url: str) -> x509.Certificate:
    """Kept by its address: a new certificate has a new one."""
    content = _get(url).content
    try:
        return x509.load_pem_x509_certificate(content[:LONGEST_CERTIFICATE])
    except ValueError:
        raise Retryable("Amazon's certificate cannot be read") from None


def _get(url: str) -> httpx.Response:
    """Never to where an answer redirects: only the address itself was checked."""
    try:
        response = httpx.get(url, timeout=PATIENCE, follow_redirects=False, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Retryable(f"Amazon cannot be reached: {type(error).__name__}") from error
    if not response.is_success:
        raise Retryable(f"Amazon answered {response.status_code}")
    return response


def inner(message: dict[str, str]) -> dict[str, Any]:
    """What bKash put into the envelope; empty when it is not its JSON."""
    try:
        body = json.loads(message["Message"])
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
