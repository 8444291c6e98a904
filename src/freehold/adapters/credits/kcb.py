"""KCB Bank's Buni: notifications of an account (flat) or of a till (nested), signed by the bank.

`Signature` is base64 of RSA PKCS#1 v1.5 with SHA-256 over the raw body. The bank waits for an answer of its own shape
and repeats the message until it gets one.
"""

import base64
import binascii
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from freehold.adapters.credits.values import joined, moment, money, part, read_json, required, text
from freehold.adapters.masking import with_masked
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.credit_source import CreditConnector, Notices
from freehold.ports.payment_gateway import AccountConfig, AccountField, Ack, BadSignature, Inbound

SLUG = "kcb"
HEADER = "signature"
PHONES = frozenset({"customerMobileNumber", "debitMSISDN", "narration"})
LEAST_BITS = 2048


@dataclass(frozen=True, slots=True)
class KcbCredits:
    """`keys`: the bank's public keys; two while one replaces the other."""

    account: str
    bank_account: str
    keys: tuple[RSAPublicKey, ...]

    @property
    def slug(self) -> str:
        return SLUG

    @property
    def proves_sender(self) -> bool:
        return True

    def read(self, req: Inbound) -> Notices:
        self._verify(req)
        (notice,) = self.notices_in(req.body)
        return Notices((notice,), _received(notice.external_id), trusted=self.proves_sender)

    def notices_in(self, body: bytes) -> tuple[CreditNotice, ...]:
        said = read_json(body)
        return (self._till_notice(said) if "requestPayload" in said else self._account_notice(said),)

    def _account_notice(self, body: dict[str, object]) -> CreditNotice:
        landed = ("creditAccountIdentifier", "organizationShortCode", "tillNumber")
        return CreditNotice(
            source=SLUG,
            external_id=required(body.get("transactionReference"), "transactionReference"),
            account=next(filter(None, (text(body.get(name)) for name in landed)), self.bank_account),
            amount=money(body.get("transactionAmount"), text(body.get("currency")) or "KES"),
            reference=joined(body.get("customerReference"), body.get("narration")),
            payer_name=text(body.get("customerName")),
            payer_phone=text(body.get("customerMobileNumber")),
            value_time=moment(body.get("timestamp")),
            raw=with_masked(body, PHONES),
        )

    def _till_notice(self, body: dict[str, object]) -> CreditNotice:
        payload = part(body, "requestPayload")
        data = part(part(payload, "additionalData"), "notificationData")
        names = (text(data.get(name)) for name in ("firstName", "middleName", "lastName"))
        return CreditNotice(
            source=SLUG,
            external_id=required(data.get("transactionID"), "transactionID"),
            account=text(part(payload, "primaryData").get("businessKey")) or self.bank_account,
            amount=money(data.get("transactionAmt"), text(data.get("currency")) or "KES"),
            reference=joined(data.get("businessKey"), data.get("narration")),
            payer_name=" ".join(filter(None, names)),
            payer_phone=text(data.get("debitMSISDN")),
            value_time=moment(data.get("transactionDate")) or moment(part(body, "header").get("timeStamp")),
            raw=with_masked(body, PHONES),
        )

    def _verify(self, req: Inbound) -> None:
        try:
            signature = base64.b64decode(req.headers.get(HEADER, ""), validate=True)
        except (ValueError, binascii.Error):
            signature = b""
        if not signature or not any(_fits(key, signature, req.body) for key in self.keys):
            raise BadSignature("the signature fits no key of the bank")


def _fits(key: RSAPublicKey, signature: bytes, body: bytes) -> bool:
    try:
        key.verify(signature, body, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _received(reference: str) -> Ack:
    answer = {"transactionID": reference, "statusCode": "0", "statusMessage": "Notification received successfully"}
    return Ack(body=json.dumps(answer).encode())


def _key(written: str) -> RSAPublicKey:
    """The bank publishes PEM, or its base64 without the frame."""
    try:
        if "-----BEGIN" in written:
            key = load_pem_public_key(written.encode())
        else:
            key = load_der_public_key(base64.b64decode("".join(written.split()), validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("public_key: neither PEM nor base64 of a public key") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise ValueError(f"public_key: an RSA key of at least {LEAST_BITS} bits is needed")
    return key


def connect(config: AccountConfig) -> KcbCredits:
    keys = tuple(_key(written.strip()) for written in config.values.get("public_key", "").split(",") if written.strip())
    if not 1 <= len(keys) <= 2:
        raise ValueError("public_key: one key, or two while the bank replaces it")
    return KcbCredits(config.account, config.values["bank_account"], keys)


CONNECTOR = CreditConnector(
    slug=SLUG,
    label="KCB Bank (Buni)",
    fields=(
        AccountField("bank_account", "Account or till number"),
        AccountField("public_key", "The bank's public key", rotates=True, help="PEM or base64, from the Buni portal"),
    ),
    connect=connect,
)
