"""Notices of completed payments, as Amazon's service sends them: signed envelopes to confirmed subscribers.

The key and its certificate are made once and kept with the books.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlencode
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from freehold.simulators.bkash import wire
from freehold.simulators.kit import errors, events
from freehold.simulators.kit.books import Books, Row, dump
from freehold.simulators.kit.courier import Letter

TOPIC = "arn:aws:sns:ap-southeast-1:000000000000:bkash-simulator"
SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
YEARS = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Signer:
    key: rsa.RSAPrivateKey
    certificate: bytes  # PEM
    name: str  # of the certificate's file, another one for another certificate

    def sign(self, text: str, version: str) -> str:
        algorithm = SHA1() if version == "1" else SHA256()  # noqa: S303 - what Amazon's first version is
        return base64.b64encode(self.key.sign(text.encode(), PKCS1v15(), algorithm)).decode()


def signer_of(folder: Path) -> Signer:
    """The one that was made before, or a new one."""
    key_file, certificate_file = folder / "sns.key", folder / "sns.pem"
    if not certificate_file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key_file.touch(mode=0o600)
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        certificate_file.write_bytes(_self_signed(key).public_bytes(Encoding.PEM))
    loaded = load_pem_private_key(key_file.read_bytes(), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    content = certificate_file.read_bytes()
    serial = x509.load_pem_x509_certificate(content).serial_number
    return Signer(loaded, content, f"SimpleNotificationService-{serial:040x}.pem")


def _self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    """In the name of Amazon, because careful receivers look for it."""
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Amazon (simulated)")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    return builder.not_valid_after(now + YEARS).sign(key, SHA256())


class Notices:
    def __init__(self, books: Books, signer: Signer, public_url: str) -> None:
        self._books, self.signer, self._public_url = books, signer, public_url

    # --- subscriptions ----------------------------------------------------------------------------------

    def subscribe(self, url: str) -> None:
        """Ask the endpoint whether it wants our messages; until it confirms, it gets no other."""
        token = token_hex(32)
        self._books.set("endpoint", url)
        self._books.set("confirmed", "")
        self._books.set("subscription_token", token)
        query = urlencode({"Action": "ConfirmSubscription", "TopicArn": TOPIC, "Token": token})
        text = f"You have chosen to subscribe to the topic {TOPIC}. To confirm, visit the SubscribeURL."
        more = {"Token": token, "SubscribeURL": f"{self._public_url}/sns/?{query}"}
        self._send("SubscriptionConfirmation", text, object_id=TOPIC, url=url, after=(0.0,), **more)

    def confirm(self, token: str) -> None:
        if not token or token != self._books.setting("subscription_token", ""):
            raise errors.missing("subscription")
        self._books.set("confirmed", "yes")

    @property
    def is_confirmed(self) -> bool:
        return self._books.setting("confirmed", "") == "yes"

    # --- messages ---------------------------------------------------------------------------------------

    def tell_payment(self, payment: Row) -> None:
        """Each delay of `notice_after` is one message: none loses it."""
        self._tell(
            trx_id=payment["trx_id"],
            paisa=wire.taken(payment),
            type_=wire.TYPES["api"],
            reference=payment["payer_reference"],
            invoice=payment["invoice"],
            at=payment["executed_at"],
            after=json.loads(payment["notice_after"]),
        )

    def tell_credit(self, credit: Row) -> None:
        self._tell(
            trx_id=credit["trx_id"],
            paisa=credit["amount"],
            type_=credit["transaction_type"],
            reference=credit["reference"],
            invoice="",
            at=credit["created"],
            after=(0.0,),
        )

    def _tell(
        self, *, trx_id: str, paisa: int, type_: str, reference: str, invoice: str, at: float, after: Sequence[float]
    ) -> None:
        body = {
            "dateTime": wire.short_time(at),
            "debitMSISDN": f"88{wire.MSISDN}",
            "creditOrganizationName": "Freehold",
            "creditShortCode": wire.SHORT_CODE,
            "trxID": trx_id,
            "transactionStatus": "Completed",
            "transactionType": type_,
            "amount": wire.amount(paisa),
            "currency": "BDT",
            "transactionReference": reference,
            **({"merchantInvoiceNumber": invoice} if invoice else {}),
        }
        url = self._books.setting("endpoint", "") if self.is_confirmed else ""
        self._send("Notification", dump(body), object_id=trx_id, url=url, after=after if url else ())

    def _send(self, type_: str, text: str, *, object_id: str, url: str, after: Sequence[float], **more: str) -> None:
        version = self._books.setting("signature_version", "1")
        message_id = str(uuid4())
        now = datetime.fromtimestamp(self._books.now(), UTC)
        envelope = {
            "Type": type_,
            "MessageId": message_id,
            "TopicArn": TOPIC,
            "Message": text,
            "Timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z",
            "SignatureVersion": version,
            "SigningCertURL": f"{self._public_url}/{self.signer.name}",
            **more,
        }
        signed = "".join(f"{name}\n{envelope[name]}\n" for name in SIGNED if name in envelope)
        envelope["Signature"] = self.signer.sign(signed, version)
        events.record(
            self._books,
            event_id=message_id,
            type_=type_,
            object_id=object_id,
            url=url,
            body=dump(envelope),
            after=after,
        )


def seal(delivery: Row) -> Letter:
    """Every try carries the same bytes: the message is signed once."""
    headers = {
        "x-amz-sns-message-type": delivery["type"],
        "x-amz-sns-message-id": delivery["event_id"],
        "x-amz-sns-topic-arn": TOPIC,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    return Letter(delivery["url"], delivery["body"].encode(), headers)
